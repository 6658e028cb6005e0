#include "runner/settings.h"

#include <charconv>
#include <cstdlib>

#include "lib/config/yaml_reader.h"
#include "lib/http/url.h"
#include "lib/jobs/reason.h"
#include "lib/jobs/runner_env.h"

namespace vexaa::runner {
namespace {

using base::Status;
namespace env_names = jobs::env;

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> items;
  size_t start = 0;
  while (start <= text.size()) {
    size_t end = std::min(text.find(separator, start), text.size());
    if (end > start) items.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return items;
}

Status Wrong(const char* name, const std::string& what) {
  return jobs::Fail(jobs::Reason::kInvalidConfig,
                    "environment variable " + std::string(name) + ": " + what);
}

// The first of these variables that is set.
std::string First(const EnvLookup& env,
                  std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = env(name)) return *value;
  return "";
}

base::Result<std::vector<objects::StoreConfig>> ReadNamedStores(
    const EnvLookup& env) {
  std::vector<objects::StoreConfig> stores;
  config::YamlReader reader({.file_name = env_names::kStores,
                             .text = "",
                             .environment = [&env](const std::string& name)
                                 -> std::optional<std::string> {
                               if (name != env_names::kStores)
                                 return std::nullopt;
                               return env(name);
                             }});
  objects::BindStores(reader, &stores);
  RETURN_IF_ERROR(reader.Finish());
  return stores;
}

bool IsOfAmazon(const std::string& endpoint) {
  auto url = http::ParseUrl(endpoint);
  return endpoint.empty() ||
         (url.ok() && (url->host.ends_with(".amazonaws.com") ||
                       url->host.ends_with(".amazonaws.com.cn")));
}

// What the tools of AWS understand. Nothing without endpoint and region.
std::optional<objects::StoreConfig> ReadStoreByHand(const EnvLookup& env) {
  objects::StoreConfig store;
  store.name = "environment";
  store.endpoint = First(env, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  std::string region = First(env, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (store.endpoint.empty() && region.empty()) return std::nullopt;
  if (!region.empty()) store.region = region;
  store.ca_file = First(env, {"AWS_CA_BUNDLE"});
  store.allow_http = First(env, {env_names::kAllowHttp}) == "true";
  if (IsOfAmazon(store.endpoint)) store.provider = objects::Provider::kAws;
  return store;
}

base::Result<StoreSettings> ReadStores(const EnvLookup& env) {
  StoreSettings stores;
  stores.credentials = env;
  stores.folder_roots = Split(First(env, {env_names::kFolderRoots}), ':');
  ASSIGN_OR_RETURN(stores.named, ReadNamedStores(env));
  if (stores.named.empty()) stores.by_hand = ReadStoreByHand(env);
  return stores;
}

Status ReadLogSettings(const EnvLookup& env, Settings& settings) {
  if (auto text = env(env_names::kLogFormat)) {
    auto format = base::ParseLogFormat(*text);
    if (!format.ok())
      return Wrong(env_names::kLogFormat, format.status().message());
    settings.log_format = *format;
  }
  if (auto text = env(env_names::kLogLevel)) {
    auto level = base::ParseLogLevel(*text);
    if (!level.ok())
      return Wrong(env_names::kLogLevel, level.status().message());
    settings.log_level = *level;
  }
  if (auto text = env(env_names::kLogLimitBytes)) {
    const char* end = text->data() + text->size();
    auto parsed = std::from_chars(text->data(), end, settings.log_limit_bytes);
    if (parsed.ec != std::errc() || parsed.ptr != end)
      return Wrong(env_names::kLogLimitBytes,
                   "'" + *text + "' is not a number of bytes");
  }
  return Status::Ok();
}

Status CheckStores(const StoreSettings& stores) {
  for (const std::string& root : stores.folder_roots)
    if (root.front() != '/')
      return Wrong(env_names::kFolderRoots,
                   "'" + root + "' is not an absolute path");
  return Status::Ok();
}

}  // namespace

base::Result<Settings> ReadSettings(const EnvLookup& env) {
  Settings settings;
  settings.run_spec = First(env, {env_names::kRunSpec});
  settings.outcome_file = First(env, {env_names::kOutcomeFile});
  settings.progress_url = First(env, {env_names::kProgressUrl});
  settings.admin_address = First(env, {env_names::kAdminAddress});
  ASSIGN_OR_RETURN(settings.stores, ReadStores(env));
  RETURN_IF_ERROR(ReadLogSettings(env, settings));
  RETURN_IF_ERROR(CheckStores(settings.stores));
  return settings;
}

EnvLookup ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

}  // namespace vexaa::runner
