// Object storage as VExAA needs it: pinned ranged reads, and uploads that are
// staged first and made visible later by whoever may. Two implementations, S3
// and a folder, pass one conformance suite. Thread-safe; calls block, retry by
// themselves within one budget, and end early when `stop` is requested.
//
// Errors everywhere: kNotFound, kPermissionDenied, kUnavailable (budget spent),
// kFailedPrecondition (the object changed), kInvalidArgument (not an allowed
// bucket or root), kCancelled. `detail` is the store's own code, when it has
// one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/byte_stream.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

namespace vexaa::objects {

// Where an object lies: bucket and key of S3, or (bucket empty) an absolute
// path, unescaped, of a folder.
struct ObjectPath {
  std::string bucket;
  std::string key;
  bool operator==(const ObjectPath&) const = default;
};

struct ObjectInfo {
  uint64_t size_bytes = 0;
  std::string etag;  // opaque; equal only for the same version
  // User metadata, names in lower case without the x-amz-meta- prefix.
  std::map<std::string, std::string> metadata;
};

struct StageOptions {
  std::string content_type;
  std::map<std::string, std::string> metadata;
  // Distinguishes staged files of one folder: "<job>-<attempt>" or a random
  // word.
  std::string stage_name;
};

struct Part {
  int number = 0;  // from 1
  std::string etag;
  uint64_t size_bytes = 0;
  // Of its bytes, where storing them took it.
  std::optional<base::Sha256Digest> sha256 = {};
};

// What a finished staging looks like, and what must be found again before it
// is published.
struct StagedObject {
  int part_count = 0;
  uint64_t size_bytes = 0;
  std::string digest;  // of the part list; lower hex SHA-256
  bool operator==(const StagedObject&) const = default;
};

// Details of what Complete refuses before it has sent anything.
inline constexpr char kNotStaged[] = "NotStaged";  // no such upload any more
inline constexpr char kStagedChanged[] = "StagedChanged";  // not as expected
// Complete was accepted with an answer that is not the expected: Head tells.
inline constexpr char kUnproven[] = "Unproven";

struct OpenUpload {
  std::string upload_id;
  base::Time initiated;
};

// Where some bytes of an object go.
struct WantedBytes {
  uint64_t offset = 0;  // in the object
  std::span<std::byte> out;
  uint64_t end() const { return offset + out.size(); }
};

// One version of an object, read forwards over one answer that goes on for as
// long as it is read, on the thread of who reads it: nothing comes meanwhile
// but what the system keeps. Never asks again by itself. Thread-compatible.
class ObjectStream {
 public:
  virtual ~ObjectStream() = default;
  // Fills `out` from `offset` on, which is not before what was read; what lies
  // between is dropped. All of it lies inside the object. After an error the
  // stream is of no use any more.
  virtual base::Status Read(uint64_t offset, std::span<std::byte> out) = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual base::Result<ObjectInfo> Head(const ObjectPath& path,
                                        std::stop_token stop) = 0;
  // Reads `range`, which must lie inside the object, and keeps what is
  // `wanted` of it: in order, inside it and without overlap. A non-empty `etag`
  // pins the version: another one is kFailedPrecondition. Resumes by itself
  // after a cut body.
  virtual base::Status ReadWanted(const ObjectPath& path, std::string_view etag,
                                  const base::ByteRange& range,
                                  std::span<const WantedBytes> wanted,
                                  std::stop_token stop) = 0;
  // All of the range from `offset`.
  base::Status ReadRange(const ObjectPath& path, std::string_view etag,
                         uint64_t offset, std::span<std::byte> out,
                         std::stop_token stop) {
    const WantedBytes all{offset, out};
    return ReadWanted(path, etag, {offset, out.size()}, {&all, 1}, stop);
  }
  // Asks once for all of `range`, which must lie inside the object; `stop` ends
  // the stream, too, and the store must outlive it.
  virtual base::Result<std::unique_ptr<ObjectStream>> OpenStream(
      const ObjectPath& path, std::string_view etag,
      const base::ByteRange& range, std::stop_token stop) = 0;

  // Opens an upload that nobody sees; returns its id.
  virtual base::Result<std::string> Stage(const ObjectPath& path,
                                          const StageOptions& options,
                                          std::stop_token stop) = 0;
  // True once an upload may have been opened whose id was never heard: it is
  // found by its path only. Any thread.
  virtual bool MayHaveUnknownUploads() const { return false; }
  // Stores one part, all of `part_bytes` but the last; safe to repeat. A
  // folder writes at (number - 1) * part_bytes.
  virtual base::Result<Part> PutPart(const ObjectPath& path,
                                     const std::string& upload_id, int number,
                                     uint64_t part_bytes,
                                     std::span<const std::byte> data,
                                     std::stop_token stop) = 0;
  // Makes the staged bytes durable and describes them, from the parts this
  // caller stored. S3: no request at all.
  virtual base::Result<StagedObject> Seal(const ObjectPath& path,
                                          const std::string& upload_id,
                                          const std::vector<Part>& parts) = 0;
  // Describes an open upload as the store sees it. kNotFound: no such upload
  // any more, published or aborted.
  virtual base::Result<StagedObject> Inspect(const ObjectPath& path,
                                             const std::string& upload_id,
                                             std::stop_token stop) = 0;
  // Makes the upload visible if it still is exactly `expected`, else
  // kFailedPrecondition (detail kStagedChanged); when it is gone before
  // anything was sent, kNotFound (detail kNotStaged). OK only when the store
  // says that the object is there, and by no ETag but that of these parts.
  // Sent once, never repeated here: after any other error only Head tells what
  // happened.
  virtual base::Status Complete(const ObjectPath& path,
                                const std::string& upload_id,
                                const StagedObject& expected,
                                std::stop_token stop) = 0;
  // Removes an upload and its parts; OK when it is gone already.
  virtual base::Status Abort(const ObjectPath& path,
                             const std::string& upload_id,
                             std::stop_token stop) = 0;
  // The open uploads of exactly this path, anybody's.
  virtual base::Result<std::vector<OpenUpload>> FindOpen(
      const ObjectPath& path, std::stop_token stop) = 0;
};

}  // namespace vexaa::objects
