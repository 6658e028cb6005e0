// One job store under test, with what users, operators and time do to it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "lib/store/job_store.h"

namespace vexaa::store {

struct NewJob {
  std::string source_uri = "s3://videos/talk.mp4";
  std::string output_uri = {};
  std::string queue = "default";
  int priority = 0;
  std::optional<std::chrono::seconds> run_in = {};
};

struct AttemptFacts {
  std::string pod_name;
  bool finished = false;
  std::string reason;
  std::optional<int> exit_code;
  std::string log_tail;
};

class StoreBench {
 public:
  virtual ~StoreBench() = default;
  virtual JobStore& store() = 0;
  virtual jobs::JobId Submit(const NewJob& job) = 0;
  virtual void WantCancel(jobs::JobId id) = 0;
  virtual bool Retry(jobs::JobId id) = 0;
  virtual void AddQueue(const std::string& name, int max_running) = 0;
  virtual void RemoveQueue(const std::string& name) = 0;
  virtual void SetQueueState(const std::string& name, QueueState state) = 0;
  // Every time that is stored becomes that much older.
  virtual void PassTime(std::chrono::seconds time) = 0;
  virtual AttemptFacts Attempt(const jobs::AttemptId& attempt) = 0;
  virtual double ProgressPercent(jobs::JobId id) = 0;
};

enum class Backend { kFake, kMariaDb, kMySql };

// Nothing when the backend's server is not there.
std::unique_ptr<StoreBench> MakeStoreBench(Backend backend);

}  // namespace vexaa::store
