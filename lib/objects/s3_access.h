// An S3 store with all it stands on: transport and credentials. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/objects/credentials.h"
#include "lib/objects/object_store.h"
#include "lib/objects/s3_store.h"

namespace vexaa::objects {

struct S3Settings {
  S3Options store;
  std::string ca_file;    // PEM; empty: the system's own list
  CredentialFiles files;  // they win over `keys`
  Credentials keys;
};

class S3Access {
 public:
  // kInvalidArgument: no credentials, or an endpoint that cannot be used.
  // `clock` must outlive the access.
  static base::Result<std::unique_ptr<S3Access>> Open(
      const S3Settings& settings, base::Clock& clock);

  ObjectStore& store() { return *store_; }

 private:
  S3Access() = default;

  std::unique_ptr<CredentialSource> credentials_;
  std::unique_ptr<http::HttpTransport> transport_;
  std::unique_ptr<ObjectStore> store_;
};

}  // namespace vexaa::objects
