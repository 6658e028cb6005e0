#include "lib/objects/container_credentials.h"

#include <algorithm>
#include <array>

#include "lib/http/url.h"

namespace vexaa::objects {
namespace {

using base::Result;
using base::Status;

// ECS, EKS, and EKS over IPv6.
constexpr std::array<std::string_view, 3> kAgents = {
    "169.254.170.2", "169.254.170.23", "fd00:ec2::23"};

bool IsLoopback(const std::string& host) {
  bool is_ipv4 = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" ||
         (is_ipv4 && host.starts_with("127."));
}

}  // namespace

Status CheckContainerUrl(const std::string& url) {
  const std::string source = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
  auto parsed = http::ParseUrl(url);
  if (!parsed.ok())
    return SourceBroken(source, "is no URL: " + parsed.status().message());
  bool agent =
      std::find(kAgents.begin(), kAgents.end(), parsed->host) != kAgents.end();
  if (parsed->scheme == "https" || agent || IsLoopback(parsed->host))
    return Status::Ok();
  return SourceBroken(source,
                      "must be https, or http to this machine or to "
                      "the agent of ECS or EKS, not " +
                          parsed->host);
}

Result<TemporaryCredentials> ContainerFetcher::Fetch(std::stop_token stop) {
  const std::string source =
      "the container's credential endpoint " + endpoint_.url;
  std::string token = endpoint_.token;
  if (!endpoint_.token_file.empty()) {
    ASSIGN_OR_RETURN(
        token,
        ReadSecretFile(endpoint_.token_file,
                       "the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
  }
  if (token.find_first_of("\r\n") != std::string::npos)
    return SourceBroken(source, "has an authorization token of two lines");
  http::Request request;
  request.url = endpoint_.url;
  if (!token.empty()) request.headers.emplace_back("authorization", token);
  request.timeout = std::chrono::seconds(5);
  ASSIGN_OR_RETURN(http::Response answer,
                   AskForKeys(transport_, clock_, request, source, stop));
  if (answer.status != 200)
    return SourceBroken(source,
                        "refused (" + Refusal(answer.status, answer.body) +
                            "): check the role that is given to this pod");
  return ParseKeysJson(answer.body, source);
}

}  // namespace vexaa::objects
