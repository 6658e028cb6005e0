#include "tests/fakes/fake_object_store.h"

#include <algorithm>

#include "lib/base/digest.h"
#include "lib/objects/part_list.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;

size_t Index(Verb verb) { return static_cast<size_t>(verb); }

}  // namespace

void FakeObjectStore::Put(const ObjectPath& path, std::string content,
                          std::map<std::string, std::string> metadata) {
  std::lock_guard lock(mutex_);
  StoreLocked(KeyOf(path), std::move(content), std::move(metadata));
}

void FakeObjectStore::Remove(const ObjectPath& path) {
  std::lock_guard lock(mutex_);
  objects_.erase(KeyOf(path));
}

std::optional<std::string> FakeObjectStore::Get(const ObjectPath& path) const {
  std::lock_guard lock(mutex_);
  auto at = objects_.find(KeyOf(path));
  if (at == objects_.end()) return std::nullopt;
  return at->second.content;
}

size_t FakeObjectStore::object_count() const {
  std::lock_guard lock(mutex_);
  return objects_.size();
}

size_t FakeObjectStore::open_upload_count() const {
  std::lock_guard lock(mutex_);
  return uploads_.size();
}

void FakeObjectStore::Fail(Verb verb, Status status, int times, FailWhen when) {
  std::lock_guard lock(mutex_);
  for (int i = 0; i < times; ++i) {
    faults_[Index(verb)].push_back({status, when});
  }
}

void FakeObjectStore::OnCall(
    std::function<void(Verb, const ObjectPath&)> hook) {
  std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

int FakeObjectStore::Count(Verb verb) const {
  std::lock_guard lock(mutex_);
  return counts_[Index(verb)];
}

std::optional<FakeObjectStore::Fault> FakeObjectStore::Enter(
    Verb verb, const ObjectPath& path, std::stop_token stop) {
  std::function<void(Verb, const ObjectPath&)> hook;
  {
    std::lock_guard lock(mutex_);
    ++counts_[Index(verb)];
    hook = hook_;
  }
  if (hook) hook(verb, path);
  if (stop.stop_requested()) {
    return Fault{Status(Code::kCancelled, "stopped"), FailWhen::kBefore};
  }
  std::lock_guard lock(mutex_);
  auto& faults = faults_[Index(verb)];
  if (faults.empty()) return std::nullopt;
  Fault fault = faults.front();
  faults.pop_front();
  return fault;
}

void FakeObjectStore::StoreLocked(const PathKey& key, std::string content,
                                  std::map<std::string, std::string> metadata) {
  Object object;
  object.info.size_bytes = content.size();
  object.info.etag = "\"v" + std::to_string(++made_) + "\"";
  object.info.metadata = std::move(metadata);
  object.content = std::move(content);
  objects_[key] = std::move(object);
}

Result<ObjectInfo> FakeObjectStore::Head(const ObjectPath& path,
                                         std::stop_token stop) {
  if (auto fault = Enter(Verb::kHead, path, stop)) return fault->status;
  std::lock_guard lock(mutex_);
  auto at = objects_.find(KeyOf(path));
  if (at == objects_.end()) {
    return Status(Code::kNotFound, "no object " + path.key, "NoSuchKey");
  }
  return at->second.info;
}

Status FakeObjectStore::ReadLocked(const ObjectPath& path,
                                   std::string_view etag,
                                   const base::ByteRange& range,
                                   std::span<const WantedBytes> wanted) {
  auto at = objects_.find(KeyOf(path));
  if (at == objects_.end()) {
    return Status(Code::kNotFound, "no object " + path.key, "NoSuchKey");
  }
  const auto& [content, info] = at->second;
  if (!etag.empty() && etag != info.etag) {
    return Status(Code::kFailedPrecondition, "the object changed",
                  "PreconditionFailed");
  }
  if (range.offset > content.size() ||
      range.size > content.size() - range.offset) {
    return Status(Code::kFailedPrecondition, "not inside the object",
                  "InvalidRange");
  }
  for (const WantedBytes& part : wanted) {
    auto bytes = base::AsBytes(content).subspan(part.offset, part.out.size());
    std::copy(bytes.begin(), bytes.end(), part.out.begin());
  }
  return Status::Ok();
}

Status FakeObjectStore::ReadWanted(const ObjectPath& path,
                                   std::string_view etag,
                                   const base::ByteRange& range,
                                   std::span<const WantedBytes> wanted,
                                   std::stop_token stop) {
  if (auto fault = Enter(Verb::kReadRange, path, stop)) return fault->status;
  std::lock_guard lock(mutex_);
  for (const WantedBytes& part : wanted) wanted_bytes_ += part.out.size();
  return ReadLocked(path, etag, range, wanted);
}

class FakeObjectStore::Stream final : public ObjectStream {
 public:
  Stream(FakeObjectStore& store, ObjectPath path, std::string etag,
         const base::ByteRange& range, std::stop_token stop)
      : store_(store),
        path_(std::move(path)),
        etag_(std::move(etag)),
        rest_(range),
        stop_(std::move(stop)) {}

  Status Read(uint64_t offset, std::span<std::byte> out) override {
    const WantedBytes wanted{offset, out};
    std::function<void(const base::ByteRange&)> hook;
    {
      std::lock_guard lock(store_.mutex_);
      hook = store_.stream_hook_;
    }
    if (hook) hook({offset, out.size()});
    if (stop_.stop_requested()) return Status(Code::kCancelled, "stopped");
    if (offset < rest_.offset || wanted.end() > rest_.end()) {
      return Status(Code::kInvalidArgument, "not ahead in the stream");
    }
    std::lock_guard lock(store_.mutex_);
    const uint64_t passed = wanted.end() - rest_.offset;
    passed_ += passed;
    if (passed_ > store_.longest_stream_) return store_.too_long_;
    RETURN_IF_ERROR(store_.ReadLocked(path_, etag_, rest_, {&wanted, 1}));
    store_.streamed_bytes_ += passed;
    rest_ = {wanted.end(), rest_.size - passed};
    return Status::Ok();
  }

 private:
  FakeObjectStore& store_;
  const ObjectPath path_;
  const std::string etag_;
  base::ByteRange rest_;
  const std::stop_token stop_;
  uint64_t passed_ = 0;
};

Result<std::unique_ptr<ObjectStream>> FakeObjectStore::OpenStream(
    const ObjectPath& path, std::string_view etag, const base::ByteRange& range,
    std::stop_token stop) {
  if (auto fault = Enter(Verb::kReadRange, path, stop)) return fault->status;
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(ReadLocked(path, etag, range, {}));
  ++streams_;
  return std::unique_ptr<ObjectStream>(new Stream(
      *this, path, objects_[KeyOf(path)].info.etag, range, std::move(stop)));
}

uint64_t FakeObjectStore::wanted_bytes() const {
  std::lock_guard lock(mutex_);
  return wanted_bytes_;
}

int FakeObjectStore::streams() const {
  std::lock_guard lock(mutex_);
  return streams_;
}

uint64_t FakeObjectStore::streamed_bytes() const {
  std::lock_guard lock(mutex_);
  return streamed_bytes_;
}

void FakeObjectStore::FailStreamsAfter(uint64_t bytes, Status status) {
  std::lock_guard lock(mutex_);
  longest_stream_ = bytes;
  too_long_ = std::move(status);
}

void FakeObjectStore::OnStreamRead(
    std::function<void(const base::ByteRange&)> hook) {
  std::lock_guard lock(mutex_);
  stream_hook_ = std::move(hook);
}

Result<std::string> FakeObjectStore::Stage(const ObjectPath& path,
                                           const StageOptions& options,
                                           std::stop_token stop) {
  auto fault = Enter(Verb::kStage, path, stop);
  if (fault && fault->when == FailWhen::kBefore) return fault->status;
  std::lock_guard lock(mutex_);
  std::string id = "upload-" + std::to_string(++made_);
  base::Time now = clock_ != nullptr ? clock_->Now() : base::Time{};
  uploads_[id] = Upload{KeyOf(path), options.metadata, {}, now};
  if (fault) return fault->status;
  return id;
}

Result<FakeObjectStore::Upload*> FakeObjectStore::FindLocked(
    const ObjectPath& path, const std::string& upload_id) {
  auto at = uploads_.find(upload_id);
  if (at == uploads_.end() || at->second.path != KeyOf(path)) {
    return Status(Code::kNotFound, "no upload " + upload_id, "NoSuchUpload");
  }
  return &at->second;
}

Result<Part> FakeObjectStore::PutPart(const ObjectPath& path,
                                      const std::string& upload_id, int number,
                                      uint64_t, std::span<const std::byte> data,
                                      std::stop_token stop) {
  auto fault = Enter(Verb::kPutPart, path, stop);
  if (fault && fault->when == FailWhen::kBefore) return fault->status;
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(Upload * upload, FindLocked(path, upload_id));
  upload->parts[number] =
      std::string(reinterpret_cast<const char*>(data.data()), data.size());
  if (fault) return fault->status;
  return Part{number, base::Hex(base::Md5(data)), data.size()};
}

Result<StagedObject> FakeObjectStore::Seal(const ObjectPath& path,
                                           const std::string&,
                                           const std::vector<Part>& parts) {
  if (auto fault = Enter(Verb::kSeal, path, {})) return fault->status;
  return Describe(parts);
}

Result<StagedObject> FakeObjectStore::InspectLocked(
    const ObjectPath& path, const std::string& upload_id) {
  ASSIGN_OR_RETURN(Upload * upload, FindLocked(path, upload_id));
  std::vector<Part> parts;
  for (const auto& [number, content] : upload->parts) {
    auto etag = base::Hex(base::Md5(base::AsBytes(content)));
    parts.push_back({number, etag, content.size()});
  }
  return Describe(std::move(parts));
}

Result<StagedObject> FakeObjectStore::Inspect(const ObjectPath& path,
                                              const std::string& upload_id,
                                              std::stop_token stop) {
  if (auto fault = Enter(Verb::kInspect, path, stop)) return fault->status;
  std::lock_guard lock(mutex_);
  return InspectLocked(path, upload_id);
}

Status FakeObjectStore::CompleteLocked(const ObjectPath& path,
                                       const std::string& upload_id,
                                       const StagedObject& expected) {
  auto staged = InspectLocked(path, upload_id);
  if (!staged.ok()) {
    return Status(Code::kNotFound, staged.status().message(), kNotStaged);
  }
  if (!(*staged == expected) || staged->part_count == 0) {
    return Status(Code::kFailedPrecondition, "the staged parts are others",
                  kStagedChanged);
  }
  Upload upload = std::move(uploads_[upload_id]);
  uploads_.erase(upload_id);
  std::string content;
  for (const auto& [number, part] : upload.parts) content += part;
  StoreLocked(upload.path, std::move(content), std::move(upload.metadata));
  return Status::Ok();
}

Status FakeObjectStore::Complete(const ObjectPath& path,
                                 const std::string& upload_id,
                                 const StagedObject& expected,
                                 std::stop_token stop) {
  auto fault = Enter(Verb::kComplete, path, stop);
  if (fault && fault->when == FailWhen::kBefore) return fault->status;
  std::lock_guard lock(mutex_);
  Status status = CompleteLocked(path, upload_id, expected);
  return fault ? fault->status : status;
}

Status FakeObjectStore::Abort(const ObjectPath& path,
                              const std::string& upload_id,
                              std::stop_token stop) {
  auto fault = Enter(Verb::kAbort, path, stop);
  if (fault && fault->when == FailWhen::kBefore) return fault->status;
  std::lock_guard lock(mutex_);
  if (FindLocked(path, upload_id).ok()) uploads_.erase(upload_id);
  return fault ? fault->status : Status::Ok();
}

Result<std::vector<OpenUpload>> FakeObjectStore::FindOpen(
    const ObjectPath& path, std::stop_token stop) {
  if (auto fault = Enter(Verb::kFindOpen, path, stop)) return fault->status;
  std::lock_guard lock(mutex_);
  std::vector<OpenUpload> found;
  for (const auto& [id, upload] : uploads_) {
    if (upload.path == KeyOf(path)) found.push_back({id, upload.initiated});
  }
  return found;
}

}  // namespace vexaa::objects
