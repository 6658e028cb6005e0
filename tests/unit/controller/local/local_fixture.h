// A private folder, a runtime over it and its Run() thread, for tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "controller/local/local_pod_runtime.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

namespace vexaa::controller {

class LocalTest : public ::testing::Test {
 protected:
  LocalTest();
  ~LocalTest() override;

  LocalOptions Options() const;
  // Opens a runtime and lets it run; the one before is stopped.
  void Start(LocalOptions options);
  void Start() { Start(Options()); }
  void Stop();

  // A request whose runner does what `words` say (test_child.cc).
  static PodRequest Request(const std::string& words, uint64_t job = 7);
  // Waits (bounded) until `done`; false when it never was.
  static bool Eventually(const std::function<bool()>& done);
  // Waits (bounded) until a pod is as `wanted`; its last sight either way.
  std::optional<kube::Pod> Await(
      const std::string& name,
      const std::function<bool(const std::optional<kube::Pod>&)>& wanted);
  std::optional<kube::Pod> AwaitOver(const std::string& name);
  bool AwaitGone(const std::string& name);
  // Until `text` is in the log of that pod.
  bool AwaitLog(const std::string& name, const std::string& text);
  // Meets a child that says "await FILE".
  void Touch(const std::string& pod, const std::string& file) const;
  std::string PathOf(const std::string& pod, const std::string& file) const;
  pid_t PidOf(const std::string& pod) const;

  std::string folder_;
  base::SystemClock clock_;
  std::ostringstream log_text_;
  base::Logger log_{log_text_, base::LogFormat::kText, base::LogLevel::kDebug,
                    clock_};
  std::unique_ptr<LocalPodRuntime> runtime_;
  std::jthread thread_;
};

inline constexpr char kPod[] = "vexaa-job-7-1";

}  // namespace vexaa::controller
