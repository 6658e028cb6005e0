// What an AudioJob shows: its next status, from what it shows now, its row and
// the time. PURE.
#pragma once

#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/kube/audio_job.h"
#include "lib/kube/object_client.h"
#include "lib/store/resource_store.h"

namespace vexaa::controller {

inline constexpr char kAccepted[] = "Accepted";
inline constexpr char kSucceeded[] = "Succeeded";
inline constexpr char kFinished[] = "Finished";
inline constexpr char kSpecChanged[] = "SpecChanged";

bool HasCondition(const kube::AudioJobStatus& status, const char* type);
// Ended, or refused: nothing more will happen to it by itself.
bool IsFinished(const kube::AudioJobStatus& status);

// Taken by this installation, not yet in its table.
kube::AudioJobStatus TakenStatus(const kube::AudioJob& job,
                                 const std::string& installation);
kube::AudioJobStatus RefusedStatus(const kube::AudioJob& job,
                                   const std::string& why, base::Time now);
// Of a job with a row.
kube::AudioJobStatus StatusOf(const kube::AudioJob& job,
                              const store::ResourceRow& row, base::Time now);
// The row was purged before its end was shown.
kube::AudioJobStatus PurgedStatus(const kube::AudioJob& job, base::Time now);
// A spec that changed after it was accepted: all but priority is ignored.
kube::AudioJobStatus RespecifiedStatus(const kube::AudioJob& job,
                                       base::Time now);

// What to tell about the step from one status to the next.
std::optional<kube::EventRecord> EventOf(const kube::AudioJob& job,
                                         const kube::AudioJobStatus& next,
                                         base::Time now);

}  // namespace vexaa::controller
