// AudioJobClient in memory: objects with versions and generations, and faults
// on request. It has no watch: tests list again. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/kube/audio_job_client.h"
#include "lib/kube/object_client.h"

namespace vexaa::kube {

class FakeAudioJobClient final : public AudioJobClient, public EventSink {
 public:
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
  base::Status CreateEvent(const EventRecord& event,
                           std::stop_token stop) override;

  // As users do.
  void Create(const std::string& name, const std::string& spec);
  void ChangeSpec(const std::string& name, const std::string& spec);
  void Remove(const std::string& name);
  // Its labels are others now: no list has it any more.
  void Relabel(const std::string& name);
  AudioJob Get(const std::string& name) const;

  void FailNextWrite(base::Status status);
  // IsDeleted's.
  void FailNextLook(base::Status status);
  // The next `count` lists fail so.
  void FailLists(int count, base::Status status);
  // Called by every Watch, which then fails. Set before there is one.
  void OnWatch(std::function<void()> call) { on_watch_ = std::move(call); }
  int writes() const;
  int lists() const;
  std::vector<EventRecord> events() const;

 private:
  // It guards all but on_watch_.
  mutable std::mutex mutex_;
  std::map<std::string, AudioJob> jobs_;
  std::map<std::string, AudioJob> left_out_;
  std::vector<EventRecord> events_;
  base::Status write_failure_;
  base::Status look_failure_;
  base::Status list_failure_;
  int failing_lists_ = 0;
  int version_ = 0;
  int uids_ = 0;
  int writes_ = 0;
  int lists_ = 0;
  std::function<void()> on_watch_ = [] {};
};

}  // namespace vexaa::kube
