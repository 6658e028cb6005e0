#include "runner/settings.h"

#include <charconv>
#include <cstdlib>

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

StoreSettings ReadStores(const EnvLookup& env) {
  StoreSettings stores;
  stores.s3_endpoint = First(
      env, {env_names::kS3Endpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  stores.s3_region =
      First(env, {env_names::kS3Region, "AWS_REGION", "AWS_DEFAULT_REGION"});
  stores.s3_buckets = Split(First(env, {env_names::kS3Buckets}), ',');
  stores.s3_ca_file = First(env, {env_names::kS3CaFile, "AWS_CA_BUNDLE"});
  stores.access_key_file = First(env, {env_names::kS3AccessKeyFile});
  stores.secret_key_file = First(env, {env_names::kS3SecretKeyFile});
  stores.session_token_file = First(env, {env_names::kS3SessionTokenFile});
  stores.access_key = First(env, {"AWS_ACCESS_KEY_ID"});
  stores.secret_key = First(env, {"AWS_SECRET_ACCESS_KEY"});
  stores.session_token = First(env, {"AWS_SESSION_TOKEN"});
  stores.folder_roots = Split(First(env, {env_names::kFolderRoots}), ':');
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
  if (stores.access_key_file.empty() != stores.secret_key_file.empty())
    return Wrong(stores.access_key_file.empty() ? env_names::kS3AccessKeyFile
                                                : env_names::kS3SecretKeyFile,
                 "must be set too: a key pair has two files");
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
  settings.stores = ReadStores(env);
  RETURN_IF_ERROR(ReadLogSettings(env, settings));
  RETURN_IF_ERROR(CheckStores(settings.stores));
  return settings;
}

EnvLookup ProcessEnvironment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

}  // namespace vexaa::runner
