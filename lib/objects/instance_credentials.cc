#include "lib/objects/instance_credentials.h"

#include "lib/http/url.h"

namespace vexaa::objects {
namespace {

using base::Result;
using base::Status;

constexpr char kRoles[] = "/latest/meta-data/iam/security-credentials/";
// It answers from this machine or not at all: AWS's own limit.
constexpr std::chrono::seconds kTimeout(1);

}  // namespace

std::string InstanceFetcher::Name() const {
  return "the instance metadata service " + endpoint_;
}

// Where a container is one hop further than the instance allows, the answer to
// this request alone is lost on the way.
Result<std::string> InstanceFetcher::FetchToken(std::stop_token stop) {
  http::Request request;
  request.method = "PUT";
  request.url = endpoint_ + "/latest/api/token";
  // As short as keys are fetched together.
  request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "60"}};
  request.timeout = kTimeout;
  auto answer = AskForKeys(transport_, clock_, request, Name(), stop);
  if (answer.status().code() == base::Code::kUnavailable)
    return Status(base::Code::kUnavailable,
                  "no credentials are configured, and " +
                      answer.status().message() +
                      " (on EC2, containers need HttpPutResponseHopLimit 2; "
                      "elsewhere set credentials, and "
                      "AWS_EC2_METADATA_DISABLED=true)",
                  answer.status().detail());
  RETURN_IF_ERROR(answer.status());
  if (answer->status != 200 || answer->body.empty() ||
      answer->body.find_first_of("\r\n") != std::string::npos)
    return SourceBroken(
        Name(), "gives no session token (" + Refusal(answer->status, "") + ")");
  return answer->body;
}

Result<std::string> InstanceFetcher::Get(const std::string& path,
                                         const std::string& token,
                                         std::stop_token stop) {
  http::Request request;
  request.url = endpoint_ + path;
  request.headers = {{"x-aws-ec2-metadata-token", token}};
  request.timeout = kTimeout;
  ASSIGN_OR_RETURN(http::Response answer,
                   AskForKeys(transport_, clock_, request, Name(), stop));
  if (answer.status == 404)
    return SourceBroken(Name(), "knows no role: give the instance a profile");
  if (answer.status != 200)
    return SourceBroken(
        Name(), "refused (" + Refusal(answer.status, answer.body) + ")");
  return answer.body;
}

Result<TemporaryCredentials> InstanceFetcher::Fetch(std::stop_token stop) {
  ASSIGN_OR_RETURN(std::string token, FetchToken(stop));
  ASSIGN_OR_RETURN(std::string roles, Get(kRoles, token, stop));
  std::string role = roles.substr(0, roles.find_first_of("\r\n"));
  if (role.empty())
    return SourceBroken(Name(), "knows no role: give the instance a profile");
  std::string path = kRoles + http::PercentEncode(role, http::Slash::kEncode);
  ASSIGN_OR_RETURN(std::string keys, Get(path, token, stop));
  return ParseKeysJson(keys, Name());
}

}  // namespace vexaa::objects
