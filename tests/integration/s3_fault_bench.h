// The real S3 store of lib/objects, reaching the S3 server of the test bed
// through the fault proxy; and a bucket reached directly.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/objects/s3_store.h"
#include "tests/conformance/object_store_s3_bench.h"
#include "tests/proxy/fault_proxy.h"

namespace vexaa::objects {

// Pauses between repeats take no time; each is told to the test.
class SkippingClock final : public base::Clock {
 public:
  base::Time Now() const override { return real_.Now() + skew; }
  base::Duration Elapsed() const override { return real_.Elapsed(); }
  bool Sleep(base::Duration duration, std::stop_token stop) override;

  base::Duration skew{0};
  std::function<void()> on_sleep;
  std::vector<base::Duration> slept() const;

 private:
  base::SystemClock real_;
  mutable std::mutex mutex_;
  std::vector<base::Duration> slept_;  // guarded by mutex_
};

class S3FaultTest : public testing::Test {
 protected:
  void SetUp() override;

  // Of a store made anew; at first far more than a slow server takes.
  void TimeOutAfter(base::Duration stall);
  ObjectStore& store() { return *store_; }
  ObjectPath Path(const std::string& key) { return bench_->Path(key); }
  // Adds the rule, says so, and returns its id.
  int Disturb(proxy::FaultKind kind, proxy::Rule rule);
  // An S3 error in place of the server's answer.
  int Refuse(int status, const std::string& code, proxy::Rule rule);
  // Requests whose method and path begin so, in order.
  std::vector<proxy::Seen> Requests(const std::string& what);
  // The object's bytes from `offset`, read through the proxy.
  base::Result<std::string> Read(const std::string& key, uint64_t offset,
                                 size_t size, const std::string& etag = "");
  base::Result<std::string> Stage(const std::string& key);
  // What of the upload is there, asked directly.
  base::Result<StagedObject> Staged(const std::string& key,
                                    const std::string& upload);

  std::unique_ptr<S3Bench> bench_;
  std::unique_ptr<proxy::FaultProxy> proxy_;
  SkippingClock clock_;
  http::CurlTransport transport_{{}};
  std::unique_ptr<StaticCredentials> credentials_;
  std::unique_ptr<S3Store> store_;
};

// For what is meant to fall silent: more than a busy server's pauses.
inline constexpr std::chrono::seconds kStall(3);

// Bytes that differ everywhere.
std::string Noise(size_t size);

}  // namespace vexaa::objects
