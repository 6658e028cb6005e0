// AudioJobs as the API server's JSON. Pure and tolerant, as pod_json.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"
#include "lib/kube/audio_job.h"
#include "lib/kube/audio_job_client.h"

namespace vexaa::kube {

struct AudioJobPage {
  AudioJobList list;
  std::string next;  // continue token; empty: the last page
};
base::Result<AudioJobPage> ParseAudioJobPage(std::string_view json);

base::Result<AudioJob> ParseAudioJob(std::string_view json);

// One line of a watch; errors as ParsePodEvent.
base::Result<AudioJobEvent> ParseAudioJobEvent(std::string_view line);

// A merge patch that makes `status` the status of the object with that uid; of
// that version only, when one is given.
std::string FormatStatusPatch(const AudioJob& job, const AudioJobStatus& status,
                              bool same_version_only);

}  // namespace vexaa::kube
