// Keys of an IAM role, in exchange for a token that Kubernetes mounts (IRSA):
// AssumeRoleWithWebIdentity of the region's own STS.
#pragma once

#include <string>

#include "lib/objects/credential_http.h"

namespace vexaa::objects {

struct WebIdentity {
  std::string role_arn;
  std::string token_file;  // read again at each fetch: it is replaced often
  std::string session_name;
  std::string endpoint;  // "https://sts.eu-west-1.amazonaws.com"
};

class WebIdentityFetcher final : public CredentialFetcher {
 public:
  // The references must outlive the fetcher.
  WebIdentityFetcher(WebIdentity identity, http::HttpTransport& transport,
                     base::Clock& clock)
      : identity_(std::move(identity)), transport_(transport), clock_(clock) {}
  base::Result<TemporaryCredentials> Fetch(std::stop_token stop) override;

 private:
  const WebIdentity identity_;
  http::HttpTransport& transport_;
  base::Clock& clock_;
};

}  // namespace vexaa::objects
