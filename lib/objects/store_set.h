// The stores of one process, found by location: the bucket decides which store
// s3:// goes to. Thread-safe; the stores must outlive the set.
#pragma once

#include <functional>
#include <map>
#include <string>
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
  using Buckets = std::map<std::string, ObjectStore*, std::less<>>;

  StoreSet() = default;
  // `folder` may be nullptr: then file:// is refused with a sentence.
  StoreSet(Buckets buckets, ObjectStore* folder)
      : buckets_(std::move(buckets)), folder_(folder) {}
  // One store for every bucket.
  StoreSet(ObjectStore* s3, ObjectStore* folder) : s3_(s3), folder_(folder) {}

  // Errors carry detail InvalidJob.
  base::Result<Place> Find(std::string_view uri) const;

 private:
  ObjectStore* StoreOf(const jobs::Location& location) const;

  Buckets buckets_;
  ObjectStore* s3_ = nullptr;
  ObjectStore* folder_ = nullptr;
};

}  // namespace vexaa::objects
