// An S3 store with all it stands on: transport and credentials. Thread-safe.
#pragma once

#include <memory>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/objects/credential_chain.h"
#include "lib/objects/object_store.h"
#include "lib/objects/store_config.h"

namespace vexaa::objects {

class S3Access {
 public:
  // InvalidConfig: no credentials, or an endpoint that cannot be used. Nothing
  // is asked yet. `clock` must outlive the access.
  static base::Result<std::unique_ptr<S3Access>> Open(
      const StoreConfig& store, const Environment& environment,
      base::Clock& clock);

  ObjectStore& store() { return *store_; }

 private:
  S3Access() = default;

  // Keys are asked for with short time limits, and trust the system's CAs.
  std::unique_ptr<http::HttpTransport> key_transport_;
  std::unique_ptr<CredentialSource> credentials_;
  std::unique_ptr<http::HttpTransport> transport_;
  std::unique_ptr<ObjectStore> store_;
};

}  // namespace vexaa::objects
