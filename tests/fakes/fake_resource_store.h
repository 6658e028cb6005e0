// ResourceStore in memory. Passes the same conformance suite as the real one.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/store/resource_store.h"

namespace vexaa::store {

class FakeResourceStore final : public ResourceStore {
 public:
  struct Row {
    ResourceJob job;
    ResourceRow row;
    bool cancel_wanted = false;
    bool ended_long_ago = false;  // outside every window
  };

  base::Result<jobs::JobId> Submit(const ResourceJob& job) override;
  base::Result<std::vector<ResourceRow>> Read(
      const std::vector<std::string>& uids) override;
  base::Status Cancel(const std::string& uid) override;
  base::Status SetPriority(const std::string& uid, int priority) override;
  base::Result<std::vector<std::string>> ActiveUids(
      const std::string& cr_namespace, std::chrono::seconds window) override;
  base::Result<std::vector<ResourceName>> Wanted(
      const std::string& cr_namespace) override;

  // The row of that uid, made when missing. No other thread may use the store.
  Row& Of(const std::string& uid) { return rows_[uid]; }
  bool Has(const std::string& uid) const { return rows_.contains(uid); }
  void Purge(const std::string& uid) { rows_.erase(uid); }
  // The next call answers so and does nothing.
  void FailNext(base::Status status) { failure_ = std::move(status); }
  int submits() const { return submits_; }
  int rows_asked() const { return rows_asked_; }  // of Read

 private:
  base::Status TakeFailure();

  std::mutex mutex_;
  std::map<std::string, Row> rows_;  // by uid
  base::Status failure_;
  uint64_t last_id_ = 0;
  int submits_ = 0;
  int rows_asked_ = 0;
};

}  // namespace vexaa::store
