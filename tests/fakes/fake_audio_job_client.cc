#include "tests/fakes/fake_audio_job_client.h"

#include <utility>

namespace vexaa::kube {

using base::Code;
using base::Status;

base::Result<AudioJobList> FakeAudioJobClient::List(std::stop_token) {
  const std::lock_guard lock(mutex_);
  ++lists_;
  if (failing_lists_ > 0) {
    --failing_lists_;
    return list_failure_;
  }
  AudioJobList list;
  list.resource_version = std::to_string(version_);
  for (const auto& [name, job] : jobs_) list.jobs.push_back(job);
  return list;
}

base::Result<bool> FakeAudioJobClient::IsDeleted(const std::string& name,
                                                 const std::string& uid,
                                                 std::stop_token) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(std::exchange(look_failure_, Status::Ok()));
  auto is_it = [&](const std::map<std::string, AudioJob>& jobs) {
    auto found = jobs.find(name);
    return found != jobs.end() && found->second.uid == uid;
  };
  return !is_it(jobs_) && !is_it(left_out_);
}

Status FakeAudioJobClient::Watch(const std::string&, std::chrono::seconds,
                                 const OnAudioJobEvent&, std::stop_token) {
  on_watch_();
  return Status(Code::kUnimplemented, "tests list again");
}

Status FakeAudioJobClient::WriteStatus(const AudioJob& job,
                                       const AudioJobStatus& status,
                                       bool same_version_only,
                                       std::stop_token) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(std::exchange(write_failure_, Status::Ok()));
  auto found = jobs_.find(job.name);
  if (found == jobs_.end()) return Status(Code::kNotFound, "no such AudioJob");
  AudioJob& object = found->second;
  if (object.uid != job.uid ||
      (same_version_only && object.resource_version != job.resource_version))
    return Status(Code::kAborted, "the object has been modified");
  ++writes_;
  object.status = status;
  object.resource_version = std::to_string(++version_);
  return Status::Ok();
}

Status FakeAudioJobClient::CreateEvent(const EventRecord& event,
                                       std::stop_token) {
  const std::lock_guard lock(mutex_);
  events_.push_back(event);
  return Status::Ok();
}

void FakeAudioJobClient::Create(const std::string& name,
                                const std::string& spec) {
  const std::lock_guard lock(mutex_);
  AudioJob job;
  job.name = name;
  job.uid = "uid-" + std::to_string(++uids_);
  job.generation = 1;
  job.spec = spec;
  job.resource_version = std::to_string(++version_);
  jobs_[name] = std::move(job);
}

void FakeAudioJobClient::ChangeSpec(const std::string& name,
                                    const std::string& spec) {
  const std::lock_guard lock(mutex_);
  AudioJob& job = jobs_.at(name);
  job.spec = spec;
  ++job.generation;
  job.resource_version = std::to_string(++version_);
}

void FakeAudioJobClient::Remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  jobs_.erase(name);
}

void FakeAudioJobClient::Relabel(const std::string& name) {
  const std::lock_guard lock(mutex_);
  left_out_.insert(jobs_.extract(name));
}

AudioJob FakeAudioJobClient::Get(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return jobs_.at(name);
}

void FakeAudioJobClient::FailNextWrite(Status status) {
  const std::lock_guard lock(mutex_);
  write_failure_ = std::move(status);
}

void FakeAudioJobClient::FailNextLook(Status status) {
  const std::lock_guard lock(mutex_);
  look_failure_ = std::move(status);
}

void FakeAudioJobClient::FailLists(int count, Status status) {
  const std::lock_guard lock(mutex_);
  failing_lists_ = count;
  list_failure_ = std::move(status);
}

int FakeAudioJobClient::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

int FakeAudioJobClient::lists() const {
  const std::lock_guard lock(mutex_);
  return lists_;
}

std::vector<EventRecord> FakeAudioJobClient::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

}  // namespace vexaa::kube
