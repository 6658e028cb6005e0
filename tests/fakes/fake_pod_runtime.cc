#include "tests/fakes/fake_pod_runtime.h"

#include <algorithm>

namespace vexaa::controller {

using base::Code;
using base::Status;

void FakePodRuntime::SetRunning(const std::string& name) {
  std::lock_guard lock(mutex_);
  kube::Pod& pod = pods_.at(name);
  pod.phase = kube::PodPhase::kRunning;
  pod.started_at = clock_.Now();
  pod.node_name = "node1";
}

void FakePodRuntime::SetOver(const std::string& name, kube::PodPhase phase,
                             kube::Termination end) {
  std::lock_guard lock(mutex_);
  kube::Pod& pod = pods_.at(name);
  pod.phase = phase;
  pod.started_at = clock_.Now();
  end.finished_at = clock_.Now();
  pod.termination = std::move(end);
}

void FakePodRuntime::Lose(const std::string& name) {
  std::lock_guard lock(mutex_);
  pods_.erase(name);
}

void FakePodRuntime::Put(const kube::Pod& pod) {
  std::lock_guard lock(mutex_);
  pods_[pod.name] = pod;
}

void FakePodRuntime::FailCreate(Status status) {
  std::lock_guard lock(mutex_);
  create_failure_ = std::move(status);
}

void FakePodRuntime::SetQuota(int pods) {
  std::lock_guard lock(mutex_);
  quota_ = pods;
}

void FakePodRuntime::LoseCreateReply(bool lose) {
  std::lock_guard lock(mutex_);
  lose_reply_ = lose;
}

void FakePodRuntime::FailLogs(Status status) {
  std::lock_guard lock(mutex_);
  log_failure_ = std::move(status);
}

void FakePodRuntime::SetLog(const std::string& name, std::string text) {
  std::lock_guard lock(mutex_);
  texts_[name] = std::move(text);
}

void FakePodRuntime::SetSynced(bool synced) {
  std::lock_guard lock(mutex_);
  synced_ = synced;
}

void FakePodRuntime::SetStale(bool stale) {
  std::lock_guard lock(mutex_);
  stale_ = stale;
}

const PodRequest* FakePodRuntime::LastRequest() const {
  std::lock_guard lock(mutex_);
  return requests_.empty() ? nullptr : &requests_.back();
}

int FakePodRuntime::create_count() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(requests_.size());
}

int FakePodRuntime::log_count() const {
  std::lock_guard lock(mutex_);
  return logs_;
}

bool FakePodRuntime::synced() const {
  std::lock_guard lock(mutex_);
  return synced_;
}

Status FakePodRuntime::Health() const {
  std::lock_guard lock(mutex_);
  return stale_ ? Status(Code::kUnavailable, "old") : Status::Ok();
}

std::optional<kube::Pod> FakePodRuntime::Find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = pods_.find(name);
  if (found == pods_.end()) return std::nullopt;
  return found->second;
}

std::vector<kube::Pod> FakePodRuntime::All() const {
  std::lock_guard lock(mutex_);
  std::vector<kube::Pod> all;
  for (const auto& [name, pod] : pods_) all.push_back(pod);
  return all;
}

Status FakePodRuntime::Create(const PodRequest& request) {
  std::lock_guard lock(mutex_);
  if (!create_failure_.ok()) return create_failure_;
  std::string name = jobs::PodNameFor(request.attempt);
  if (pods_.contains(name))
    return Status(Code::kAlreadyExists, "pod " + name + " exists");
  auto unfinished = std::count_if(pods_.begin(), pods_.end(), [](auto& entry) {
    return entry.second.phase == kube::PodPhase::kPending ||
           entry.second.phase == kube::PodPhase::kRunning;
  });
  if (quota_ > 0 && unfinished >= quota_)
    return Status(Code::kResourceExhausted,
                  "pods \"" + name + "\" is forbidden: exceeded quota: few",
                  "QuotaExceeded");
  kube::Pod pod;
  pod.name = name;
  pod.uid = "uid-" + std::to_string(++uids_);
  pod.labels = {{kInstallationLabel, installation_},
                {kClaimLabel, request.claim_nonce},
                {kQueueLabel, request.queue}};
  pod.phase = kube::PodPhase::kPending;
  pod.created_at = clock_.Now();
  pods_[name] = pod;
  requests_.push_back(request);
  if (lose_reply_) return Status(Code::kUnavailable, "the reply was lost");
  return Status::Ok();
}

base::Result<kube::Pod> FakePodRuntime::Get(const std::string& name) {
  auto pod = Find(name);
  if (!pod) return Status(Code::kNotFound, "no pod " + name);
  return *pod;
}

Status FakePodRuntime::Delete(const std::string& name, const std::string& uid) {
  std::lock_guard lock(mutex_);
  auto found = pods_.find(name);
  if (found != pods_.end() && found->second.uid == uid) pods_.erase(found);
  return Status::Ok();
}

base::Result<std::string> FakePodRuntime::LogTail(const std::string& name,
                                                  size_t max_bytes) {
  std::lock_guard lock(mutex_);
  ++logs_;
  if (!log_failure_.ok()) return log_failure_;
  auto text = texts_.find(name);
  if (text == texts_.end()) return "the log of " + name;
  const std::string& log = text->second;
  return log.substr(log.size() - std::min(log.size(), max_bytes));
}

}  // namespace vexaa::controller
