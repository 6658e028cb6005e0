// The plan of a job: every output with its profile and place, fixed once at
// the first claim. PURE: row, profiles and rules in, plan or InvalidJob out.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/digest.h"
#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/jobs/location.h"
#include "lib/jobs/profile.h"

namespace vexaa::jobs {

// As many as an outcome can report.
inline constexpr size_t kMaxOutputs = 8;

// What to do with an object that lies under the output's key already.
enum class IfExists {
  kReplaceOwn,  // replace an earlier result of the same source and profile,
                // refuse anything else (OutputExists)
  kFail,        // refuse any object
};

std::string_view IfExistsName(IfExists mode);  // "replace", "fail"
std::optional<IfExists> ParseIfExists(std::string_view name);

struct OutputPlan {
  int index = 0;
  std::string kind = "audio";
  std::string uri;
  Profile profile;
  bool operator==(const OutputPlan&) const = default;
};

struct JobPlan {
  IfExists if_exists = IfExists::kReplaceOwn;
  std::vector<OutputPlan> outputs;  // 1 to kMaxOutputs
  bool operator==(const JobPlan&) const = default;
};

struct PlanRules {
  // Profiles by name, as in the database.
  std::map<std::string, Profile> profiles;
  // The buckets and absolute folders that jobs may touch; none: that kind of
  // location is refused.
  std::vector<std::string> buckets;
  std::vector<std::string> roots;
  // Where outputs of file:// sources go by default: an absolute folder.
  std::string output_root;
};

// Every error is InvalidJob with a sentence for the row's owner.
base::Result<JobPlan> PlanJob(const Job& job, const PlanRules& rules);

std::string FormatPlan(const JobPlan& plan);
base::Result<JobPlan> ParsePlan(std::string_view json);

// What an output is locked by: the SHA-256 of its URI.
base::Sha256Digest OutputLock(std::string_view uri);

}  // namespace vexaa::jobs
