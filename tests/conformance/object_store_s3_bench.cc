#include "tests/conformance/object_store_s3_bench.h"

#include <cstdlib>
#include <pugixml.hpp>

#include "lib/base/digest.h"

namespace vexaa::objects {
namespace {

std::string Env(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::unique_ptr<S3Bench> S3Bench::Make() {
  std::string endpoint = Env("VEXAA_TEST_S3_ENDPOINT");
  if (endpoint.empty()) return nullptr;
  Credentials credentials{Env("VEXAA_TEST_S3_ACCESS_KEY"),
                          Env("VEXAA_TEST_S3_SECRET_KEY"), ""};
  return std::unique_ptr<S3Bench>(new S3Bench(endpoint, credentials));
}

S3Bench::S3Bench(std::string endpoint, Credentials credentials)
    : credentials_(std::move(credentials)),
      bucket_("vexaa-test-" + base::RandomHex(6)),
      client_({.url = *http::ParseUrl(endpoint), .region = "us-east-1"},
              transport_, credentials_, clock_) {
  store_ = std::move(*S3Store::Create(
      {.endpoint = endpoint, .region = "us-east-1", .buckets = {bucket_}},
      transport_, credentials_, clock_));
  auto made = Call({.method = "PUT", .path = {bucket_, ""}});
  if (!made.ok()) std::abort();
}

S3Bench::~S3Bench() {
  auto listed = Call({.method = "GET", .path = {bucket_, ""}});
  pugi::xml_document document;
  if (listed.ok()) document.load_buffer(listed->data(), listed->size());
  for (auto node : document.child("ListBucketResult").children("Contents")) {
    (void)Call({.method = "DELETE", .path = Path(node.child_value("Key"))})
        .ok();
  }
  auto open = Call(
      {.method = "GET", .path = {bucket_, ""}, .query = {{"uploads", ""}}});
  if (open.ok()) document.load_buffer(open->data(), open->size());
  for (auto node :
       document.child("ListMultipartUploadsResult").children("Upload")) {
    (void)Call({.method = "DELETE",
                .path = Path(node.child_value("Key")),
                .query = {{"uploadId", node.child_value("UploadId")}}})
        .ok();
  }
  (void)Call({.method = "DELETE", .path = {bucket_, ""}}).ok();
}

base::Result<std::string> S3Bench::Call(const S3Call& call) {
  ASSIGN_OR_RETURN(http::Response response, client_.Send(call, {}, {}));
  return response.body;
}

base::Status S3Bench::PutObject(const std::string& key,
                                const std::string& content) {
  return Call({.method = "PUT",
               .path = Path(key),
               .body = base::AsBytes(content)})
      .status();
}

std::unique_ptr<StoreBench> MakeS3Bench() { return S3Bench::Make(); }

}  // namespace vexaa::objects
