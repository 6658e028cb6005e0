#include "tests/unit/controller/local/local_fixture.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include "controller/local/file_io.h"
#include "lib/base/digest.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

// Far more than anything here takes; only a failing test waits for it.
constexpr auto kPatience = 60s;

}  // namespace

LocalTest::LocalTest()
    : folder_(::testing::TempDir() + "vexaa-local-" + base::RandomHex(6)) {}

LocalTest::~LocalTest() {
  Stop();
  // Nothing of a failed test may live on.
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_, ignored)) {
    std::string name = entry.path().filename().string();
    AttemptFolder attempt(folder_, name);
    auto facts = attempt.ReadFacts();
    if (facts.ok() && facts->locked && facts->process)
      ::kill(-facts->process->pid, SIGKILL);
  }
  std::filesystem::remove_all(folder_, ignored);
}

LocalOptions LocalTest::Options() const {
  LocalOptions options{.runner_path = VEXAA_TEST_CHILD,
                       .folder = folder_,
                       .installation = "install-1"};
  options.tick = 10ms;
  return options;
}

void LocalTest::Start(LocalOptions options) {
  Stop();
  auto opened = LocalPodRuntime::Open(std::move(options), clock_, log_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  runtime_ = std::move(*opened);
  thread_ = std::jthread([this](std::stop_token stop) {
    runtime_->Run([](const std::string&) {}, stop);
  });
  ASSERT_TRUE(Eventually([this] { return runtime_->synced(); }));
}

void LocalTest::Stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  runtime_.reset();
}

PodRequest LocalTest::Request(const std::string& words, uint64_t job) {
  return {.attempt = {jobs::JobId(job), 1},
          .queue = "default",
          .claim_nonce = "abc",
          .run_spec = words,
          .timeout_seconds = 600};
}

bool LocalTest::Eventually(const std::function<bool()>& done) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

std::optional<kube::Pod> LocalTest::Await(
    const std::string& name,
    const std::function<bool(const std::optional<kube::Pod>&)>& wanted) {
  std::optional<kube::Pod> pod;
  Eventually([&] { return wanted(pod = runtime_->Find(name)); });
  return pod;
}

std::optional<kube::Pod> LocalTest::AwaitOver(const std::string& name) {
  return Await(name, [](const auto& pod) {
    return pod && (pod->phase == kube::PodPhase::kSucceeded ||
                   pod->phase == kube::PodPhase::kFailed);
  });
}

bool LocalTest::AwaitGone(const std::string& name) {
  return !Await(name, [](const auto& pod) { return !pod; });
}

bool LocalTest::AwaitLog(const std::string& name, const std::string& text) {
  return Eventually([&] {
    auto tail = runtime_->LogTail(name, 1 << 20);
    return tail.ok() && tail->find(text) != std::string::npos;
  });
}

void LocalTest::Touch(const std::string& pod, const std::string& file) const {
  std::ofstream(PathOf(pod, file)) << "";
}

std::string LocalTest::PathOf(const std::string& pod,
                              const std::string& file) const {
  return folder_ + "/" + pod + "/" + file;
}

pid_t LocalTest::PidOf(const std::string& pod) const {
  auto facts = AttemptFolder(folder_, pod).ReadFacts();
  return facts.ok() && facts->process ? facts->process->pid : -1;
}

}  // namespace vexaa::controller
