// The object stores that are named in a configuration: where each lies, which
// buckets it serves, and with what keys. The controller reads them from its
// file and hands them to runners as JSON in VEXAA_STORES, which has the same
// keys. Pure values.
#pragma once

#include <string>
#include <vector>

#include "lib/config/yaml_reader.h"
#include "lib/objects/credentials.h"
#include "lib/objects/s3_request.h"

namespace vexaa::objects {

// kS3 is any other server of the S3 API.
enum class Provider { kAws, kGcs, kS3 };

struct StoreConfig {
  std::string name;
  Provider provider = Provider::kS3;
  std::string endpoint;         // empty: the provider's own
  std::string runner_endpoint;  // empty: the same
  bool allow_http = false;
  std::string region = "us-east-1";
  std::string addressing;  // "path", "virtual"; empty: as the provider likes it
  std::vector<std::string> buckets;
  std::string ca_file;  // PEM; empty: the system's own list
  CredentialFiles files;
  std::string runner_secret;         // of Kubernetes
  std::string runner_ca_config_map;  // of Kubernetes
  UploadHeaders upload;
};

// Reads the list `stores`; what is wrong becomes an error of the reader's.
void BindStores(config::YamlReader& reader, std::vector<StoreConfig>* stores);

// What BindStores reads back; Kubernetes' names are left out.
std::string FormatStores(const std::vector<StoreConfig>& stores);

// The endpoint that is asked, and how.
std::string EndpointOf(const StoreConfig& store);
Addressing AddressingOf(const StoreConfig& store);
Dialect DialectOf(const StoreConfig& store);

// "amazonaws.com", or what it is in that region.
std::string AwsDomain(const std::string& region);

// Why this endpoint cannot be used, as "must ..."; empty when it can.
std::string EndpointFault(const std::string& endpoint, bool allow_http);

}  // namespace vexaa::objects
