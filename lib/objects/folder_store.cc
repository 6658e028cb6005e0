#include "lib/objects/folder_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "lib/base/digest.h"
#include "lib/objects/folder_fs.h"
#include "lib/objects/part_list.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;
using base::UniqueFd;

std::string Nanoseconds(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

std::string EtagOf(const struct stat& info) {
  return std::to_string(info.st_dev) + "-" + std::to_string(info.st_ino) + "-" +
         std::to_string(info.st_size) + "-" + Nanoseconds(info.st_mtim) + "-" +
         Nanoseconds(info.st_ctim);
}

Status Changed() {
  return Status(Code::kFailedPrecondition,
                "the file was changed while it was read", "PreconditionFailed");
}

Status Gone(const std::string& upload_id) {
  return Status(Code::kNotFound,
                "the upload " + upload_id + " is published or aborted",
                "NoSuchUpload");
}

StagedObject DescribeFile(const struct stat& info) {
  std::string proof =
      std::to_string(info.st_dev) + " " + std::to_string(info.st_ino) + " " +
      std::to_string(info.st_size) + " " + Nanoseconds(info.st_mtim) + "\n";
  return {.part_count = 1,
          .size_bytes = static_cast<uint64_t>(info.st_size),
          .digest = base::Hex(base::Sha256(base::AsBytes(proof)))};
}

// An upload's file as it lies there now.
struct StagedFile {
  UniqueFd folder;
  std::string staged_name;
  UniqueFd file;
  struct stat info;
};

// kNotFound: no such file, or another one under its name.
Result<StagedFile> OpenStaged(const FolderPath& path,
                              const std::string& upload_id, int flags) {
  auto upload = ParseFolderUploadId(upload_id);
  if (!upload) return Gone(upload_id);
  StagedFile staged;
  ASSIGN_OR_RETURN(staged.folder, OpenFolder(path, Missing::kFail));
  staged.staged_name = StagedPrefix(path.name) + upload->stage_name;
  auto file = OpenFile(staged.folder, staged.staged_name, flags);
  if (file.status().code() == Code::kNotFound) return Gone(upload_id);
  if (!file.ok()) return file.status();
  staged.file = std::move(*file);
  ASSIGN_OR_RETURN(staged.info, Stat(staged.file));
  if (staged.info.st_dev != upload->device ||
      staged.info.st_ino != upload->inode) {
    return Gone(upload_id);
  }
  return staged;
}

base::Time TimeOf(const timespec& time) {
  return base::Time(std::chrono::seconds(time.tv_sec) +
                    std::chrono::microseconds(time.tv_nsec / 1000));
}

Status Stopped() { return Status(Code::kCancelled, "stopped"); }

// A file that must stay as it is while it is read.
struct PinnedFile {
  UniqueFd file;
  std::string etag;

  Status CheckUnchanged() const {
    ASSIGN_OR_RETURN(struct stat after, Stat(file));
    return EtagOf(after) == etag ? Status::Ok() : Changed();
  }
};

// `etag` empty: any version.
Result<PinnedFile> Pin(const FolderPath& path, std::string_view etag,
                       const base::ByteRange& range) {
  ASSIGN_OR_RETURN(UniqueFd folder, OpenFolder(path, Missing::kFail));
  ASSIGN_OR_RETURN(UniqueFd file, OpenFile(folder, path.name, O_RDONLY));
  ASSIGN_OR_RETURN(struct stat info, Stat(file));
  if (!etag.empty() && EtagOf(info) != etag) return Changed();
  auto size = static_cast<uint64_t>(info.st_size);
  if (range.offset > size || range.size > size - range.offset) {
    return Status(Code::kFailedPrecondition, "the range lies outside the file",
                  "InvalidRange");
  }
  return PinnedFile{std::move(file), EtagOf(info)};
}

class FolderStream final : public ObjectStream {
 public:
  FolderStream(PinnedFile file, std::stop_token stop)
      : file_(std::move(file)), stop_(std::move(stop)) {}

  Status Read(uint64_t offset, std::span<std::byte> out) override {
    RETURN_IF_ERROR(ReadAt(file_.file, offset, out, stop_));
    return file_.CheckUnchanged();
  }

 private:
  const PinnedFile file_;
  const std::stop_token stop_;
};

}  // namespace

Result<FolderPath> FolderStore::Split(const ObjectPath& path) const {
  if (!path.bucket.empty()) {
    return Status(Code::kInvalidArgument,
                  "a folder store has no bucket " + path.bucket);
  }
  return SplitPath(roots_, path.key);
}

Result<ObjectInfo> FolderStore::Head(const ObjectPath& path,
                                     std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  ASSIGN_OR_RETURN(UniqueFd folder, OpenFolder(split, Missing::kFail));
  ASSIGN_OR_RETURN(UniqueFd file, OpenFile(folder, split.name, O_RDONLY));
  ASSIGN_OR_RETURN(struct stat info, Stat(file));
  return ObjectInfo{.size_bytes = static_cast<uint64_t>(info.st_size),
                    .etag = EtagOf(info),
                    .metadata = GetMetadata(file)};
}

Status FolderStore::ReadWanted(const ObjectPath& path, std::string_view etag,
                               const base::ByteRange& range,
                               std::span<const WantedBytes> wanted,
                               std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  ASSIGN_OR_RETURN(PinnedFile file, Pin(split, etag, range));
  for (const WantedBytes& part : wanted) {
    RETURN_IF_ERROR(ReadAt(file.file, part.offset, part.out, stop));
  }
  return file.CheckUnchanged();
}

Result<std::unique_ptr<ObjectStream>> FolderStore::OpenStream(
    const ObjectPath& path, std::string_view etag, const base::ByteRange& range,
    std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  ASSIGN_OR_RETURN(PinnedFile file, Pin(split, etag, range));
  return std::unique_ptr<ObjectStream>(
      new FolderStream(std::move(file), std::move(stop)));
}

Result<std::string> FolderStore::Stage(const ObjectPath& path,
                                       const StageOptions& options,
                                       std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  RETURN_IF_ERROR(CheckStageName(options.stage_name));
  ASSIGN_OR_RETURN(UniqueFd folder, OpenFolder(split, Missing::kCreate));
  std::string staged = StagedPrefix(split.name) + options.stage_name;
  ASSIGN_OR_RETURN(UniqueFd file, CreateFile(folder, staged));
  Status described = SetMetadata(file, options.metadata);
  Result<struct stat> info = Stat(file);
  if (!described.ok() || !info.ok()) {
    unlinkat(folder.get(), staged.c_str(), 0);
    return described.ok() ? info.status() : described;
  }
  return FormatFolderUploadId({options.stage_name, info->st_dev, info->st_ino});
}

Result<Part> FolderStore::PutPart(const ObjectPath& path,
                                  const std::string& upload_id, int number,
                                  uint64_t part_bytes,
                                  std::span<const std::byte> data,
                                  std::stop_token stop) {
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  if (number < 1 || number > kMaxParts || data.size() > part_bytes) {
    return Status(Code::kInvalidArgument,
                  "part " + std::to_string(number) + " of " +
                      std::to_string(data.size()) + " bytes is not allowed");
  }
  ASSIGN_OR_RETURN(StagedFile staged, OpenStaged(split, upload_id, O_WRONLY));
  uint64_t offset = static_cast<uint64_t>(number - 1) * part_bytes;
  RETURN_IF_ERROR(WriteAt(staged.file, offset, data, stop));
  return Part{.number = number,
              .etag = base::Hex32(base::Crc32(data)),
              .size_bytes = data.size()};
}

Result<StagedObject> FolderStore::Seal(const ObjectPath& path,
                                       const std::string& upload_id,
                                       const std::vector<Part>& parts) {
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  ASSIGN_OR_RETURN(StagedObject given, Describe(parts));
  ASSIGN_OR_RETURN(StagedFile staged, OpenStaged(split, upload_id, O_RDONLY));
  if (fsync(staged.file.get()) != 0) return FromErrno(errno, "fsync");
  RETURN_IF_ERROR(SyncFolder(staged.folder));
  ASSIGN_OR_RETURN(struct stat info, Stat(staged.file));
  StagedObject found = DescribeFile(info);
  if (found.size_bytes != given.size_bytes) {
    return Status(Code::kFailedPrecondition,
                  "the staged file has " + std::to_string(found.size_bytes) +
                      " bytes, its parts " + std::to_string(given.size_bytes),
                  kStagedChanged);
  }
  return found;
}

Result<StagedObject> FolderStore::Inspect(const ObjectPath& path,
                                          const std::string& upload_id,
                                          std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  ASSIGN_OR_RETURN(StagedFile staged, OpenStaged(split, upload_id, O_RDONLY));
  return DescribeFile(staged.info);
}

Status FolderStore::Complete(const ObjectPath& path,
                             const std::string& upload_id,
                             const StagedObject& expected,
                             std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  auto staged = OpenStaged(split, upload_id, O_RDONLY);
  if (staged.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, staged.status().message(), kNotStaged);
  }
  RETURN_IF_ERROR(staged.status());
  if (!(DescribeFile(staged->info) == expected)) {
    return Status(Code::kFailedPrecondition,
                  "the staged file is not what was reported", kStagedChanged);
  }
  if (fsync(staged->file.get()) != 0) return FromErrno(errno, "fsync");
  if (renameat(staged->folder.get(), staged->staged_name.c_str(),
               staged->folder.get(), split.name.c_str()) != 0) {
    return FromErrno(errno, "publish " + path.key);
  }
  return SyncFolder(staged->folder);
}

Status FolderStore::Abort(const ObjectPath& path, const std::string& upload_id,
                          std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  auto staged = OpenStaged(split, upload_id, O_RDONLY);
  if (staged.status().code() == Code::kNotFound) return Status::Ok();
  RETURN_IF_ERROR(staged.status());
  if (unlinkat(staged->folder.get(), staged->staged_name.c_str(), 0) != 0 &&
      errno != ENOENT) {
    return FromErrno(errno, "remove " + staged->staged_name);
  }
  return Status::Ok();
}

Result<std::vector<OpenUpload>> FolderStore::FindOpen(const ObjectPath& path,
                                                      std::stop_token stop) {
  if (stop.stop_requested()) return Stopped();
  ASSIGN_OR_RETURN(FolderPath split, Split(path));
  std::vector<OpenUpload> found;
  auto folder = OpenFolder(split, Missing::kFail);
  if (folder.status().code() == Code::kNotFound) return found;
  if (!folder.ok()) return folder.status();
  ASSIGN_OR_RETURN(std::vector<std::string> names, ListNames(*folder));
  for (const std::string& name : names) {
    auto stage_name = StageNameOf(split.name, name);
    struct stat info;
    if (!stage_name ||
        fstatat(folder->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    std::string id =
        FormatFolderUploadId({*stage_name, info.st_dev, info.st_ino});
    found.push_back({std::move(id), TimeOf(info.st_mtim)});
  }
  return found;
}

}  // namespace vexaa::objects
