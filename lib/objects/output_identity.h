// Whose result an object is, kept in its metadata: how the runner and the
// controller tell an earlier result of ours from somebody else's object. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

inline constexpr char kTokenKey[] = "vexaa-token";
inline constexpr char kSourceKey[] = "vexaa-source";
inline constexpr char kProfileKey[] = "vexaa-profile";
inline constexpr char kSettingsKey[] = "vexaa-settings";

struct OutputIdentity {
  std::string token;    // of the attempt that made it
  std::string source;   // lower hex SHA-256 of the source's URI
  std::string profile;  // the profile's name
  // A digest of all that was asked for (jobs::OutputFingerprint); may be empty.
  std::string settings;
};

OutputIdentity IdentityOf(std::string_view token, std::string_view source_uri,
                          std::string_view profile,
                          std::string_view settings = {});
std::map<std::string, std::string> MetadataOf(const OutputIdentity& identity);

// The attempt that made the object is this one.
bool IsOwnResult(const ObjectInfo& info, const OutputIdentity& identity);

// What would be made is there already: a result of the same source, profile
// and settings.
bool IsSameResult(const ObjectInfo& info, const OutputIdentity& identity);

enum class Overwrite {
  kOwnResults,  // only an earlier result of the same source and profile
  kNothing,     // no object at all
  kKeepSame,    // no object either: a same result is kept, and asked for before
  kAnything,    // only by hand
};

// What a job's `if_exists` allows.
Overwrite OverwriteFor(jobs::IfExists mode);

// OutputExists with a sentence, or OK. What the same job published is always
// replaced, by the same attempt or by a later one.
base::Status CheckExisting(const std::optional<ObjectInfo>& existing,
                           const OutputIdentity& wanted, Overwrite mode,
                           std::string_view uri);

}  // namespace vexaa::objects
