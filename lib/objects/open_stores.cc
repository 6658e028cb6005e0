#include "lib/objects/open_stores.h"

#include <algorithm>

namespace vexaa::objects {

base::Result<std::unique_ptr<OpenStores>> OpenStores::Open(
    const std::vector<StoreConfig>& stores,
    const std::vector<std::string>& folder_roots,
    const Environment& environment, base::Clock& clock) {
  std::unique_ptr<OpenStores> open(new OpenStores());
  StoreSet::Buckets buckets;
  for (const StoreConfig& store : stores) {
    ASSIGN_OR_RETURN(auto access, S3Access::Open(store, environment, clock));
    for (const std::string& bucket : store.buckets)
      buckets[bucket] = &access->store();
    open->s3_.push_back(std::move(access));
  }
  if (!folder_roots.empty())
    open->folder_ = std::make_unique<FolderStore>(folder_roots);
  open->set_ = StoreSet(std::move(buckets), open->folder_.get());
  return open;
}

bool OpenStores::MayHaveUnknownUploads() const {
  return std::any_of(s3_.begin(), s3_.end(),
                     [](const auto& s3) {
                       return s3->store().MayHaveUnknownUploads();
                     }) ||
         (folder_ && folder_->MayHaveUnknownUploads());
}

}  // namespace vexaa::objects
