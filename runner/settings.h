// What the environment tells a runner, read once at the start. Pure but for
// the lookup that is passed in.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/status.h"

namespace vexaa::runner {

// The value of an environment variable; nothing when it is unset or empty.
using EnvLookup = std::function<std::optional<std::string>(const char* name)>;

struct StoreSettings {
  std::string s3_endpoint;  // empty: AWS's own for the region
  std::string s3_region;
  std::vector<std::string> s3_buckets;  // empty: any
  std::string s3_ca_file;
  // Files win over the keys given as text.
  std::string access_key_file, secret_key_file, session_token_file;
  std::string access_key, secret_key, session_token;
  std::vector<std::string> folder_roots;
};

struct Settings {
  std::string run_spec;  // empty: none given
  std::string outcome_file;
  std::string progress_url;
  std::string admin_address;
  std::optional<base::LogFormat> log_format;
  std::optional<base::LogLevel> log_level;
  uint64_t log_limit_bytes = 0;
  StoreSettings stores;
};

// InvalidConfig names the variable at fault.
base::Result<Settings> ReadSettings(const EnvLookup& env);

// The process's environment, for main() alone.
EnvLookup ProcessEnvironment();

}  // namespace vexaa::runner
