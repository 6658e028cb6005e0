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

std::unique_ptr<S3Bench> S3Bench::Make(Addressing addressing) {
  std::string endpoint = Env("VEXAA_TEST_S3_ENDPOINT");
  if (endpoint.empty()) return nullptr;
  // An address has no names below it; those below localhost are this machine.
  size_t host = endpoint.find("127.0.0.1");
  if (addressing == Addressing::kVirtualHost && host != std::string::npos)
    endpoint.replace(host, 9, "localhost");
  Credentials credentials{Env("VEXAA_TEST_S3_ACCESS_KEY"),
                          Env("VEXAA_TEST_S3_SECRET_KEY"), ""};
  return std::unique_ptr<S3Bench>(
      new S3Bench(endpoint, addressing, credentials));
}

S3Bench::S3Bench(std::string endpoint, Addressing addressing,
                 Credentials credentials)
    : credentials_(std::move(credentials)),
      bucket_("vexaa-test-" + base::RandomHex(6)),
      client_({.url = *http::ParseUrl(endpoint),
               .region = "us-east-1",
               .addressing = addressing},
              transport_, credentials_, clock_) {
  store_ = std::move(*S3Store::Create({.endpoint = endpoint,
                                       .region = "us-east-1",
                                       .addressing = addressing,
                                       .buckets = {bucket_}},
                                      transport_, credentials_, clock_));
  auto made = Call({.method = "PUT", .path = {bucket_, ""}});
  if (!made.ok()) std::abort();
}

// False when none was left, or none can be removed.
bool S3Bench::RemoveObjects() {
  auto listed = Call({.method = "GET", .path = {bucket_, ""}});
  pugi::xml_document document;
  if (listed.ok()) document.load_buffer(listed->data(), listed->size());
  bool removed = false;
  for (auto node : document.child("ListBucketResult").children("Contents")) {
    removed |=
        Call({.method = "DELETE", .path = Path(node.child_value("Key"))}).ok();
  }
  return removed;
}

S3Bench::~S3Bench() {
  while (RemoveObjects()) {
  }
  pugi::xml_document document;
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

base::Result<std::string> S3Bench::ContentType(const std::string& key) {
  ASSIGN_OR_RETURN(http::Response response,
                   client_.Send({.method = "HEAD", .path = Path(key)}, {}, {}));
  return std::string(response.Find("content-type").value_or(""));
}

base::Status S3Bench::PutObject(const std::string& key,
                                const std::string& content) {
  return Call({.method = "PUT",
               .path = Path(key),
               .body = base::AsBytes(content)})
      .status();
}

std::unique_ptr<StoreBench> MakeS3Bench() { return S3Bench::Make(); }

std::unique_ptr<StoreBench> MakeS3VirtualHostBench() {
  return S3Bench::Make(Addressing::kVirtualHost);
}

}  // namespace vexaa::objects
