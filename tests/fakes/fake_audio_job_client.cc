#include "tests/fakes/fake_audio_job_client.h"

#include <utility>

namespace vexaa::kube {

using base::Code;
using base::Status;

base::Result<AudioJobList> FakeAudioJobClient::List(std::stop_token) {
  ++lists_;
  AudioJobList list;
  list.resource_version = std::to_string(version_);
  for (const auto& [name, job] : jobs_) list.jobs.push_back(job);
  return list;
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
  events_.push_back(event);
  return Status::Ok();
}

void FakeAudioJobClient::Create(const std::string& name,
                                const std::string& spec) {
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
  AudioJob& job = jobs_.at(name);
  job.spec = spec;
  ++job.generation;
  job.resource_version = std::to_string(++version_);
}

}  // namespace vexaa::kube
