// The states of a job and the moves between them (docs/architecture.md has the
// picture). Pure; thread-safe.
#pragma once

#include <optional>
#include <string_view>

namespace vexaa::jobs {

enum class JobState {
  kScheduled,   // waits for run_at; the promoter moves it on
  kQueued,      // may be claimed now
  kClaimed,     // ours; its pod is being created or is pending
  kRunning,     // the runner works
  kPublishing,  // staged and proven; being made visible
  kSucceeded,
  kFailed,
  kCancelled,
};

std::string_view JobStateName(JobState state);  // "queued"
std::optional<JobState> ParseJobState(std::string_view name);
bool IsTerminal(JobState state);
// True for claimed, running and publishing: an attempt is under way.
bool IsLive(JobState state);
bool CanMove(JobState from, JobState to);

}  // namespace vexaa::jobs
