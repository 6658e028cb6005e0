// The stores of one process, found by location: s3:// goes to one, file:// to
// the other. Thread-safe; the stores must outlive the set.
#pragma once

#include <string_view>

#include "lib/base/status.h"
#include "lib/jobs/location.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

struct Place {
  ObjectStore* store = nullptr;
  ObjectPath path;
};

class StoreSet {
 public:
  // Either may be nullptr: then its scheme is refused with a sentence.
  StoreSet(ObjectStore* s3, ObjectStore* folder) : s3_(s3), folder_(folder) {}

  // Errors carry detail InvalidJob.
  base::Result<Place> Find(std::string_view uri) const;

 private:
  ObjectStore* s3_;
  ObjectStore* folder_;
};

}  // namespace vexaa::objects
