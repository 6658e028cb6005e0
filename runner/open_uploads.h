// The uploads a run has opened and neither aborted nor handed over: what its
// outcome must name when it ends early. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/jobs/run_outcome.h"

namespace vexaa::runner {

class OpenUploads {
 public:
  void Opened(int index, std::string upload_id) {
    std::lock_guard lock(mutex_);
    uploads_[index] = std::move(upload_id);
  }
  void Closed(int index) {
    std::lock_guard lock(mutex_);
    uploads_.erase(index);
  }
  std::vector<jobs::OutputResult> List() const {
    std::lock_guard lock(mutex_);
    std::vector<jobs::OutputResult> list;
    for (const auto& [index, upload_id] : uploads_) {
      jobs::OutputResult result;
      result.index = index;
      result.upload_id = upload_id;
      list.push_back(std::move(result));
    }
    return list;
  }

 private:
  mutable std::mutex mutex_;
  std::map<int, std::string> uploads_;  // by output; guarded by mutex_
};

}  // namespace vexaa::runner
