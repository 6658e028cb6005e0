// Runs pods as processes of this machine, for use without a cluster. Each
// attempt has a folder (attempt_folder.h) that says all about it, so that the
// processes outlive the controller and its successor adopts them by reading.
// Thread-safe. Ending a process takes a grace period, for which Run() must be
// at work. Destroying it leaves the processes alone.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/local/local_attempt.h"
#include "controller/local/runner_environment.h"
#include "controller/pod_runtime.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/unique_fd.h"

namespace vexaa::controller {

class LocalPodRuntime final : public PodRuntime {
 public:
  // Makes the folder when it is missing. kFailedPrecondition: another
  // controller uses it. `clock` and `log` must outlive the runtime.
  static base::Result<std::unique_ptr<LocalPodRuntime>> Open(
      LocalOptions options, base::Clock& clock, base::Logger& log);

  void Run(const OnChange& on_change, std::stop_token stop) override;
  bool synced() const override { return synced_; }
  base::Status Health() const override;
  std::optional<kube::Pod> Find(const std::string& name) const override;
  std::vector<kube::Pod> All() const override;
  base::Status Create(const PodRequest& request) override;
  base::Result<kube::Pod> Get(const std::string& name) override;
  base::Status Delete(const std::string& name, const std::string& uid) override;
  base::Result<std::string> LogTail(const std::string& name,
                                    size_t max_bytes) override;

 private:
  LocalPodRuntime(LocalContext context, base::UniqueFd folder_lock)
      : context_(std::move(context)), folder_lock_(std::move(folder_lock)) {}

  // All below need mutex_.
  base::Result<LocalAttempt*> Load(const std::string& name);
  void LoadAll();
  void NoteChange(const std::string& name);
  // Brings every attempt up to date; the names of those that changed.
  std::set<std::string> Tick();

  LocalContext context_;
  const base::UniqueFd folder_lock_;
  std::atomic<bool> synced_ = false;
  std::atomic<bool> watching_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, LocalAttempt> attempts_;  // guarded by mutex_
  std::set<std::string> creating_;                // guarded by mutex_
  std::set<std::string> changed_;  // guarded by mutex_; Run() tells them
};

}  // namespace vexaa::controller
