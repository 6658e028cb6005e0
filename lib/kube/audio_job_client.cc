#include "lib/kube/audio_job_client.h"

#include <iterator>
#include <utility>

#include "lib/http/url.h"
#include "lib/kube/audio_job_json.h"

namespace vexaa::kube {

RestAudioJobClient::RestAudioJobClient(ApiClient& api,
                                       std::string label_selector)
    : api_(api),
      jobs_(api,
            "/apis/" + std::string(kAudioJobApiVersion) + "/namespaces/" +
                http::PercentEncode(api.name_space(), http::Slash::kEncode) +
                "/audiojobs"),
      label_selector_(std::move(label_selector)) {}

base::Result<AudioJobList> RestAudioJobClient::List(std::stop_token stop) {
  AudioJobList all;
  const auto take = [&](std::string_view json,
                        bool first) -> base::Result<Collection::PageEnd> {
    ASSIGN_OR_RETURN(AudioJobPage page, ParseAudioJobPage(json));
    if (first) all.jobs.clear();
    std::move(page.list.jobs.begin(), page.list.jobs.end(),
              std::back_inserter(all.jobs));
    return Collection::PageEnd{std::move(page.list.resource_version),
                               std::move(page.next)};
  };
  ASSIGN_OR_RETURN(all.resource_version,
                   jobs_.List(label_selector_, take, stop));
  return all;
}

base::Result<bool> RestAudioJobClient::IsDeleted(const std::string& name,
                                                 const std::string& uid,
                                                 std::stop_token stop) {
  if (label_selector_.empty()) return true;
  auto body = api_.Call({.verb = "get", .path = jobs_.PathOf(name)}, stop);
  if (!body.ok() && body.status().code() == base::Code::kNotFound) return true;
  if (!body.ok()) return body.status();
  ASSIGN_OR_RETURN(const AudioJob job, ParseAudioJob(*body));
  return job.uid != uid || job.deleting;
}

base::Status RestAudioJobClient::Watch(const std::string& resource_version,
                                       std::chrono::seconds timeout,
                                       const OnAudioJobEvent& on_event,
                                       std::stop_token stop) {
  const auto take = [&](std::string_view line) -> base::Status {
    auto event = ParseAudioJobEvent(line);
    if (event.ok()) return on_event(std::move(*event));
    // A newer server may have events we need not know.
    if (event.status().code() == base::Code::kUnimplemented)
      return base::Status::Ok();
    return event.status();
  };
  return jobs_.Watch(label_selector_, resource_version, timeout, {.json = take},
                     stop);
}

base::Status RestAudioJobClient::WriteStatus(const AudioJob& job,
                                             const AudioJobStatus& status,
                                             bool same_version_only,
                                             std::stop_token stop) {
  const std::string body = FormatStatusPatch(job, status, same_version_only);
  return api_
      .Call({.verb = "patch",
             .method = "PATCH",
             .path = jobs_.PathOf(job.name) + "/status",
             .body = body,
             .content_type = "application/merge-patch+json"},
            stop)
      .status();
}

}  // namespace vexaa::kube
