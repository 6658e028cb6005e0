// Keeps AudioJobs and their rows in step: a new resource becomes a row, the
// row's state becomes the resource's status, a deleted resource cancels its
// job. MySQL is the truth; every step may be repeated or lost: the next look
// finds what is missing. Runs while its controller leads.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/kube/audio_job_client.h"
#include "lib/kube/list_watch.h"
#include "lib/kube/object_client.h"
#include "lib/store/resource_store.h"

namespace vexaa::controller {

struct AudioJobParts {
  kube::AudioJobClient& client;
  kube::EventSink& events;
  store::ResourceStore& store;
  base::Clock& clock;
  base::Logger& log;
  std::string installation;
  std::string name_space;
};

class AudioJobSync final : public kube::ListWatch {
 public:
  // What is referred to must outlive it.
  explicit AudioJobSync(AudioJobParts parts) : parts_(std::move(parts)) {}

  // Blocks until stopped; once. Where the resource is not installed it only
  // looks now and then whether it is.
  void Run(std::stop_token stop);
  // One round: does what is due now. Run's thread only.
  void Step(std::stop_token stop);

  // For Run's reflector.
  std::string_view kind() const override { return "audiojobs"; }
  base::Result<Listed> List(std::stop_token stop) override;
  base::Status Watch(const std::string& resource_version,
                     std::chrono::seconds timeout, const OnEvent& on_event,
                     std::stop_token stop) override;

 private:
  void Replace(std::vector<kube::AudioJob> jobs);
  void Apply(kube::AudioJobEvent event);

  bool WaitUntilInstalled(std::stop_token stop);
  void CancelDeleted();
  void HandleChanged(std::stop_token stop);
  void Handle(const kube::AudioJob& job, std::stop_token stop);
  void Submit(const kube::AudioJob& job, std::stop_token stop);
  void Respecify(const kube::AudioJob& job, std::stop_token stop);
  // Of all jobs, or of those whose rows can have changed.
  void MirrorAll(std::stop_token stop);
  void MirrorActive(std::stop_token stop);
  std::set<std::string> NamesInTurn(bool* all);
  bool AddActive(std::set<std::string>& names);
  void Mirror(const std::set<std::string>& names, std::stop_token stop);
  void MirrorSome(const std::vector<kube::AudioJob>& jobs,
                  std::stop_token stop);
  void CrossCheck(std::stop_token stop);
  bool AllInView(const std::vector<std::string>& uids);
  void Show(const kube::AudioJob& job, const kube::AudioJobStatus& next,
            std::stop_token stop);
  void Cancel(const std::string& uid);
  // Something failed: it is said, and all waits a while.
  void Pause(std::string_view what, const base::Status& status);
  void LookAgain(const std::string& name);
  bool IsOurs(const kube::AudioJob& job) const;
  bool HasRow(const kube::AudioJob& job) const;

  const AudioJobParts parts_;
  // What told that the resource is installed; the reflector begins with it.
  std::optional<kube::AudioJobList> first_list_;
  base::Duration paused_until_{};
  base::Duration mirrored_at_{};  // all that had changed was shown
  std::string turn_;              // name of the last waiting job looked at
  base::Duration checked_at_{};
  bool checked_ = false;

  std::mutex mutex_;
  bool listed_ = false;                         // GUARDED_BY(mutex_)
  std::map<std::string, kube::AudioJob> jobs_;  // by name; GUARDED_BY(mutex_)
  std::set<std::string> changed_;               // names; GUARDED_BY(mutex_)
  std::set<std::string> deleted_;               // uids; GUARDED_BY(mutex_)
};

}  // namespace vexaa::controller
