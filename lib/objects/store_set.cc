#include "lib/objects/store_set.h"

#include "lib/jobs/reason.h"

namespace vexaa::objects {

base::Result<Place> StoreSet::Find(std::string_view uri) const {
  ASSIGN_OR_RETURN(jobs::Location location, jobs::ParseLocation(uri));
  bool is_file = location.kind == jobs::Location::Kind::kFile;
  ObjectStore* store = is_file ? folder_ : s3_;
  if (store == nullptr)
    return jobs::Fail(
        jobs::Reason::kInvalidJob,
        is_file ? "file:// is not served here: no folder.roots are configured"
                : "s3:// is not served here: no s3.endpoint is configured");
  return Place{store, {std::move(location.bucket), std::move(location.key)}};
}

}  // namespace vexaa::objects
