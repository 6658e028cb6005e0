// Keeps a view equal to the server's objects: LIST, then WATCH from there, and
// again for ever. A list now and then finds what a watch has missed. Everything
// but Run is thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <stop_token>
#include <string>

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/kube/list_watch.h"
#include "lib/kube/watch_policy.h"

namespace vexaa::kube {

struct ReflectorOptions {
  base::BackoffPolicy backoff{std::chrono::milliseconds(800),
                              std::chrono::seconds(30)};
  // A watch without event or bookmark for that long is opened anew.
  base::Duration silence = std::chrono::seconds(150);
  // A view that old is compared with a new list, a tenth sooner or later.
  base::Duration relist_every = std::chrono::minutes(10);
};

class Reflector {
 public:
  // All references must outlive the reflector.
  Reflector(ListWatch& objects, base::Clock& clock, base::Logger& log,
            ReflectorOptions options = {});

  // Blocks until `stop`; one thread only.
  void Run(std::stop_token stop);

  // Why the view must not be trusted now: never filled, no word from the
  // server for longer than `silence` (kUnavailable, with the last error), or
  // its word that it may not be read (kPermissionDenied).
  base::Status Health() const;
  bool synced() const { return synced_; }

 private:
  base::Status List(std::stop_token stop);
  NextStep Watch(int failures, std::stop_token stop);
  WatchReport WatchOnce(std::stop_token stop);
  void Heard();
  void Failed(std::string_view what, const base::Status& status);

  ListWatch& objects_;
  base::Clock& clock_;
  base::Logger& log_;
  const ReflectorOptions options_;
  std::string resource_version_;  // of Run's thread
  WatchHistory history_;          // of Run's thread
  base::Duration relist_at_{};    // of Run's thread
  std::atomic<bool> synced_ = false;
  mutable std::mutex mutex_;
  base::Duration heard_at_{};  // GUARDED_BY(mutex_)
  base::Status last_error_;    // GUARDED_BY(mutex_)
};

}  // namespace vexaa::kube
