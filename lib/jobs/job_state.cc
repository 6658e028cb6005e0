#include "lib/jobs/job_state.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace vexaa::jobs {
namespace {

using enum JobState;

constexpr std::array<std::string_view, 8> kNames = {
    "scheduled",  "queued",    "claimed", "running",
    "publishing", "succeeded", "failed",  "cancelled"};

std::initializer_list<JobState> NextOf(JobState from) {
  switch (from) {
    case kScheduled: {
      static constexpr auto kNext = {kQueued, kCancelled};
      return kNext;
    }
    case kQueued: {
      static constexpr auto kNext = {kClaimed, kCancelled};
      return kNext;
    }
    case kClaimed: {
      static constexpr auto kNext = {kRunning,   kPublishing, kQueued,
                                     kScheduled, kFailed,     kCancelled};
      return kNext;
    }
    case kRunning: {
      static constexpr auto kNext = {kPublishing, kScheduled, kFailed,
                                     kCancelled};
      return kNext;
    }
    case kPublishing: {
      static constexpr auto kNext = {kSucceeded, kScheduled, kFailed};
      return kNext;
    }
    case kFailed: {
      static constexpr auto kNext = {kQueued};
      return kNext;
    }
    case kSucceeded:
    case kCancelled:
      return {};
  }
  return {};
}

}  // namespace

std::string_view JobStateName(JobState state) {
  return kNames[static_cast<size_t>(state)];
}

std::optional<JobState> ParseJobState(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<JobState>(found - kNames.begin());
}

bool IsTerminal(JobState state) {
  return state == kSucceeded || state == kFailed || state == kCancelled;
}

bool IsLive(JobState state) {
  return state == kClaimed || state == kRunning || state == kPublishing;
}

bool CanMove(JobState from, JobState to) {
  auto next = NextOf(from);
  return std::find(next.begin(), next.end(), to) != next.end();
}

}  // namespace vexaa::jobs
