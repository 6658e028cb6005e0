// Keys from the endpoint that ECS and EKS Pod Identity give a container.
#pragma once

#include <string>

#include "lib/objects/credential_http.h"

namespace vexaa::objects {

struct ContainerEndpoint {
  std::string url;
  // The value of the Authorization header, as a file (it wins, and is read
  // again at each fetch) or as text; both empty: no such header.
  std::string token_file;
  std::string token;
};

class ContainerFetcher final : public CredentialFetcher {
 public:
  // The references must outlive the fetcher.
  ContainerFetcher(ContainerEndpoint endpoint, http::HttpTransport& transport,
                   base::Clock& clock)
      : endpoint_(std::move(endpoint)), transport_(transport), clock_(clock) {}
  base::Result<TemporaryCredentials> Fetch(std::stop_token stop) override;

 private:
  const ContainerEndpoint endpoint_;
  http::HttpTransport& transport_;
  base::Clock& clock_;
};

// InvalidConfig unless the URL is https, or http to the container's own
// machine: loopback, or the addresses of ECS and EKS.
base::Status CheckContainerUrl(const std::string& url);

}  // namespace vexaa::objects
