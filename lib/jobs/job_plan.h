// The plan of a job: every output with its profile and place, fixed once at
// the first claim. PURE: row, profiles and rules in, plan or InvalidJob out.
#pragma once

#include <cstdint>
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
  kSkip,        // keep such a result and make nothing for that output; refuse
                // anything else
  kFail,        // refuse any object
};

std::string_view IfExistsName(IfExists mode);  // "replace", "skip", "fail"
std::optional<IfExists> ParseIfExists(std::string_view name);

enum class OutputKind {
  kAudio,
  kMetadata,   // JSON: container, streams, duration, tags
  kSilence,    // JSON: the silent ranges
  kThumbnail,  // JPEG of one frame of the video
};

std::string_view OutputKindName(OutputKind kind);  // "audio"
std::optional<OutputKind> ParseOutputKind(std::string_view name);

// Which audio track an output is made of.
struct TrackSelector {
  enum class By { kAuto, kNumber, kLanguage };
  By by = By::kAuto;
  int number = 0;        // of the audio tracks, 0 is the first
  std::string language;  // ISO 639 as the source has it, "eng"
  bool operator==(const TrackSelector&) const = default;
};

struct SilenceRule {
  double threshold_db = -50;  // of full scale; below it is silence
  double min_seconds = 0.5;   // shorter ranges are not listed
  bool operator==(const SilenceRule&) const = default;
};

struct OutputPlan {
  int index = 0;
  OutputKind kind = OutputKind::kAudio;
  std::string uri;
  Profile profile;  // of audio; elsewhere only its name counts, the kind's
  TrackSelector track = {};
  // Made only when the source has that track; of a job that wants all tracks.
  bool if_track_exists = false;
  SilenceRule silence = {};
  bool operator==(const OutputPlan&) const = default;
};

// The part of the source that is wanted.
struct Clip {
  int64_t start_us = 0;     // from the beginning
  int64_t duration_us = 0;  // 0: to the end
  bool operator==(const Clip&) const = default;
};

struct JobPlan {
  IfExists if_exists = IfExists::kReplaceOwn;
  Clip clip = {};
  bool loudness = false;            // measure it (EBU R128) for every audio
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
  // One video by hand: any place is served, names tell containers, and an
  // output without a place goes beside the first one.
  bool by_hand = false;
};

// Every error is InvalidJob with a sentence for the row's owner.
base::Result<JobPlan> PlanJob(const Job& job, const PlanRules& rules);

std::string FormatPlan(const JobPlan& plan);
base::Result<JobPlan> ParsePlan(std::string_view json);

// A short digest of everything that decides an output's content but the source
// itself: two outputs of one source with the same one are the same.
std::string OutputFingerprint(const OutputPlan& output, const Clip& clip);

// Whether a run may leave this output out: of a job for all tracks, those that
// the source does not have. The first track must always be there.
bool MayBeAbsent(const OutputPlan& output);

// What an output is locked by: the SHA-256 of its URI.
base::Sha256Digest OutputLock(std::string_view uri);

}  // namespace vexaa::jobs
