// ObjectStore in memory, with a count per verb and faults on demand. Passes
// the same conformance suite as the real ones. Thread-safe.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "lib/objects/object_store.h"

namespace vexaa::objects {

enum class Verb {
  kHead,
  kReadRange,
  kStage,
  kPutPart,
  kSeal,
  kInspect,
  kComplete,
  kAbort,
  kFindOpen,
};
inline constexpr size_t kVerbCount = 9;

// kBefore: nothing happens; kAfter: it is applied and the reply is lost.
enum class FailWhen { kBefore, kAfter };

class FakeObjectStore final : public ObjectStore {
 public:
  FakeObjectStore() = default;
  // Uploads begin at this clock's time; it must outlive the store.
  explicit FakeObjectStore(const base::Clock& clock) : clock_(&clock) {}

  // Creates or replaces an object, with a new ETag.
  void Put(const ObjectPath& path, std::string content,
           std::map<std::string, std::string> metadata = {});
  void Remove(const ObjectPath& path);
  std::optional<std::string> Get(const ObjectPath& path) const;
  size_t object_count() const;
  size_t open_upload_count() const;

  // The next `times` calls of that verb end with `status`.
  void Fail(Verb verb, base::Status status, int times = 1,
            FailWhen when = FailWhen::kBefore);
  // Called before each call takes effect, without a lock held: a test may
  // change the store or stop something there.
  void OnCall(std::function<void(Verb, const ObjectPath&)> hook);
  int Count(Verb verb) const;
  // Bytes that readers wanted of the ranges they asked for.
  uint64_t wanted_bytes() const;
  // Streams that were opened, and what was read or passed of them.
  int streams() const;
  uint64_t streamed_bytes() const;
  // Streams fail with `status` at the first byte beyond so many.
  void FailStreamsAfter(uint64_t bytes, base::Status status);
  // Called before each read of a stream, without a lock held.
  void OnStreamRead(std::function<void(const base::ByteRange&)> hook);

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
  base::Status Complete(const ObjectPath& path, const std::string& upload_id,
                        const StagedObject& expected,
                        std::stop_token stop) override;
  base::Status Abort(const ObjectPath& path, const std::string& upload_id,
                     std::stop_token stop) override;
  base::Result<std::vector<OpenUpload>> FindOpen(const ObjectPath& path,
                                                 std::stop_token stop) override;

 private:
  using PathKey = std::pair<std::string, std::string>;
  struct Object {
    std::string content;
    ObjectInfo info;
  };
  struct Upload {
    PathKey path;
    std::map<std::string, std::string> metadata;
    std::map<int, std::string> parts;
    base::Time initiated;
  };
  struct Fault {
    base::Status status;
    FailWhen when;
  };

  class Stream;

  static PathKey KeyOf(const ObjectPath& path) {
    return {path.bucket, path.key};
  }
  // Counts, runs the hook and takes the next fault of that verb.
  std::optional<Fault> Enter(Verb verb, const ObjectPath& path,
                             std::stop_token stop);
  void StoreLocked(const PathKey& key, std::string content,
                   std::map<std::string, std::string> metadata);
  base::Status ReadLocked(const ObjectPath& path, std::string_view etag,
                          const base::ByteRange& range,
                          std::span<const WantedBytes> wanted);
  base::Result<StagedObject> InspectLocked(const ObjectPath& path,
                                           const std::string& upload_id);
  base::Status CompleteLocked(const ObjectPath& path,
                              const std::string& upload_id,
                              const StagedObject& expected);
  base::Result<Upload*> FindLocked(const ObjectPath& path,
                                   const std::string& upload_id);

  const base::Clock* clock_ = nullptr;
  mutable std::mutex mutex_;
  // All below guarded by mutex_.
  uint64_t wanted_bytes_ = 0;
  int streams_ = 0;
  uint64_t streamed_bytes_ = 0;
  uint64_t longest_stream_ = UINT64_MAX;
  base::Status too_long_;
  std::function<void(const base::ByteRange&)> stream_hook_;
  std::map<PathKey, Object> objects_;
  std::map<std::string, Upload> uploads_;
  std::array<std::deque<Fault>, kVerbCount> faults_;
  std::array<int, kVerbCount> counts_{};
  std::function<void(Verb, const ObjectPath&)> hook_;
  int made_ = 0;  // distinguishes versions and uploads
};

}  // namespace vexaa::objects
