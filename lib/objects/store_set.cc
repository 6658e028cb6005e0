#include "lib/objects/store_set.h"

#include "lib/jobs/reason.h"

namespace vexaa::objects {

ObjectStore* StoreSet::StoreOf(const jobs::Location& location) const {
  if (location.kind == jobs::Location::Kind::kFile) return folder_;
  auto found = buckets_.find(location.bucket);
  return found != buckets_.end() ? found->second : s3_;
}

base::Result<Place> StoreSet::Find(std::string_view uri) const {
  ASSIGN_OR_RETURN(jobs::Location location, jobs::ParseLocation(uri));
  if (ObjectStore* store = StoreOf(location))
    return Place{store, {std::move(location.bucket), std::move(location.key)}};
  if (location.kind == jobs::Location::Kind::kFile)
    return jobs::Fail(jobs::Reason::kInvalidJob,
                      "file:// is not served here: no folder.roots are "
                      "configured");
  return jobs::Fail(jobs::Reason::kInvalidJob,
                    "the bucket '" + location.bucket +
                        "' is not served here: it is in the buckets of none "
                        "of the configured stores");
}

}  // namespace vexaa::objects
