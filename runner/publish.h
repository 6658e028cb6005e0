// Publishes a staged upload without a controller: what a person who ran the
// runner by hand asks for.
#pragma once

#include <stop_token>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/objects/object_store.h"
#include "lib/objects/output_identity.h"

namespace vexaa::runner {

struct StagedUpload {
  objects::ObjectPath path;
  std::string upload_id;
  objects::StagedObject staged;
  objects::OutputIdentity identity;
  objects::Overwrite overwrite = objects::Overwrite::kOwnResults;
  std::string uri;  // for sentences
};

// Complete is sent once, and again only after looking what it did. Sets
// `complete_sent` before the first one: from then on the upload must not be
// aborted, for a late Complete may still win. Errors name a job's reason.
base::Status PublishUpload(objects::ObjectStore& store,
                           const StagedUpload& upload, base::Clock& clock,
                           std::stop_token stop, bool& complete_sent);

}  // namespace vexaa::runner
