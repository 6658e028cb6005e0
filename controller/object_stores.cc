#include "controller/object_stores.h"

namespace vexaa::controller {
namespace {

objects::S3Settings SettingsOf(const S3Config& config,
                               const config::EnvironmentLookup& environment) {
  auto variable = [&](const char* name) {
    return environment(name).value_or("");
  };
  return {
      .store = {.endpoint = config.endpoint,
                .region = config.region,
                .buckets = config.buckets},
      .ca_file = config.ca_file,
      .files = {config.access_key_file, config.secret_key_file,
                config.session_token_file},
      .keys = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"),
               variable("AWS_SESSION_TOKEN")}};
}

}  // namespace

base::Result<std::unique_ptr<ObjectStores>> ObjectStores::Open(
    const Config& config, const config::EnvironmentLookup& environment,
    base::Clock& clock) {
  auto stores = std::make_unique<ObjectStores>();
  if (!config.s3.endpoint.empty()) {
    ASSIGN_OR_RETURN(
        stores->s3_,
        objects::S3Access::Open(SettingsOf(config.s3, environment), clock));
  }
  if (!config.folder.roots.empty())
    stores->folder_ =
        std::make_unique<objects::FolderStore>(config.folder.roots);
  return stores;
}

objects::StoreSet ObjectStores::set() const {
  return objects::StoreSet(s3_ ? &s3_->store() : nullptr, folder_.get());
}

}  // namespace vexaa::controller
