// The object stores that the configuration names. Thread-safe once open.
#pragma once

#include <memory>
#include <optional>

#include "controller/config.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/config/yaml_reader.h"
#include "lib/objects/folder_store.h"
#include "lib/objects/s3_access.h"
#include "lib/objects/store_set.h"

namespace vexaa::controller {

class ObjectStores {
 public:
  // `environment` gives AWS_* where no files are configured; `clock` must
  // outlive the stores. kInvalidArgument: the configuration cannot work.
  static base::Result<std::unique_ptr<ObjectStores>> Open(
      const Config& config, const config::EnvironmentLookup& environment,
      base::Clock& clock);

  objects::StoreSet set() const;

 private:
  std::unique_ptr<objects::S3Access> s3_;
  std::unique_ptr<objects::FolderStore> folder_;
};

}  // namespace vexaa::controller
