// PodClient in memory: a small API server for pods, with versions, a history
// to watch, uid preconditions and faults on request. Passes the same
// conformance suite as the real one. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/kube/pod_client.h"

namespace vexaa::kube {

class FakePodClient final : public PodClient {
 public:
  // `clock` must outlive the fake; it stamps creation and deletion.
  explicit FakePodClient(const base::Clock& clock);

  base::Result<Pod> Create(std::string_view manifest,
                           std::stop_token stop) override;
  base::Result<Pod> Get(std::string_view name, std::stop_token stop) override;
  base::Result<PodList> List(std::string_view label_selector,
                             std::stop_token stop) override;
  base::Status Delete(std::string_view name, std::string_view uid,
                      std::optional<std::chrono::seconds> grace,
                      std::stop_token stop) override;
  base::Result<std::string> Logs(std::string_view name, size_t tail_bytes,
                                 std::stop_token stop) override;
  base::Status Watch(const WatchOptions& options, const OnPodEvent& on_event,
                     std::stop_token stop) override;

  // As the node and the scheduler would. False: no such pod.
  bool Update(const std::string& name, const std::function<void(Pod&)>& change);
  // The pod is gone at once; watchers get its last state.
  bool Remove(const std::string& name);
  // The same, but no watcher ever hears of it.
  bool RemoveUnseen(const std::string& name);
  void SetLog(const std::string& name, std::string text);
  void SendBookmark();

  // The next call of that verb ("create", "get", "list", "delete", "logs",
  // "watch") fails so. Of a create that is `applied` only the reply is lost.
  enum class Applied { kNo, kYes };
  void FailNext(const std::string& verb, base::Status status,
                Applied applied = Applied::kNo);
  // Every watch of an older version expires, also those that run.
  void ForgetHistory();
  // Ends the watches that run; OK is a server's regular end.
  void EndWatches(base::Status status);

  // Every manifest that Create was called with, refused ones too.
  std::vector<std::string> manifests() const;
  int CallCount(const std::string& verb) const;
  size_t watch_count() const;
  // What the latest one asked for; it lasts until EndWatches all the same.
  std::chrono::seconds watch_timeout() const;
  // Until so many watches run; false: `stop` came first.
  bool WaitForWatches(size_t count, std::stop_token stop);
  // The same for calls of a verb since the start.
  bool WaitForCalls(const std::string& verb, int count, std::stop_token stop);

 private:
  struct Fault {
    base::Status status;
    Applied applied;
  };
  struct Stored {
    Pod pod;
    std::string log;
  };
  struct Recorded {
    int version;
    PodEvent event;
  };

  // How far a watch has come.
  struct Cursor {
    int version;
    int end_count;
  };

  // All of these are called with mutex_ held.
  base::Status Begin(const std::string& verb, std::stop_token stop);
  std::optional<Fault> TakeFault(const std::string& verb);
  void Record(PodEventType type, Pod& pod);
  std::optional<base::Status> Ended(const Cursor& cursor) const;
  std::vector<PodEvent> TakeEvents(std::string_view selector,
                                   Cursor& cursor) const;
  base::Status CheckUid(const Stored& stored, std::string_view uid) const;

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  int version_ = 1;
  int oldest_version_ = 1;  // a watch from before it has expired
  int next_uid_ = 1;
  std::map<std::string, Stored, std::less<>> pods_;
  std::vector<Recorded> history_;
  std::map<std::string, std::deque<Fault>> faults_;
  std::map<std::string, int> calls_;
  std::vector<std::string> manifests_;
  size_t watch_count_ = 0;
  std::chrono::seconds watch_timeout_{};
  int end_count_ = 0;  // raised by each EndWatches
  base::Status end_status_;
};

}  // namespace vexaa::kube
