#include "runner/stores.h"

#include <utility>

#include "lib/jobs/location.h"
#include "lib/jobs/reason.h"
#include "lib/objects/folder_store.h"

namespace vexaa::runner {
namespace {

using base::Status;
using jobs::Location;

constexpr char kDefaultRegion[] = "us-east-1";

Status Wrong(std::string sentence) {
  return jobs::Fail(jobs::Reason::kInvalidConfig, std::move(sentence));
}

// What the run's places need.
struct Needs {
  bool folder = false;
  std::vector<std::string> buckets;  // of s3:// places
};

base::Result<Needs> NeedsOf(const std::vector<std::string>& uris) {
  Needs needs;
  for (const std::string& uri : uris) {
    ASSIGN_OR_RETURN(Location location, jobs::ParseLocation(uri));
    if (location.kind == Location::Kind::kFile)
      needs.folder = true;
    else
      needs.buckets.push_back(location.bucket);
  }
  return needs;
}

base::Result<objects::S3Options> OptionsOf(const StoreSettings& settings,
                                           std::vector<std::string> buckets) {
  objects::S3Options options;
  options.region =
      settings.s3_region.empty() ? kDefaultRegion : settings.s3_region;
  options.endpoint = settings.s3_endpoint;
  if (options.endpoint.empty() && settings.s3_region.empty())
    return Wrong(
        "s3:// needs an endpoint: set VEXAA_S3_ENDPOINT, or AWS_REGION for "
        "AWS's own");
  if (options.endpoint.empty())
    options.endpoint = "https://s3." + options.region + ".amazonaws.com";
  options.buckets =
      settings.s3_buckets.empty() ? std::move(buckets) : settings.s3_buckets;
  return options;
}

}  // namespace

base::Result<std::unique_ptr<Stores>> Stores::Create(
    const StoreSettings& settings, const std::vector<std::string>& uris,
    base::Clock& clock) {
  ASSIGN_OR_RETURN(Needs needs, NeedsOf(uris));
  auto stores = std::make_unique<Stores>();
  if (!needs.buckets.empty())
    RETURN_IF_ERROR(stores->AddS3(settings, std::move(needs.buckets), clock));
  if (needs.folder) RETURN_IF_ERROR(stores->AddFolder(settings));
  return stores;
}

Status Stores::AddS3(const StoreSettings& settings,
                     std::vector<std::string> buckets, base::Clock& clock) {
  objects::S3Settings s3;
  ASSIGN_OR_RETURN(s3.store, OptionsOf(settings, std::move(buckets)));
  s3.ca_file = settings.s3_ca_file;
  s3.files = {settings.access_key_file, settings.secret_key_file,
              settings.session_token_file};
  s3.keys = {settings.access_key, settings.secret_key, settings.session_token};
  ASSIGN_OR_RETURN(s3_, objects::S3Access::Open(s3, clock));
  return Status::Ok();
}

Status Stores::AddFolder(const StoreSettings& settings) {
  if (settings.folder_roots.empty())
    return Wrong(
        "file:// may touch no folder: set VEXAA_FOLDER_ROOTS to the folders "
        "it may");
  folder_ = std::make_unique<objects::FolderStore>(settings.folder_roots);
  return Status::Ok();
}

base::Result<objects::Place> Stores::Find(std::string_view uri) const {
  return objects::StoreSet(s3_ ? &s3_->store() : nullptr, folder_.get())
      .Find(uri);
}

bool Stores::MayHaveUnknownUploads() const {
  return (s3_ && s3_->store().MayHaveUnknownUploads()) ||
         (folder_ && folder_->MayHaveUnknownUploads());
}

}  // namespace vexaa::runner
