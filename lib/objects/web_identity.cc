#include "lib/objects/web_identity.h"

#include <pugixml.hpp>

#include "lib/base/digest.h"
#include "lib/base/time_text.h"
#include "lib/http/url.h"

namespace vexaa::objects {
namespace {

using base::Result;

std::string Form(const WebIdentity& identity, const std::string& token) {
  auto encode = [](const std::string& text) {
    return http::PercentEncode(text, http::Slash::kEncode);
  };
  return "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" +
         encode(identity.role_arn) +
         "&RoleSessionName=" + encode(identity.session_name) +
         "&WebIdentityToken=" + encode(token);
}

Result<TemporaryCredentials> ParseKeys(const std::string& body,
                                       const std::string& source) {
  pugi::xml_document document;
  document.load_buffer(body.data(), body.size());
  pugi::xml_node keys = document.child("AssumeRoleWithWebIdentityResponse")
                            .child("AssumeRoleWithWebIdentityResult")
                            .child("Credentials");
  TemporaryCredentials found{
      .keys = {.access_key = keys.child_value("AccessKeyId"),
               .secret_key = keys.child_value("SecretAccessKey"),
               .session_token = keys.child_value("SessionToken")},
      .expires = {}};
  auto expires = base::ParseRfc3339(keys.child_value("Expiration"));
  if (found.keys.access_key.empty() || found.keys.secret_key.empty() ||
      found.keys.session_token.empty() || !expires.ok())
    return SourceBroken(source, "answered without keys");
  found.expires = *expires;
  return found;
}

std::string ErrorWords(const std::string& body) {
  pugi::xml_document document;
  document.load_buffer(body.data(), body.size());
  pugi::xml_node error = document.child("ErrorResponse").child("Error");
  return std::string(error.child_value("Code")) + ": " +
         error.child_value("Message");
}

}  // namespace

Result<TemporaryCredentials> WebIdentityFetcher::Fetch(std::stop_token stop) {
  const std::string source = "the web identity (AWS_ROLE_ARN " +
                             identity_.role_arn + " at " + identity_.endpoint +
                             ")";
  ASSIGN_OR_RETURN(std::string token,
                   ReadSecretFile(identity_.token_file,
                                  "the token of AWS_WEB_IDENTITY_TOKEN_FILE"));
  std::string form = Form(identity_, token);
  http::Request request;
  request.method = "POST";
  request.url = identity_.endpoint + "/";
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  request.body = base::AsBytes(form);
  request.timeout = std::chrono::seconds(10);
  ASSIGN_OR_RETURN(http::Response answer,
                   AskForKeys(transport_, clock_, request, source, stop));
  if (answer.status != 200)
    return SourceBroken(
        source, "was refused (" +
                    Refusal(answer.status, ErrorWords(answer.body)) +
                    "): check the role's trust policy and the service account");
  return ParseKeys(answer.body, source);
}

}  // namespace vexaa::objects
