#include "lib/objects/store_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/http/url.h"
#include "lib/jobs/location.h"

namespace vexaa::objects {
namespace {

using config::YamlReader;

const std::vector<std::pair<std::string, Provider>> kProviders = {
    {"aws", Provider::kAws}, {"gcs", Provider::kGcs}, {"s3", Provider::kS3}};
// Part of the names of volumes and folders in a pod.
constexpr size_t kMaxNameBytes = 40;

void BindPlace(YamlReader& reader, const std::string& at, StoreConfig& store) {
  reader.Field(at + "name", &store.name, {.required = true},
               "its name, in messages and in runner pods");
  reader.Choice(at + "provider", &store.provider, kProviders,
                "whose server it is: Amazon S3, Google Cloud Storage, or any "
                "other of the S3 API");
  reader.Field(at + "endpoint", &store.endpoint, {},
               "its URL; empty with aws and gcs: the provider's own");
  reader.Field(at + "runnerEndpoint", &store.runner_endpoint, {},
               "its URL as runner pods reach it, when that differs");
  reader.Field(at + "allowHttp", &store.allow_http,
               "whether its URLs may be http://, where anybody on the way "
               "reads and changes what is sent");
  reader.Field(at + "region", &store.region, {},
               "region that requests are signed for");
  reader.Field(at + "addressing", &store.addressing,
               {.one_of = {"path", "virtual"}},
               "where the bucket stands in a URL, path or host; empty: host "
               "with aws and gcs on their own endpoints, else path");
  reader.Field(at + "buckets", &store.buckets, {.required = true},
               "buckets that jobs may name; each belongs to one store");
  reader.Field(at + "caFile", &store.ca_file, {},
               "PEM file of the authority that signed its certificate");
}

void BindKeys(YamlReader& reader, const std::string& at, StoreConfig& store) {
  reader.Field(at + "accessKeyFile", &store.files.access_key, {},
               "file of the access key id; empty: the environment, and with "
               "aws the roles of the machine");
  reader.Field(at + "secretKeyFile", &store.files.secret_key, {},
               "file of the secret key");
  reader.Field(at + "sessionTokenFile", &store.files.session_token, {},
               "file of the session token, for temporary credentials");
  reader.Field(at + "runnerSecret", &store.runner_secret, {},
               "Secret with access-key and secret-key (and session-token, when "
               "sessionTokenFile is set), mounted into runner pods");
  reader.Field(at + "runnerCaConfigMap", &store.runner_ca_config_map, {},
               "ConfigMap with ca.crt, mounted into runner pods; needed with "
               "caFile");
}

void BindUpload(YamlReader& reader, const std::string& at,
                UploadHeaders& upload) {
  std::string headers = at + "uploadHeaders.";
  reader.Field(headers + "sse", &upload.sse,
               {.one_of = {"AES256", "aws:kms", "aws:kms:dsse"}},
               "server-side encryption asked for with each output; empty: the "
               "bucket's default");
  reader.Field(headers + "sseKmsKeyId", &upload.sse_kms_key_id, {},
               "the KMS key of it");
  reader.Field(headers + "acl", &upload.acl, {},
               "canned ACL of each output, such as bucket-owner-full-control");
  reader.Field(headers + "storageClass", &upload.storage_class, {},
               "storage class of each output, such as STANDARD_IA");
}

bool IsName(const std::string& text) {
  return text.size() <= kMaxNameBytes && !text.empty() && text.front() != '-' &&
         text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsHeaderValue(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f; });
}

bool IsIpAddress(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

bool HasDottedBucket(const StoreConfig& store) {
  return std::any_of(store.buckets.begin(), store.buckets.end(),
                     [](const std::string& bucket) {
                       return bucket.find('.') != std::string::npos;
                     });
}

void CheckEndpoints(YamlReader& reader, const std::string& at,
                    const StoreConfig& store) {
  if (store.endpoint.empty() && store.provider == Provider::kS3)
    reader.AddError(at + "endpoint", "is needed with provider: s3");
  for (const auto& [key, url] : {std::pair{"endpoint", store.endpoint},
                                 {"runnerEndpoint", store.runner_endpoint}}) {
    std::string fault = EndpointFault(url, store.allow_http);
    if (!url.empty() && !fault.empty()) reader.AddError(at + key, fault);
  }
}

void CheckAddressing(YamlReader& reader, const std::string& at,
                     const StoreConfig& store) {
  auto url = http::ParseUrl(EndpointOf(store));
  if (store.addressing != "virtual" || !url.ok()) return;
  if (IsIpAddress(url->host))
    reader.AddError(at + "addressing",
                    "must be path: an address has no host names below it");
  if (url->scheme == "https" && HasDottedBucket(store))
    reader.AddError(at + "addressing",
                    "must be path: no certificate covers the host name of a "
                    "bucket with a dot");
}

void CheckKeys(YamlReader& reader, const std::string& at,
               const StoreConfig& store) {
  const CredentialFiles& files = store.files;
  if (files.access_key.empty() != files.secret_key.empty())
    reader.AddError(
        at + (files.access_key.empty() ? "accessKeyFile" : "secretKeyFile"),
        "must be set too: a key pair has two files");
  if (!files.session_token.empty() && files.access_key.empty())
    reader.AddError(at + "sessionTokenFile",
                    "must have accessKeyFile and secretKeyFile beside it");
}

void CheckUpload(YamlReader& reader, const std::string& at,
                 const StoreConfig& store) {
  std::string headers = at + "uploadHeaders.";
  const UploadHeaders& upload = store.upload;
  for (const auto& [key, value] :
       {std::pair{"sseKmsKeyId", upload.sse_kms_key_id},
        {"acl", upload.acl},
        {"storageClass", upload.storage_class}})
    if (!IsHeaderValue(value))
      reader.AddError(headers + key, "must be one word of plain characters");
  bool google = store.provider == Provider::kGcs;
  if (google && !upload.sse.empty())
    reader.AddError(headers + "sse",
                    "must not be set with gcs, which always encrypts; "
                    "sseKmsKeyId chooses the key");
  if (!google && !upload.sse_kms_key_id.empty() &&
      !upload.sse.starts_with("aws:kms"))
    reader.AddError(headers + "sseKmsKeyId",
                    "needs sse: aws:kms or aws:kms:dsse beside it");
}

void CheckBuckets(YamlReader& reader, const std::string& at,
                  const StoreConfig& store,
                  const std::vector<StoreConfig>& before) {
  for (const std::string& bucket : store.buckets) {
    if (!jobs::ParseLocation("s3://" + bucket + "/key").ok())
      reader.AddError(at + "buckets", "'" + bucket + "' is no bucket's name");
    for (const StoreConfig& other : before)
      if (std::find(other.buckets.begin(), other.buckets.end(), bucket) !=
          other.buckets.end())
        reader.AddError(at + "buckets", "'" + bucket + "' belongs to store '" +
                                            other.name + "' already");
  }
}

void Check(YamlReader& reader, const std::string& at, const StoreConfig& store,
           const std::vector<StoreConfig>& before) {
  if (!store.name.empty() && !IsName(store.name))
    reader.AddError(at + "name",
                    "must be of a-z, 0-9 and -, at most 40 characters");
  for (const StoreConfig& other : before)
    if (!store.name.empty() && other.name == store.name)
      reader.AddError(at + "name", "'" + store.name + "' is given twice");
  CheckEndpoints(reader, at, store);
  CheckAddressing(reader, at, store);
  CheckKeys(reader, at, store);
  CheckUpload(reader, at, store);
  CheckBuckets(reader, at, store, before);
}

std::string ProviderName(Provider provider) {
  for (const auto& [name, value] : kProviders)
    if (value == provider) return name;
  return "s3";
}

}  // namespace

void BindStores(YamlReader& reader, std::vector<StoreConfig>* stores) {
  stores->clear();
  reader.Sections(
      "stores", "the object stores; empty: s3:// is refused",
      [&](const std::string& at) {
        StoreConfig store;
        BindPlace(reader, at, store);
        BindKeys(reader, at, store);
        BindUpload(reader, at, store.upload);
        if (at == "stores[].") return;  // only shows what there is
        if (store.provider == Provider::kGcs && !reader.Given(at + "region"))
          store.region = "auto";
        Check(reader, at, store, *stores);
        stores->push_back(std::move(store));
      });
}

std::string FormatStores(const std::vector<StoreConfig>& stores) {
  auto list = nlohmann::ordered_json::array();
  for (const StoreConfig& store : stores) {
    nlohmann::ordered_json item{{"name", store.name},
                                {"provider", ProviderName(store.provider)}};
    auto add = [&item](const char* key, const std::string& value) {
      if (!value.empty()) item[key] = value;
    };
    add("endpoint", store.endpoint);
    if (store.allow_http) item["allowHttp"] = true;
    add("region", store.region);
    add("addressing", store.addressing);
    item["buckets"] = store.buckets;
    add("caFile", store.ca_file);
    add("accessKeyFile", store.files.access_key);
    add("secretKeyFile", store.files.secret_key);
    add("sessionTokenFile", store.files.session_token);
    nlohmann::ordered_json upload;
    auto add_header = [&upload](const char* key, const std::string& value) {
      if (!value.empty()) upload[key] = value;
    };
    add_header("sse", store.upload.sse);
    add_header("sseKmsKeyId", store.upload.sse_kms_key_id);
    add_header("acl", store.upload.acl);
    add_header("storageClass", store.upload.storage_class);
    if (!upload.is_null()) item["uploadHeaders"] = std::move(upload);
    list.push_back(std::move(item));
  }
  return list.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

std::string EndpointOf(const StoreConfig& store) {
  if (!store.endpoint.empty()) return store.endpoint;
  if (store.provider == Provider::kGcs) return "https://storage.googleapis.com";
  return "https://s3." + store.region + "." + AwsDomain(store.region);
}

Addressing AddressingOf(const StoreConfig& store) {
  if (!store.addressing.empty())
    return store.addressing == "virtual" ? Addressing::kVirtualHost
                                         : Addressing::kPath;
  bool own = store.provider != Provider::kS3 && store.endpoint.empty();
  return own && !HasDottedBucket(store) ? Addressing::kVirtualHost
                                        : Addressing::kPath;
}

Dialect DialectOf(const StoreConfig& store) {
  return store.provider == Provider::kGcs ? Dialect::kGoogle : Dialect::kAmazon;
}

std::string AwsDomain(const std::string& region) {
  return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

std::string EndpointFault(const std::string& endpoint, bool allow_http) {
  auto url = http::ParseUrl(endpoint);
  if (!url.ok()) return "must be a URL: " + url.status().message();
  if (!url->query.empty()) return "must be a URL without a query";
  if (url->scheme == "http" && !allow_http)
    return "must begin with https://; allowHttp: true (VEXAA_ALLOW_HTTP=true "
           "by hand) permits http://, where anybody on the way reads and "
           "changes what is sent";
  return "";
}

}  // namespace vexaa::objects
