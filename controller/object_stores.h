// The object stores that the configuration names, and how runners reach them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/config.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/objects/credentials.h"
#include "lib/objects/store_set.h"

namespace vexaa::controller {

class ObjectStores {
 public:
  // `environment` gives AWS_* where no files are configured; `clock` must
  // outlive the stores. kInvalidArgument: the configuration cannot work.
  static base::Result<std::unique_ptr<ObjectStores>> Open(
      const Config& config, const config::EnvironmentLookup& environment,
      base::Clock& clock);

  const objects::StoreSet& set() const { return *set_; }

 private:
  ObjectStores() = default;
  base::Status OpenS3(const S3Config& config,
                      const config::EnvironmentLookup& environment,
                      base::Clock& clock);

  std::unique_ptr<objects::CredentialSource> credentials_;
  std::unique_ptr<http::HttpTransport> transport_;
  std::unique_ptr<objects::ObjectStore> s3_;
  std::unique_ptr<objects::ObjectStore> folder_;
  std::optional<objects::StoreSet> set_;
};

// The environment of every runner: stores, progress, log (runner_env.h). With
// `process` the runner shares this machine's files and credentials.
std::map<std::string, std::string> RunnerEnvironment(
    const Config& config, const std::string& progress_url);

}  // namespace vexaa::controller
