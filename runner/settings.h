// What the environment tells a runner, read once at the start. Pure but for
// the lookup that is passed in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/objects/credential_chain.h"

namespace vexaa::runner {

// The value of an environment variable; nothing when it is unset or empty.
using EnvLookup = objects::Environment;

struct StoreSettings {
  // The stores that a controller names, or one out of AWS_* variables, which
  // serves whatever buckets a run names. Neither: s3:// is refused.
  std::vector<objects::StoreConfig> named;
  std::optional<objects::StoreConfig> by_hand;
  std::vector<std::string> folder_roots;
  EnvLookup credentials;  // the variables that keys may come from
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
