#include "controller/local/local_pod_runtime.h"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>

#include "controller/local/file_io.h"
#include "controller/local/process.h"
#include "lib/jobs/job.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Result;
using base::Status;
using base::UniqueFd;

Status MakeFolders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return error ? ErrnoStatus("make " + path, error.value()) : Status::Ok();
}

// Two controllers over one folder would remove each other's attempts.
Result<UniqueFd> LockFolder(const std::string& folder) {
  std::string path = folder + "/.controller-lock";
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_RDWR | O_CREAT));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  return Status(Code::kFailedPrecondition,
                "another controller runs its attempts in " + folder +
                    "; give each controller a folder of its own");
}

std::vector<std::string> AttemptsIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    if (jobs::ParsePodName(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<LocalPodRuntime>> LocalPodRuntime::Open(
    LocalOptions options, base::Clock& clock, base::Logger& log) {
  RETURN_IF_ERROR(CheckLocalOptions(options));
  RETURN_IF_ERROR(MakeFolders(options.folder));
  ASSIGN_OR_RETURN(UniqueFd lock, LockFolder(options.folder));
  ASSIGN_OR_RETURN(std::string boot_id, ReadBootId());
  ASSIGN_OR_RETURN(ProcessWatch watch, ProcessWatch::Make());
  LocalContext context{.options = std::move(options),
                       .clock = clock,
                       .log = log,
                       .watch = std::move(watch),
                       .boot_id = std::move(boot_id)};
  return std::unique_ptr<LocalPodRuntime>(
      new LocalPodRuntime(std::move(context), std::move(lock)));
}

Status LocalPodRuntime::Health() const {
  if (!synced_)
    return Status(Code::kUnavailable, "the runners are not known yet");
  if (!watching_)
    return Status(Code::kUnavailable, "the runners are not watched");
  return Status::Ok();
}

void LocalPodRuntime::Run(const OnChange& on_change, std::stop_token stop) {
  std::stop_callback wake(stop, [this] { context_.watch.Wake(); });
  FreeRemovedFolders(context_.options.folder);
  {
    std::lock_guard lock(mutex_);
    LoadAll();
  }
  watching_ = true;  // first: what is synced is not old
  synced_ = true;
  while (!stop.stop_requested()) {
    for (const std::string& name : Tick()) on_change(name);
    context_.watch.Wait(context_.options.tick);
  }
  watching_ = false;
}

std::optional<kube::Pod> LocalPodRuntime::Find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = attempts_.find(name);
  if (found == attempts_.end()) return std::nullopt;
  return found->second.pod();
}

std::vector<kube::Pod> LocalPodRuntime::All() const {
  std::lock_guard lock(mutex_);
  std::vector<kube::Pod> pods;
  for (const auto& [name, attempt] : attempts_) pods.push_back(attempt.pod());
  return pods;
}

Status LocalPodRuntime::Create(const PodRequest& request) {
  std::string name = jobs::PodNameFor(request.attempt);
  {
    std::lock_guard lock(mutex_);
    if (attempts_.contains(name) || !creating_.insert(name).second)
      return Status(Code::kAlreadyExists, "there is an attempt " + name);
  }
  // Syncs to the disk and forks: not under the lock.
  Result<LocalAttempt> started = LocalAttempt::Start(context_, request);
  std::lock_guard lock(mutex_);
  creating_.erase(name);
  if (!started.ok()) return started.status();
  attempts_.emplace(name, std::move(*started));
  NoteChange(name);
  return Status::Ok();
}

Result<kube::Pod> LocalPodRuntime::Get(const std::string& name) {
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(LocalAttempt * attempt, Load(name));
  if (attempt->Settle()) NoteChange(name);
  return attempt->pod();
}

Status LocalPodRuntime::Delete(const std::string& name,
                               const std::string& uid) {
  std::lock_guard lock(mutex_);
  Result<LocalAttempt*> loaded = Load(name);
  if (loaded.status().code() == Code::kNotFound) return Status::Ok();
  if (!loaded.ok()) return loaded.status();
  LocalAttempt& attempt = **loaded;
  if (!uid.empty() && uid != attempt.pod().uid) return Status::Ok();
  bool ended = attempt.Settle();
  RETURN_IF_ERROR(attempt.BeginDeletion());
  NoteChange(name);
  if (!ended && attempt.Forget()) attempts_.erase(name);
  return Status::Ok();
}

Result<std::string> LocalPodRuntime::LogTail(const std::string& name,
                                             size_t max_bytes) {
  AttemptFolder folder(context_.options.folder, name);
  if (!jobs::ParsePodName(name) || !folder.Exists())
    return Status(Code::kNotFound, "there is no local attempt " + name);
  return folder.LogTail(max_bytes);
}

Result<LocalAttempt*> LocalPodRuntime::Load(const std::string& name) {
  auto found = attempts_.find(name);
  if (found != attempts_.end()) return &found->second;
  if (creating_.contains(name))
    return Status(Code::kUnavailable, name + " is just being created");
  ASSIGN_OR_RETURN(LocalAttempt adopted, LocalAttempt::Adopt(context_, name));
  LocalAttempt& kept =
      attempts_.emplace(name, std::move(adopted)).first->second;
  NoteChange(name);
  context_.log.Info("Attempt adopted",
                    {{"pod", name}, {"running", !kept.over()}});
  return &kept;
}

void LocalPodRuntime::LoadAll() {
  for (const std::string& name : AttemptsIn(context_.options.folder)) {
    if (creating_.contains(name)) continue;
    Status status = Load(name).status();
    if (!status.ok() && status.code() != Code::kNotFound)
      context_.log.Warn("Attempt not adopted",
                        {{"pod", name}, {"error", status}});
  }
}

void LocalPodRuntime::NoteChange(const std::string& name) {
  changed_.insert(name);
  context_.watch.Wake();
}

std::set<std::string> LocalPodRuntime::Tick() {
  std::lock_guard lock(mutex_);
  for (auto it = attempts_.begin(); it != attempts_.end();) {
    LocalAttempt& attempt = it->second;
    bool changed = attempt.Settle();
    attempt.Enforce();
    // An end is shown once, with its outcome, before the attempt goes.
    bool gone = !changed && attempt.Forget();
    if (changed || gone) changed_.insert(it->first);
    it = gone ? attempts_.erase(it) : std::next(it);
  }
  return std::exchange(changed_, {});
}

}  // namespace vexaa::controller
