#include "runner/stores.h"

#include <algorithm>
#include <utility>

#include "lib/jobs/location.h"
#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

using base::Status;
using jobs::Location;
using objects::StoreConfig;

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

bool Serves(const StoreConfig& store, const Needs& needs) {
  return std::any_of(needs.buckets.begin(), needs.buckets.end(),
                     [&](const std::string& bucket) {
                       return std::find(store.buckets.begin(),
                                        store.buckets.end(),
                                        bucket) != store.buckets.end();
                     });
}

base::Result<std::vector<StoreConfig>> StoresFor(const StoreSettings& settings,
                                                 const Needs& needs) {
  std::vector<StoreConfig> stores;
  for (const StoreConfig& store : settings.named)
    if (Serves(store, needs)) stores.push_back(store);
  if (!settings.named.empty() || needs.buckets.empty()) return stores;
  if (!settings.by_hand)
    return Wrong(
        "s3:// needs a store: set AWS_REGION for Amazon S3, AWS_ENDPOINT_URL "
        "for another server, or VEXAA_STORES");
  stores.push_back(*settings.by_hand);
  stores.back().buckets = needs.buckets;
  return stores;
}

}  // namespace

base::Result<std::unique_ptr<Stores>> Stores::Create(
    const StoreSettings& settings, const std::vector<std::string>& uris,
    base::Clock& clock) {
  ASSIGN_OR_RETURN(Needs needs, NeedsOf(uris));
  if (needs.folder && settings.folder_roots.empty())
    return Wrong(
        "file:// may touch no folder: set VEXAA_FOLDER_ROOTS to the folders "
        "it may");
  ASSIGN_OR_RETURN(std::vector<StoreConfig> wanted, StoresFor(settings, needs));
  auto stores = std::make_unique<Stores>();
  ASSIGN_OR_RETURN(stores->open_, objects::OpenStores::Open(
                                      wanted,
                                      needs.folder ? settings.folder_roots
                                                   : std::vector<std::string>(),
                                      settings.credentials, clock));
  return stores;
}

}  // namespace vexaa::runner
