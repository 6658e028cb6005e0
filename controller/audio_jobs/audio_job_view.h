// The AudioJobs of the namespace as list and watch show them, and what has
// changed since it was last asked. Thread-safe. Bounded by the resources.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/kube/audio_job_client.h"

namespace vexaa::controller {

class AudioJobView {
 public:
  void Replace(std::vector<kube::AudioJob> jobs);
  void Apply(kube::AudioJobEvent event);
  bool listed() const;  // once

  // Those that changed since the last call, as they are.
  std::vector<kube::AudioJob> TakeChanged();
  // Those that went away since the last call: their names by uid.
  std::map<std::string, std::string> TakeGone();
  // The next call has it, too.
  void ChangedAgain(const std::string& name);
  void GoneAgain(const std::string& uid, const std::string& name);

  std::optional<kube::AudioJob> Find(const std::string& name) const;
  // By name; `see` must not come back here.
  void ForEach(const std::function<void(const kube::AudioJob&)>& see) const;
  bool Has(const std::string& name, const std::string& uid) const;
  // What was just written to it.
  void SetStatus(const kube::AudioJob& job, const kube::AudioJobStatus& status);

 private:
  mutable std::mutex mutex_;
  bool listed_ = false;                         // GUARDED_BY(mutex_)
  std::map<std::string, kube::AudioJob> jobs_;  // by name; GUARDED_BY(mutex_)
  std::set<std::string> changed_;               // names; GUARDED_BY(mutex_)
  // Names by uid; GUARDED_BY(mutex_).
  std::map<std::string, std::string> gone_;
};

}  // namespace vexaa::controller
