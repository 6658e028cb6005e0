// Durations, sizes and numbers as people write them in a config file. Pure.
// Errors are kInvalidArgument; the message goes on after the key's name:
// "must be a duration such as 30s, 10m or 1h30m".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::config {

// "250us", "1.5s", "10m", "1h30m", "2d", "0"; a unit is needed but for 0.
base::Result<base::Duration> ParseDuration(std::string_view text);
std::string FormatDuration(base::Duration duration);  // "1h30m"

// Kubernetes' quantities without small units: "4096", "64k", "128Mi", "2G".
base::Result<uint64_t> ParseBytes(std::string_view text);
std::string FormatBytes(uint64_t bytes);  // "128Mi"; plain when not whole

base::Result<int64_t> ParseWhole(std::string_view text);
base::Result<double> ParseNumber(std::string_view text);
std::string FormatNumber(double number);
base::Result<bool> ParseBool(std::string_view text);  // "true" or "false"

// "a, b ,c" -> a b c; empty steps are dropped.
std::vector<std::string> SplitList(std::string_view text);

}  // namespace vexaa::config
