// The rows that stand for custom resources (AudioJob): made once for each uid,
// read, cancelled. A seam over the database; implementations are thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/store/sql_pool.h"

namespace vexaa::store {

// A row to be made; columns of the same names.
struct ResourceJob {
  std::string cr_namespace;
  std::string cr_name;
  std::string cr_uid;
  std::string source_uri;
  std::string output_uri;  // empty: the default
  std::string profile;
  std::string options;  // JSON object, or empty
  std::string queue_name;
  std::string batch;  // empty: none
  int priority = 0;
  std::optional<base::Time> run_at;
  int max_attempts = 0;
  int timeout_seconds = 0;
  std::string idempotency_key;  // empty: none
  std::string labels;           // JSON object, or empty
  bool operator==(const ResourceJob&) const = default;
};

// What a resource shows of its row.
struct ResourceRow {
  std::string cr_uid;
  jobs::JobId id;
  jobs::JobState state = jobs::JobState::kQueued;
  jobs::Reason reason = jobs::Reason::kQueued;
  std::string message;
  int attempt = 0;
  int percent = 0;
  std::string pod_name;
  std::string output_uri;
  std::optional<base::Time> started_at;
  std::optional<base::Time> finished_at;
};

struct ResourceName {
  std::string cr_uid;
  std::string cr_name;
};

class ResourceStore {
 public:
  virtual ~ResourceStore() = default;

  // The row of that uid, made if there is none. InvalidJob (detail): the table
  // refuses it, with the rule that it breaks.
  virtual base::Result<jobs::JobId> Submit(const ResourceJob& job) = 0;
  // Rows that exist, in any order; at most 200 uids.
  virtual base::Result<std::vector<ResourceRow>> Read(
      const std::vector<std::string>& uids) = 0;
  // Asks for the end of a job that has not ended. OK also without such a row.
  virtual base::Status Cancel(const std::string& uid) = 0;
  // Of a job that waits; later it has no meaning.
  virtual base::Status SetPriority(const std::string& uid, int priority) = 0;
  // The uids of all resources in the namespace whose jobs are worked on or
  // ended within the last `window`.
  virtual base::Result<std::vector<std::string>> ActiveUids(
      const std::string& cr_namespace, std::chrono::seconds window) = 0;
  // All resources in the namespace whose jobs have not ended and are not to be
  // cancelled.
  virtual base::Result<std::vector<ResourceName>> Wanted(
      const std::string& cr_namespace) = 0;
};

class MysqlResourceStore final : public ResourceStore {
 public:
  // `pool` must outlive the store.
  explicit MysqlResourceStore(SqlPool& pool) : pool_(pool) {}

  base::Result<jobs::JobId> Submit(const ResourceJob& job) override;
  base::Result<std::vector<ResourceRow>> Read(
      const std::vector<std::string>& uids) override;
  base::Status Cancel(const std::string& uid) override;
  base::Status SetPriority(const std::string& uid, int priority) override;
  base::Result<std::vector<std::string>> ActiveUids(
      const std::string& cr_namespace, std::chrono::seconds window) override;
  base::Result<std::vector<ResourceName>> Wanted(
      const std::string& cr_namespace) override;

 private:
  SqlPool& pool_;
};

}  // namespace vexaa::store
