// The closed set of reasons: the same word in SQL, kubectl, logs and metrics.
// Pure; thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/exit_code.h"
#include "lib/base/status.h"

namespace vexaa::jobs {

enum class Reason {
  kQueued,
  kStarted,
  kRunning,
  kPublishing,
  kSucceeded,
  kCancelled,
  kInputNotFound,
  kInputAccessDenied,
  kInputChanged,
  kInputUnreadable,
  kInputTooLarge,
  kNoAudioStream,
  kUnsupportedCodec,
  kCorruptInput,
  kOutputAccessDenied,
  kOutputExists,
  kOutputBusy,
  kOutputTooLarge,
  kStorageUnavailable,
  kOutOfMemory,
  kDeadlineExceeded,
  kEvicted,
  kNodeLost,
  kPodLost,
  kImagePullFailed,
  kUnschedulable,
  kQuotaExceeded,
  kPodRejected,
  kRunnerCrashed,
  kInvalidJob,
  kInvalidConfig,
  kInternal,
};

// What a reason means for the job that ended with it.
enum class ReasonClass {
  kProgress,      // not a failure
  kJobFault,      // the job itself is wrong; never repeated
  kTemporary,     // repeated, counts as a failure
  kDisruption,    // the cluster's doing; repeated soon, its own count
  kBackPressure,  // no room now; the job waits and nothing is counted
  kDeployment,    // our installation is wrong; repeated slowly
};

std::span<const Reason> AllReasons();
std::string_view ReasonName(Reason reason);  // "InputNotFound"
std::optional<Reason> ParseReason(std::string_view name);
ReasonClass ClassOf(Reason reason);
// An attempt that ends with it only waited: for room, or for an operator.
bool IsWaiting(Reason reason);

// The runner's exit code for an attempt that ended with this reason.
base::ExitCode ExitCodeFor(Reason reason);

// An error that carries its reason as detail.
base::Status Fail(Reason reason, std::string message);
// The reason an error carries; nothing when it names none.
std::optional<Reason> ReasonOf(const base::Status& status);

}  // namespace vexaa::jobs
