// Reading JSON of other people: every lookup answers, whatever is there.
// The one adapter over nlohmann-json in this folder; only .cc files include it.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::kube {

using Json = nlohmann::json;

// kDataLoss: not JSON. Leaves `managedFields` out wherever it stands, and what
// is nested deeper than anything that we read: one object that somebody made so
// must not hide the others.
base::Result<Json> ParseJson(std::string_view text);

// The member, or a null value when `value` is no object or has none.
const Json& Member(const Json& value, std::string_view key);
const Json& Member(const Json& value, std::string_view key,
                   std::string_view inner_key);

// Text cut to at most `cap` bytes; empty for anything but a string.
std::string Text(const Json& value, size_t cap = 4096);
// 0 for anything but a number that fits.
int Number(const Json& value);
std::optional<base::Time> TimeOf(const Json& value);
// At most 128 strings of at most 1 KiB; longer ones are left out, not cut.
std::map<std::string, std::string> TextMap(const Json& value);

}  // namespace vexaa::kube
