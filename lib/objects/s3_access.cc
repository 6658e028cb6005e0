#include "lib/objects/s3_access.h"

#include "lib/http/curl_transport.h"
#include "lib/jobs/reason.h"
#include "lib/objects/s3_store.h"

namespace vexaa::objects {
namespace {

S3Options OptionsOf(const StoreConfig& store) {
  return {.endpoint = EndpointOf(store),
          .region = store.region,
          .addressing = AddressingOf(store),
          .dialect = DialectOf(store),
          .buckets = store.buckets,
          .upload = store.upload};
}

}  // namespace

base::Result<std::unique_ptr<S3Access>> S3Access::Open(
    const StoreConfig& store, const Environment& environment,
    base::Clock& clock) {
  std::string fault = EndpointFault(EndpointOf(store), store.allow_http);
  if (!fault.empty())
    return jobs::Fail(jobs::Reason::kInvalidConfig,
                      "the endpoint '" + EndpointOf(store) +
                          "' of the store '" + store.name + "' " + fault);
  std::unique_ptr<S3Access> access(new S3Access());
  http::CurlOptions for_keys;
  for_keys.connect_timeout = std::chrono::seconds(2);
  access->key_transport_ = std::make_unique<http::CurlTransport>(for_keys);
  ASSIGN_OR_RETURN(
      access->credentials_,
      ChooseCredentials(store, environment, *access->key_transport_, clock));
  http::CurlOptions curl;
  curl.tls.ca_file = store.ca_file;
  access->transport_ = std::make_unique<http::CurlTransport>(curl);
  ASSIGN_OR_RETURN(access->store_,
                   S3Store::Create(OptionsOf(store), *access->transport_,
                                   *access->credentials_, clock));
  return access;
}

}  // namespace vexaa::objects
