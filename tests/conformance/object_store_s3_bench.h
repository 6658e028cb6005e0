// A bucket of a random name on the S3 server of the test bed, emptied and
// removed at the end.
#pragma once

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/http/curl_transport.h"
#include "lib/objects/credentials.h"
#include "lib/objects/s3_client.h"
#include "lib/objects/s3_store.h"
#include "tests/conformance/object_store_bench.h"

namespace vexaa::objects {

class S3Bench final : public StoreBench {
 public:
  // Nothing when VEXAA_TEST_S3_ENDPOINT is not set.
  static std::unique_ptr<S3Bench> Make(Addressing addressing);
  static std::unique_ptr<S3Bench> Make() { return Make(Addressing::kPath); }
  ~S3Bench() override;

  ObjectStore& store() override { return *store_; }
  ObjectPath Path(const std::string& key) override { return {bucket_, key}; }
  uint64_t part_bytes() const override { return 5 << 20; }
  bool keys_are_free() const override { return true; }
  const std::string& bucket() const { return bucket_; }

  // One plain request, for what ObjectStore does not do.
  base::Result<std::string> Call(const S3Call& call);
  base::Result<std::string> ContentType(const std::string& key);
  base::Status PutObject(const std::string& key, const std::string& content);

 private:
  S3Bench(std::string endpoint, Addressing addressing, Credentials credentials);
  bool RemoveObjects();

  base::SystemClock clock_;
  http::CurlTransport transport_{{}};
  StaticCredentials credentials_;
  std::string bucket_;
  S3Client client_;
  std::unique_ptr<S3Store> store_;
};

}  // namespace vexaa::objects
