// ObjectStore over the S3 API. An upload is a multipart upload; its id is the
// store's own. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "lib/objects/object_store.h"
#include "lib/objects/s3_client.h"

namespace vexaa::objects {

struct S3Options {
  std::string endpoint;  // "https://s3.example.org"
  std::string region = "us-east-1";
  Addressing addressing = Addressing::kPath;
  Dialect dialect = Dialect::kAmazon;
  std::vector<std::string> buckets;  // no other is ever asked for
  // A range or part of which less than 1 KiB/s arrives for that long is ended.
  base::Duration stall_timeout = std::chrono::seconds(30);
  UploadHeaders upload;
};

class S3Store final : public ObjectStore {
 public:
  // kInvalidArgument: not an http(s) endpoint. The references must outlive the
  // store.
  static base::Result<std::unique_ptr<S3Store>> Create(
      const S3Options& options, http::HttpTransport& transport,
      CredentialSource& credentials, base::Clock& clock);

  base::Result<ObjectInfo> Head(const ObjectPath& path,
                                std::stop_token stop) override;
  base::Status ReadWanted(const ObjectPath& path, std::string_view etag,
                          const base::ByteRange& range,
                          std::span<const WantedBytes> wanted,
                          std::stop_token stop) override;
  base::Result<std::unique_ptr<ObjectStream>> OpenStream(
      const ObjectPath& path, std::string_view etag,
      const base::ByteRange& range, std::stop_token stop) override;
  base::Result<std::string> Stage(const ObjectPath& path,
                                  const StageOptions& options,
                                  std::stop_token stop) override;
  bool MayHaveUnknownUploads() const override { return unknown_uploads_; }
  base::Result<Part> PutPart(const ObjectPath& path,
                             const std::string& upload_id, int number,
                             uint64_t part_bytes,
                             std::span<const std::byte> data,
                             std::stop_token stop) override;
  base::Result<StagedObject> Seal(const ObjectPath& path,
                                  const std::string& upload_id,
                                  const std::vector<Part>& parts) override;
  base::Result<StagedObject> Inspect(const ObjectPath& path,
                                     const std::string& upload_id,
                                     std::stop_token stop) override;
  // Sends nothing (kUnavailable, "TooLate") when listing the parts took so
  // long that the caller's right to publish may be gone.
  base::Status Complete(const ObjectPath& path, const std::string& upload_id,
                        const StagedObject& expected,
                        std::stop_token stop) override;
  base::Status Abort(const ObjectPath& path, const std::string& upload_id,
                     std::stop_token stop) override;
  base::Result<std::vector<OpenUpload>> FindOpen(const ObjectPath& path,
                                                 std::stop_token stop) override;

 private:
  S3Store(const S3Options& options, S3Endpoint endpoint,
          http::HttpTransport& transport, CredentialSource& credentials,
          base::Clock& clock)
      : buckets_(options.buckets),
        data_({.retry = kDataRetries,
               .timeout = kLongestTransfer,
               .stall_timeout = options.stall_timeout}),
        upload_(options.upload),
        dialect_(options.dialect),
        client_(std::move(endpoint), transport, credentials, clock) {}

  base::Status Check(const ObjectPath& path) const;
  base::Status WhyRefused(const ObjectPath& path, const base::Status& refused,
                          std::stop_token stop);
  base::Result<std::vector<Part>> ListParts(const ObjectPath& path,
                                            const std::string& upload_id,
                                            std::stop_token stop);
  base::Status SendComplete(const ObjectPath& path,
                            const std::string& upload_id,
                            const std::vector<Part>& parts,
                            std::stop_token stop);

  // A range or part that crawls is ended by the stall limit; this only bounds
  // what trickles just above it. Of a stream the reader's own time counts, too.
  static constexpr std::chrono::minutes kLongestTransfer{10};

  const std::vector<std::string> buckets_;
  const S3Limits data_;
  const UploadHeaders upload_;
  const Dialect dialect_;
  S3Client client_;
  std::atomic<bool> unknown_uploads_ = false;
};

}  // namespace vexaa::objects
