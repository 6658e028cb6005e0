#include "lib/objects/s3_access.h"

#include "lib/http/curl_transport.h"

namespace vexaa::objects {
namespace {

base::Result<std::unique_ptr<CredentialSource>> SourceOf(
    const S3Settings& settings, const base::Clock& clock) {
  std::unique_ptr<CredentialSource> source;
  bool has_keys =
      !settings.keys.access_key.empty() && !settings.keys.secret_key.empty();
  if (!settings.files.access_key.empty()) {
    source = std::make_unique<FileCredentials>(settings.files, clock);
  } else if (has_keys) {
    source = std::make_unique<StaticCredentials>(settings.keys);
  } else {
    return base::Status(
        base::Code::kInvalidArgument,
        "there are no credentials for s3://: name files that hold them, or "
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        "InvalidConfig");
  }
  return source;
}

}  // namespace

base::Result<std::unique_ptr<S3Access>> S3Access::Open(
    const S3Settings& settings, base::Clock& clock) {
  std::unique_ptr<S3Access> access(new S3Access());
  ASSIGN_OR_RETURN(access->credentials_, SourceOf(settings, clock));
  http::CurlOptions curl;
  curl.tls.ca_file = settings.ca_file;
  access->transport_ = std::make_unique<http::CurlTransport>(curl);
  auto store = S3Store::Create(settings.store, *access->transport_,
                               *access->credentials_, clock);
  if (!store.ok())
    return base::Status(base::Code::kInvalidArgument,
                        "the S3 endpoint '" + settings.store.endpoint +
                            "' cannot be used: " + store.status().message(),
                        "InvalidConfig");
  access->store_ = std::move(store).value();
  return access;
}

}  // namespace vexaa::objects
