// ObjectStore over files below configured roots. An upload is a hidden file in
// the output's own folder, published by a rename; its digest is made of what
// proves it: device, inode, size and time of the last write. The whole file
// counts as one part. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/objects/folder_path.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

class FolderStore final : public ObjectStore {
 public:
  // Absolute paths of folders; nothing outside them is ever touched.
  explicit FolderStore(std::vector<std::string> roots)
      : roots_(std::move(roots)) {}

  base::Result<ObjectInfo> Head(const ObjectPath& path,
                                std::stop_token stop) override;
  base::Status ReadWanted(const ObjectPath& path, std::string_view etag,
                          const base::ByteRange& range,
                          std::span<const WantedBytes> wanted,
                          std::stop_token stop) override;
  base::Result<std::unique_ptr<ObjectStream>> OpenStream(
      const ObjectPath& path, std::string_view etag,
      const base::ByteRange& range, std::stop_token stop) override;
  // Makes missing folders below the root. kAlreadyExists: the stage name is
  // taken. Keeps only metadata whose name begins with "vexaa-".
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
  base::Result<FolderPath> Split(const ObjectPath& path) const;

  const std::vector<std::string> roots_;
};

}  // namespace vexaa::objects
