// The AudioJobs of one namespace: a seam over the Kubernetes REST API.
// Implementations are thread-safe and never retry; errors as in pod_client.h,
// and kNotFound of a list where the resource is not installed.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"
#include "lib/kube/api_client.h"
#include "lib/kube/audio_job.h"
#include "lib/kube/collection.h"

namespace vexaa::kube {

struct AudioJobList {
  std::vector<AudioJob> jobs;
  std::string resource_version;
};

struct AudioJobEvent {
  enum class Type { kChanged, kDeleted, kBookmark };
  Type type = Type::kChanged;
  AudioJob job;  // of a bookmark only resource_version
};

using OnAudioJobEvent = std::function<base::Status(AudioJobEvent)>;

class AudioJobClient {
 public:
  virtual ~AudioJobClient() = default;

  virtual base::Result<AudioJobList> List(std::stop_token stop) = 0;
  // Of one that is no longer seen: whether it is deleted, or being deleted. It
  // is not where it only left what the client's selector takes.
  virtual base::Result<bool> IsDeleted(const std::string& name,
                                       const std::string& uid,
                                       std::stop_token stop) = 0;
  // Blocks. OK: the server ended it.
  virtual base::Status Watch(const std::string& resource_version,
                             std::chrono::seconds timeout,
                             const OnAudioJobEvent& on_event,
                             std::stop_token stop) = 0;
  // Writes the status of the object with that name and uid. kAborted: another
  // object has the name, or, with `same_version_only`, it changed meanwhile.
  virtual base::Status WriteStatus(const AudioJob& job,
                                   const AudioJobStatus& status,
                                   bool same_version_only,
                                   std::stop_token stop) = 0;
};

class RestAudioJobClient final : public AudioJobClient {
 public:
  // `api` must outlive the client. Only objects that match the selector are
  // seen; empty: all.
  RestAudioJobClient(ApiClient& api, std::string label_selector);

  base::Result<AudioJobList> List(std::stop_token stop) override;
  base::Result<bool> IsDeleted(const std::string& name, const std::string& uid,
                               std::stop_token stop) override;
  base::Status Watch(const std::string& resource_version,
                     std::chrono::seconds timeout,
                     const OnAudioJobEvent& on_event,
                     std::stop_token stop) override;
  base::Status WriteStatus(const AudioJob& job, const AudioJobStatus& status,
                           bool same_version_only,
                           std::stop_token stop) override;

 private:
  ApiClient& api_;
  const Collection jobs_;
  const std::string label_selector_;
};

}  // namespace vexaa::kube
