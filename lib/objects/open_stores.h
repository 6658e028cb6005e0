// The object stores of one process, opened from their configuration, and found
// by location. Thread-safe once open.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/objects/folder_store.h"
#include "lib/objects/s3_access.h"
#include "lib/objects/store_set.h"

namespace vexaa::objects {

class OpenStores {
 public:
  // InvalidConfig: one of them cannot work. Without `folder_roots` file:// is
  // refused. `clock` must outlive the stores.
  static base::Result<std::unique_ptr<OpenStores>> Open(
      const std::vector<StoreConfig>& stores,
      const std::vector<std::string>& folder_roots,
      const Environment& environment, base::Clock& clock);

  const StoreSet& set() const { return set_; }
  bool MayHaveUnknownUploads() const;  // of any of them

 private:
  OpenStores() = default;

  std::vector<std::unique_ptr<S3Access>> s3_;
  std::unique_ptr<FolderStore> folder_;
  StoreSet set_;
};

}  // namespace vexaa::objects
