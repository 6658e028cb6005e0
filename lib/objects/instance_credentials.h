// Keys of the role of an EC2 instance, from its metadata service, version 2
// alone: a session token first, never a request without one.
#pragma once

#include <string>

#include "lib/objects/credential_http.h"

namespace vexaa::objects {

inline constexpr char kInstanceEndpoint[] = "http://169.254.169.254";
inline constexpr char kInstanceEndpointIpv6[] = "http://[fd00:ec2::254]";

class InstanceFetcher final : public CredentialFetcher {
 public:
  // The references must outlive the fetcher.
  InstanceFetcher(std::string endpoint, http::HttpTransport& transport,
                  base::Clock& clock)
      : endpoint_(std::move(endpoint)), transport_(transport), clock_(clock) {}
  base::Result<TemporaryCredentials> Fetch(std::stop_token stop) override;

 private:
  std::string Name() const;
  base::Result<std::string> FetchToken(std::stop_token stop);
  base::Result<std::string> Get(const std::string& path,
                                const std::string& token, std::stop_token stop);

  const std::string endpoint_;
  http::HttpTransport& transport_;
  base::Clock& clock_;
};

}  // namespace vexaa::objects
