// Pods in memory, moved by the test. Thread-safe. The view shows at once what
// the runtime has, unless the test holds it back.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "controller/pod_runtime.h"

namespace vexaa::controller {

class FakePodRuntime final : public PodRuntime {
 public:
  FakePodRuntime(const base::Clock& clock, std::string installation)
      : clock_(clock), installation_(std::move(installation)) {}

  // What the test does to a pod; the name must exist.
  void SetRunning(const std::string& name);
  void SetOver(const std::string& name, kube::PodPhase phase,
               kube::Termination end);
  void Lose(const std::string& name);    // deleted behind our back
  void Put(const kube::Pod& pod);        // any pod at all
  void FailCreate(base::Status status);  // until set to OK
  // A quota of so many pods that are not over; 0: none.
  void SetQuota(int pods);
  void LoseCreateReply(bool lose);     // applied, then kUnavailable
  void FailLogs(base::Status status);  // until set to OK
  void SetLog(const std::string& name, std::string text);
  void SetSynced(bool synced);
  void SetStale(bool stale);

  const PodRequest* LastRequest() const;
  int create_count() const;
  int log_count() const;  // logs that were asked for

  void Run(const OnChange&, std::stop_token) override {}
  bool synced() const override;
  base::Status Health() const override;
  std::optional<kube::Pod> Find(const std::string& name) const override;
  std::vector<kube::Pod> All() const override;
  base::Status Create(const PodRequest& request) override;
  base::Result<kube::Pod> Get(const std::string& name) override;
  base::Status Delete(const std::string& name, const std::string& uid) override;
  base::Result<std::string> LogTail(const std::string& name,
                                    size_t max_bytes) override;

 private:
  const base::Clock& clock_;
  const std::string installation_;
  mutable std::mutex mutex_;
  // All below guarded by mutex_.
  std::map<std::string, kube::Pod> pods_;
  std::vector<PodRequest> requests_;
  base::Status create_failure_;
  base::Status log_failure_;
  std::map<std::string, std::string> texts_;  // of logs
  int logs_ = 0;
  int quota_ = 0;
  bool lose_reply_ = false;
  bool synced_ = true;
  bool stale_ = false;
  int uids_ = 0;
};

}  // namespace vexaa::controller
