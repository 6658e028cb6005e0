#include "lib/objects/s3_store.h"

#include <algorithm>

#include "lib/base/digest.h"
#include "lib/objects/part_list.h"
#include "lib/objects/range_body.h"
#include "lib/objects/s3_response.h"
#include "lib/objects/s3_stream.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;

// Large uploads are put together by the server while the client waits.
constexpr S3Limits kOnce{.retry = {.attempts = 1},
                         .timeout = std::chrono::minutes(2),
                         .stall_timeout = {},
                         .send_once = true};
// The right to publish was read from a row before Complete was called; past
// that age somebody else may have taken the row over.
constexpr std::chrono::seconds kCompleteWithin(5);
// 10,000 parts are ten pages; more pages than that are a server that loops.
constexpr int kMaxPages = 100;

S3Call RangeCall(const ObjectPath& path, std::string_view etag,
                 const base::ByteRange& range) {
  S3Call call{.method = "GET", .path = path};
  call.headers.emplace_back("range", RangeHeader(range.offset, range.size));
  if (!etag.empty()) call.headers.emplace_back("if-match", etag);
  return call;
}

}  // namespace

Result<std::unique_ptr<S3Store>> S3Store::Create(const S3Options& options,
                                                 http::HttpTransport& transport,
                                                 CredentialSource& credentials,
                                                 base::Clock& clock) {
  ASSIGN_OR_RETURN(http::Url url, http::ParseUrl(options.endpoint));
  if (!url.query.empty()) {
    return Status(Code::kInvalidArgument,
                  "the S3 endpoint " + options.endpoint + " has a query");
  }
  S3Endpoint endpoint{.url = std::move(url),
                      .region = options.region,
                      .addressing = options.addressing,
                      .dialect = options.dialect};
  return std::unique_ptr<S3Store>(
      new S3Store(options, std::move(endpoint), transport, credentials, clock));
}

Status S3Store::Check(const ObjectPath& path) const {
  if (std::find(buckets_.begin(), buckets_.end(), path.bucket) ==
      buckets_.end()) {
    return Status(Code::kInvalidArgument,
                  "bucket \"" + path.bucket +
                      "\" is not in the configured list of allowed buckets",
                  "BucketNotAllowed");
  }
  return CheckKey(path.key);
}

Result<ObjectInfo> S3Store::Head(const ObjectPath& path, std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  S3Call call{.method = "HEAD", .path = path};
  Result<http::Response> response = client_.Send(call, {}, stop);
  if (!response.ok()) return WhyRefused(path, response.status(), stop);
  return ParseInfo(*response, dialect_);
}

// A refused HEAD has no body that says why; a GET has. It tells a key that may
// not be read from credentials, or an endpoint, that open nothing.
Status S3Store::WhyRefused(const ObjectPath& path, const Status& refused,
                           std::stop_token stop) {
  if (refused.code() != Code::kPermissionDenied &&
      refused.code() != Code::kInvalidArgument) {
    return refused;
  }
  S3Call call{
      .method = "GET", .path = path, .headers = {{"range", RangeHeader(0, 1)}}};
  Status asked = client_.Send(call, {}, stop).status();
  bool tells = asked.code() == Code::kPermissionDenied ||
               asked.code() == Code::kInvalidArgument;
  return tells ? asked : refused;
}

Status S3Store::ReadWanted(const ObjectPath& path, std::string_view etag,
                           const base::ByteRange& range,
                           std::span<const WantedBytes> wanted,
                           std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  RangeBody body(etag, range, wanted);
  S3Operation operation(client_, data_.retry);
  while (!body.done()) {
    const uint64_t missing = body.missing().size;
    body.StartAnswer();
    auto take = [&body](const http::Response& response,
                        std::span<const std::byte> bytes) {
      return body.Take(response, bytes);
    };
    S3Attempt attempt = client_.Try(
        RangeCall(path, body.etag(), body.missing()), data_, stop, take);
    if (body.missing().size < missing) operation.Progressed();
    if (body.done() && attempt.status.ok()) break;
    if (attempt.status.ok()) {
      attempt.status = Status(Code::kUnavailable,
                              "the answer ended before its range", "ShortBody");
      attempt.verdict.retry = RetryClass::kTransient;
    }
    if (!operation.ShouldRetry(attempt, stop)) {
      return attempt.status.WithContext("read s3://" + path.bucket + "/" +
                                        path.key);
    }
  }
  operation.Succeeded();
  return Status::Ok();
}

Result<std::unique_ptr<ObjectStream>> S3Store::OpenStream(
    const ObjectPath& path, std::string_view etag, const base::ByteRange& range,
    std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  ASSIGN_OR_RETURN(auto body, client_.Open(RangeCall(path, etag, range), data_,
                                           std::move(stop)));
  RETURN_IF_ERROR(CheckAnswer(body->response(), etag, range));
  return std::unique_ptr<ObjectStream>(
      new S3Stream(std::move(body), range.offset));
}

Result<std::string> S3Store::Stage(const ObjectPath& path,
                                   const StageOptions& options,
                                   std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  S3Call call{.method = "POST",
              .path = path,
              .query = {{"uploads", ""}},
              .headers = StageHeaders(options, upload_, dialect_)};
  S3Operation operation(client_, kControlRetries);
  while (true) {
    // curl would open a second upload by itself, and not say so.
    S3Attempt attempt = client_.Try(call, {.send_once = true}, stop);
    if (attempt.status.ok()) {
      operation.Succeeded();
      return ParseUploadId(attempt.response.body);
    }
    // Refused for good is refused; after anything else it may be open.
    if (attempt.response.status / 100 != 4) unknown_uploads_ = true;
    if (!operation.ShouldRetry(attempt, stop)) return attempt.status;
  }
}

Result<Part> S3Store::PutPart(const ObjectPath& path,
                              const std::string& upload_id, int number,
                              uint64_t part_bytes,
                              std::span<const std::byte> data,
                              std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  if (number < 1 || number > kMaxParts || data.size() > part_bytes) {
    return Status(Code::kInvalidArgument,
                  "part " + std::to_string(number) + " of " +
                      std::to_string(data.size()) + " bytes is not allowed");
  }
  S3Call call{.method = "PUT",
              .path = path,
              .query = {{"partNumber", std::to_string(number)},
                        {"uploadId", upload_id}},
              .headers = {{"content-md5", base::Base64(base::Md5(data))}},
              .body = data,
              .is_part = true,
              .body_sha256 = base::Sha256(data)};
  ASSIGN_OR_RETURN(http::Response response, client_.Send(call, data_, stop));
  std::string etag = BareEtag(response.Find("etag").value_or(""));
  if (etag.empty()) {
    return Status(Code::kDataLoss, "the store gave a part no ETag",
                  "BadAnswer");
  }
  return Part{.number = number,
              .etag = etag,
              .size_bytes = data.size(),
              .sha256 = call.body_sha256};
}

Result<StagedObject> S3Store::Seal(const ObjectPath&, const std::string&,
                                   const std::vector<Part>& parts) {
  return Describe(parts);
}

Result<std::vector<Part>> S3Store::ListParts(const ObjectPath& path,
                                             const std::string& upload_id,
                                             std::stop_token stop) {
  std::vector<Part> parts;
  int after = 0;
  for (int page_count = 0; page_count < kMaxPages; ++page_count) {
    S3Call call{.method = "GET",
                .path = path,
                .query = {{"uploadId", upload_id}, {"max-parts", "1000"}}};
    if (after > 0) {
      call.query.emplace_back("part-number-marker", std::to_string(after));
    }
    ASSIGN_OR_RETURN(http::Response response, client_.Send(call, {}, stop));
    ASSIGN_OR_RETURN(PartPage page, ParseParts(response.body));
    parts.insert(parts.end(), page.parts.begin(), page.parts.end());
    if (!page.next_after) return parts;
    after = *page.next_after;
  }
  return Status(Code::kDataLoss, "the list of parts has no end", "BadAnswer");
}

Result<StagedObject> S3Store::Inspect(const ObjectPath& path,
                                      const std::string& upload_id,
                                      std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  ASSIGN_OR_RETURN(std::vector<Part> parts, ListParts(path, upload_id, stop));
  return Describe(std::move(parts));
}

Status S3Store::Complete(const ObjectPath& path, const std::string& upload_id,
                         const StagedObject& expected, std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  base::Duration began = client_.clock().Elapsed();
  auto parts = ListParts(path, upload_id, stop);
  if (parts.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, parts.status().message(), kNotStaged);
  }
  RETURN_IF_ERROR(parts.status());
  ASSIGN_OR_RETURN(StagedObject staged, Describe(*parts));
  if (!(staged == expected) || parts->empty()) {
    return Status(Code::kFailedPrecondition,
                  "the staged parts are not those that were reported",
                  kStagedChanged);
  }
  if (client_.clock().Elapsed() - began > kCompleteWithin) {
    return Status(Code::kUnavailable,
                  "listing the parts took too long to publish after it",
                  "TooLate");
  }
  return SendComplete(path, upload_id, *parts, stop);
}

Status S3Store::SendComplete(const ObjectPath& path,
                             const std::string& upload_id,
                             const std::vector<Part>& parts,
                             std::stop_token stop) {
  std::string body = CompleteBody(parts);
  S3Call call{.method = "POST",
              .path = path,
              .query = {{"uploadId", upload_id}},
              .headers = {{"content-type", "application/xml"}},
              .body = base::AsBytes(body)};
  S3Attempt attempt = client_.Try(call, kOnce, stop);
  RETURN_IF_ERROR(attempt.status);
  const std::string where = "complete s3://" + path.bucket + "/" + path.key;
  if (HoldsError(attempt.response.body)) {
    S3Error error = ParseError(attempt.response);
    error.http_status = 500;  // S3 began its 200 before it knew
    return ToStatus(error).WithContext(where);
  }
  base::Result<std::string> etag = ParseCompleted(attempt.response.body);
  if (etag.ok() && (etag->empty() || *etag == MultipartEtag(parts)))
    return Status::Ok();
  return Status(Code::kUnavailable,
                where + ": the answer does not say that it made this object",
                kUnproven);
}

Status S3Store::Abort(const ObjectPath& path, const std::string& upload_id,
                      std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  S3Call call{
      .method = "DELETE", .path = path, .query = {{"uploadId", upload_id}}};
  Status status = client_.Send(call, {}, stop).status();
  return status.code() == Code::kNotFound ? Status::Ok() : status;
}

Result<std::vector<OpenUpload>> S3Store::FindOpen(const ObjectPath& path,
                                                  std::stop_token stop) {
  RETURN_IF_ERROR(Check(path));
  std::vector<OpenUpload> found;
  UploadPage page;
  for (int page_count = 0; page_count < kMaxPages; ++page_count) {
    S3Call call{
        .method = "GET",
        .path = {path.bucket, ""},
        .query = {
            {"uploads", ""}, {"prefix", path.key}, {"max-uploads", "1000"}}};
    if (page.truncated) {
      call.query.emplace_back("key-marker", page.next_key);
      call.query.emplace_back("upload-id-marker", page.next_upload_id);
    }
    ASSIGN_OR_RETURN(http::Response response, client_.Send(call, {}, stop));
    ASSIGN_OR_RETURN(page, ParseUploads(response.body));
    for (NamedUpload& named : page.uploads) {
      if (named.key == path.key) found.push_back(std::move(named.upload));
    }
    // Keys come sorted: the prefix itself stands before all it begins.
    if (!page.truncated || page.next_key != path.key) return found;
  }
  return Status(Code::kDataLoss, "the list of uploads has no end", "BadAnswer");
}

}  // namespace vexaa::objects
