// AudioJobClient in memory: objects with versions and generations, and faults
// on request. It has no watch: tests list again. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/kube/audio_job_client.h"
#include "lib/kube/object_client.h"

namespace vexaa::kube {

class FakeAudioJobClient final : public AudioJobClient, public EventSink {
 public:
  base::Result<AudioJobList> List(std::stop_token stop) override;
  base::Status Watch(const std::string& resource_version,
                     std::chrono::seconds timeout,
                     const OnAudioJobEvent& on_event,
                     std::stop_token stop) override;
  base::Status WriteStatus(const AudioJob& job, const AudioJobStatus& status,
                           bool same_version_only,
                           std::stop_token stop) override;
  base::Status CreateEvent(const EventRecord& event,
                           std::stop_token stop) override;

  // As users do.
  void Create(const std::string& name, const std::string& spec);
  void ChangeSpec(const std::string& name, const std::string& spec);
  void Remove(const std::string& name) { jobs_.erase(name); }
  const AudioJob& Get(const std::string& name) const { return jobs_.at(name); }

  void FailNextWrite(base::Status status) { write_failure_ = status; }
  int writes() const { return writes_; }
  int lists() const { return lists_; }
  // Called by every Watch, which then fails.
  void OnWatch(std::function<void()> call) { on_watch_ = std::move(call); }
  const std::vector<EventRecord>& events() const { return events_; }

 private:
  std::map<std::string, AudioJob> jobs_;
  std::vector<EventRecord> events_;
  base::Status write_failure_;
  int version_ = 0;
  int uids_ = 0;
  int writes_ = 0;
  int lists_ = 0;
  std::function<void()> on_watch_ = [] {};
};

}  // namespace vexaa::kube
