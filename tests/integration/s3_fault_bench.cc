#include "tests/integration/s3_fault_bench.h"

#include <cstdlib>
#include <iostream>
#include <random>

#include "lib/base/digest.h"

namespace vexaa::objects {

using base::Result;

namespace {

std::string Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool SkippingClock::Sleep(base::Duration duration, std::stop_token stop) {
  {
    std::lock_guard lock(mutex_);
    slept_.push_back(duration);
  }
  if (on_sleep) on_sleep();
  return !stop.stop_requested();
}

std::vector<base::Duration> SkippingClock::slept() const {
  std::lock_guard lock(mutex_);
  return slept_;
}

void S3FaultTest::SetUp() {
  bench_ = S3Bench::Make();
  if (!bench_)
    GTEST_SKIP() << "VEXAA_TEST_S3_ENDPOINT is not set: ./dev test starts one";
  auto upstream = proxy::ParseUpstream(Setting("VEXAA_TEST_S3_ENDPOINT"));
  ASSERT_TRUE(upstream.ok()) << upstream.status();
  auto started = proxy::FaultProxy::Start({.upstream = *upstream});
  ASSERT_TRUE(started.ok()) << started.status();
  proxy_ = std::move(*started);
  credentials_ = std::make_unique<StaticCredentials>(
      Credentials{Setting("VEXAA_TEST_S3_ACCESS_KEY"),
                  Setting("VEXAA_TEST_S3_SECRET_KEY"), ""});
  TimeOutAfter(std::chrono::seconds(60));
}

void S3FaultTest::TimeOutAfter(base::Duration stall) {
  S3Options options;
  options.endpoint = "http://127.0.0.1:" + std::to_string(proxy_->port());
  options.buckets = {bench_->bucket()};
  options.stall_timeout = stall;
  auto store = S3Store::Create(options, transport_, *credentials_, clock_);
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = std::move(*store);
}

int S3FaultTest::Disturb(proxy::FaultKind kind, proxy::Rule rule) {
  rule.fault.kind = kind;
  int id = proxy_->Add(rule);
  std::cout << "disturbs: " << proxy::Describe(rule) << std::endl;
  return id;
}

int S3FaultTest::Refuse(int status, const std::string& code, proxy::Rule rule) {
  rule.fault.status = status;
  rule.fault.headers = {{"Content-Type", "application/xml"}};
  rule.fault.body = "<?xml version=\"1.0\"?><Error><Code>" + code +
                    "</Code><Message>by the test</Message></Error>";
  return Disturb(proxy::FaultKind::kAnswer, rule);
}

std::vector<proxy::Seen> S3FaultTest::Requests(const std::string& what) {
  std::vector<proxy::Seen> log = proxy_->Log();
  std::erase_if(log, [&](const proxy::Seen& seen) {
    return !seen.what.starts_with(what);
  });
  return log;
}

Result<std::string> S3FaultTest::Read(const std::string& key, uint64_t offset,
                                      size_t size, const std::string& etag) {
  std::string bytes(size, '\0');
  RETURN_IF_ERROR(store().ReadRange(
      Path(key), etag, offset, std::as_writable_bytes(std::span(bytes)), {}));
  return bytes;
}

Result<std::string> S3FaultTest::Stage(const std::string& key) {
  return store().Stage(Path(key), {}, {});
}

Result<StagedObject> S3FaultTest::Staged(const std::string& key,
                                         const std::string& upload) {
  return bench_->store().Inspect(Path(key), upload, {});
}

std::string Noise(size_t size) {
  std::minstd_rand random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  return bytes;
}

}  // namespace vexaa::objects
