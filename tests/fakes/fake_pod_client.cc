#include "tests/fakes/fake_pod_client.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "lib/kube/pod_json.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Result;
using base::Status;

Status NotFound(std::string_view name) {
  return {Code::kNotFound, "pods \"" + std::string(name) + "\" not found",
          "NotFound"};
}

Status Expired() {
  return {Code::kFailedPrecondition, "too old resource version", "Expired"};
}

// "a=b,c=d": every pair must be there.
bool Matches(const Pod& pod, std::string_view selector) {
  std::istringstream pairs{std::string(selector)};
  for (std::string pair; std::getline(pairs, pair, ',');) {
    const size_t equals = pair.find('=');
    const auto label = pod.labels.find(pair.substr(0, equals));
    if (label == pod.labels.end()) return false;
    if (equals == std::string::npos) continue;
    if (label->second != pair.substr(equals + 1)) return false;
  }
  return true;
}

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= 253 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::islower(c) || std::isdigit(c) || c == '-' || c == '.';
         });
}

Result<Pod> PodOf(std::string_view manifest, int uid) {
  auto object = nlohmann::json::parse(manifest, nullptr, false);
  if (!object.is_object() || !object["metadata"].is_object()) {
    return Status(Code::kInvalidArgument, "not a pod", "Invalid");
  }
  object["metadata"]["uid"] = "uid-" + std::to_string(uid);
  auto pod = ParsePod(object.dump());
  if (!pod.ok() || !IsName(pod->name)) {
    return Status(Code::kInvalidArgument, "invalid pod name", "Invalid");
  }
  return pod;
}

}  // namespace

FakePodClient::FakePodClient(const base::Clock& clock) : clock_(clock) {}

Status FakePodClient::Begin(const std::string& verb, std::stop_token stop) {
  ++calls_[verb];
  changed_.notify_all();
  if (stop.stop_requested()) return {Code::kCancelled, "stopped"};
  return Status::Ok();
}

std::optional<FakePodClient::Fault> FakePodClient::TakeFault(
    const std::string& verb) {
  auto& faults = faults_[verb];
  if (faults.empty()) return std::nullopt;
  Fault fault = std::move(faults.front());
  faults.pop_front();
  return fault;
}

void FakePodClient::Record(PodEventType type, Pod& pod) {
  pod.resource_version = std::to_string(++version_);
  history_.push_back({version_, {type, pod}});
  changed_.notify_all();
}

Result<Pod> FakePodClient::Create(std::string_view manifest,
                                  std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Begin("create", stop));
  manifests_.emplace_back(manifest);
  const auto fault = TakeFault("create");
  if (fault && fault->applied == Applied::kNo) return fault->status;
  ASSIGN_OR_RETURN(Pod pod, PodOf(manifest, next_uid_++));
  if (pods_.contains(pod.name)) {
    return Status(Code::kAlreadyExists,
                  "pods \"" + pod.name + "\" already exists", "AlreadyExists");
  }
  pod.phase = PodPhase::kPending;
  pod.created_at = clock_.Now();
  Record(PodEventType::kAdded, pod);
  pods_[pod.name].pod = pod;
  if (fault) return fault->status;
  return pod;
}

Result<Pod> FakePodClient::Get(std::string_view name, std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Begin("get", stop));
  if (const auto fault = TakeFault("get")) return fault->status;
  const auto found = pods_.find(name);
  if (found == pods_.end()) return NotFound(name);
  return found->second.pod;
}

Result<PodList> FakePodClient::List(std::string_view label_selector,
                                    std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Begin("list", stop));
  if (const auto fault = TakeFault("list")) return fault->status;
  PodList list;
  list.resource_version = std::to_string(version_);
  for (const auto& [name, stored] : pods_) {
    if (Matches(stored.pod, label_selector)) list.pods.push_back(stored.pod);
  }
  return list;
}

Status FakePodClient::CheckUid(const Stored& stored,
                               std::string_view uid) const {
  if (uid.empty() || uid == stored.pod.uid) return Status::Ok();
  return {Code::kAborted, "UID in precondition differs", "Conflict"};
}

Status FakePodClient::Delete(std::string_view name, std::string_view uid,
                             std::optional<std::chrono::seconds> grace,
                             std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Begin("delete", stop));
  const auto fault = TakeFault("delete");
  if (fault && fault->applied == Applied::kNo) return fault->status;
  const auto found = pods_.find(name);
  if (found == pods_.end()) return NotFound(name);
  RETURN_IF_ERROR(CheckUid(found->second, uid));
  Pod& pod = found->second.pod;
  const auto wait = grace.value_or(std::chrono::seconds(30));
  const bool over =
      pod.phase == PodPhase::kSucceeded || pod.phase == PodPhase::kFailed;
  // Without a node, or with nothing left to stop, there is nobody to wait for.
  if (pod.node_name.empty() || over || wait == std::chrono::seconds(0)) {
    Pod last = pod;
    pods_.erase(found);
    Record(PodEventType::kDeleted, last);
  } else {
    pod.deletion_time = clock_.Now() + wait;
    Record(PodEventType::kModified, pod);
  }
  return fault ? fault->status : Status::Ok();
}

Result<std::string> FakePodClient::Logs(std::string_view name,
                                        size_t tail_bytes,
                                        std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Begin("logs", stop));
  if (const auto fault = TakeFault("logs")) return fault->status;
  const auto found = pods_.find(name);
  if (found == pods_.end()) return NotFound(name);
  if (found->second.pod.phase == PodPhase::kPending) {
    return Status(Code::kFailedPrecondition, "waiting to start", "NotStarted");
  }
  const std::string& log = found->second.log;
  return log.substr(log.size() - std::min(log.size(), tail_bytes));
}

Status FakePodClient::Watch(const WatchOptions& options,
                            const OnPodEvent& on_event, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  RETURN_IF_ERROR(Begin("watch", stop));
  if (const auto fault = TakeFault("watch")) return fault->status;
  Cursor cursor{std::atoi(options.resource_version.c_str()), end_count_};
  ++watch_count_;
  watch_timeout_ = options.timeout;
  changed_.notify_all();
  std::optional<Status> end;
  while (!end) {
    changed_.wait(lock, stop,
                  [&] { return version_ > cursor.version || Ended(cursor); });
    if (stop.stop_requested()) end = Status(Code::kCancelled, "stopped");
    if (!end) end = Ended(cursor);
    if (end) break;
    std::vector<PodEvent> events = TakeEvents(options.label_selector, cursor);
    lock.unlock();
    for (PodEvent& event : events) {
      const Status status = on_event(std::move(event));
      if (!status.ok()) end = status;
      if (end) break;
    }
    lock.lock();
  }
  --watch_count_;
  return *end;
}

std::optional<Status> FakePodClient::Ended(const Cursor& cursor) const {
  if (end_count_ != cursor.end_count) return end_status_;
  if (cursor.version < oldest_version_) return Expired();
  return std::nullopt;
}

std::vector<PodEvent> FakePodClient::TakeEvents(std::string_view selector,
                                                Cursor& cursor) const {
  std::vector<PodEvent> events;
  for (const auto& [version, event] : history_) {
    if (version <= cursor.version) continue;
    const bool wanted =
        event.type == PodEventType::kBookmark || Matches(event.pod, selector);
    if (wanted) events.push_back(event);
  }
  cursor.version = version_;
  return events;
}

bool FakePodClient::Update(const std::string& name,
                           const std::function<void(Pod&)>& change) {
  const std::lock_guard lock(mutex_);
  const auto found = pods_.find(name);
  if (found == pods_.end()) return false;
  change(found->second.pod);
  Record(PodEventType::kModified, found->second.pod);
  return true;
}

bool FakePodClient::Remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = pods_.find(name);
  if (found == pods_.end()) return false;
  Pod last = std::move(found->second.pod);
  pods_.erase(found);
  Record(PodEventType::kDeleted, last);
  return true;
}

bool FakePodClient::RemoveUnseen(const std::string& name) {
  const std::lock_guard lock(mutex_);
  ++version_;
  return pods_.erase(name) > 0;
}

void FakePodClient::SetLog(const std::string& name, std::string text) {
  const std::lock_guard lock(mutex_);
  const auto found = pods_.find(name);
  if (found != pods_.end()) found->second.log = std::move(text);
}

void FakePodClient::SendBookmark() {
  const std::lock_guard lock(mutex_);
  Pod nobody;
  Record(PodEventType::kBookmark, nobody);
}

void FakePodClient::FailNext(const std::string& verb, Status status,
                             Applied applied) {
  const std::lock_guard lock(mutex_);
  faults_[verb].push_back({std::move(status), applied});
}

void FakePodClient::ForgetHistory() {
  const std::lock_guard lock(mutex_);
  history_.clear();
  oldest_version_ = ++version_;
  changed_.notify_all();
}

void FakePodClient::EndWatches(Status status) {
  const std::lock_guard lock(mutex_);
  ++end_count_;
  end_status_ = std::move(status);
  changed_.notify_all();
}

std::vector<std::string> FakePodClient::manifests() const {
  const std::lock_guard lock(mutex_);
  return manifests_;
}

int FakePodClient::CallCount(const std::string& verb) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(verb);
  return found == calls_.end() ? 0 : found->second;
}

size_t FakePodClient::watch_count() const {
  const std::lock_guard lock(mutex_);
  return watch_count_;
}

std::chrono::seconds FakePodClient::watch_timeout() const {
  const std::lock_guard lock(mutex_);
  return watch_timeout_;
}

bool FakePodClient::WaitForWatches(size_t count, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] { return watch_count_ >= count; });
}

bool FakePodClient::WaitForCalls(const std::string& verb, int count,
                                 std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] { return calls_[verb] >= count; });
}

}  // namespace vexaa::kube
