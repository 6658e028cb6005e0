// The object stores of one run, built from settings. Thread-safe once made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/objects/object_store.h"
#include "lib/objects/s3_access.h"
#include "lib/objects/store_set.h"
#include "runner/settings.h"

namespace vexaa::runner {

class Stores {
 public:
  // `uris` are the places of this run: only stores they need are built, and
  // without an allow-list in the settings only their buckets may be used.
  // InvalidConfig: a setting is missing or wrong. `clock` must outlive this.
  static base::Result<std::unique_ptr<Stores>> Create(
      const StoreSettings& settings, const std::vector<std::string>& uris,
      base::Clock& clock);

  // Errors name InvalidJob.
  base::Result<objects::Place> Find(std::string_view uri) const;
  // Of any store.
  bool MayHaveUnknownUploads() const;

 private:
  base::Status AddS3(const StoreSettings& settings,
                     std::vector<std::string> buckets, base::Clock& clock);
  base::Status AddFolder(const StoreSettings& settings);

  std::unique_ptr<objects::S3Access> s3_;
  std::unique_ptr<objects::ObjectStore> folder_;
};

}  // namespace vexaa::runner
