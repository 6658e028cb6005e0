// One attempt as a local process: its folder, the process while it lives, and
// the pod that both make up. Not thread-safe: LocalPodRuntime's lock covers it.
#pragma once

#include <optional>
#include <string>

#include "controller/local/attempt_folder.h"
#include "controller/local/process_watch.h"
#include "controller/local/runner_environment.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/unique_fd.h"
#include "lib/kube/pod.h"

namespace vexaa::controller {

// What all attempts share; outlives them.
struct LocalContext {
  const LocalOptions options;
  base::Clock& clock;
  base::Logger& log;
  ProcessWatch watch;
  const std::string boot_id;
};

class LocalAttempt {
 public:
  // Makes folder and process. kAlreadyExists: the name is taken. An error
  // leaves nothing behind; a crash in between leaves a folder that Adopt()
  // sees never to have started.
  static base::Result<LocalAttempt> Start(LocalContext& context,
                                          const PodRequest& request);
  // Reads the folder that another controller left. kNotFound: there is none,
  // or its attempt never started and was removed.
  static base::Result<LocalAttempt> Adopt(LocalContext& context,
                                          const std::string& name);

  const kube::Pod& pod() const { return pod_; }
  bool over() const;

  // Looks whether the process has ended; true when the pod has changed.
  bool Settle();
  // Keeps deadlines, the grace of a deletion and the log's size.
  void Enforce();
  // Asks for its end, once; it is over at the latest after the grace.
  base::Status BeginDeletion();
  // True when nothing is left of it: deleted and over, or removed by hand.
  bool Forget();

 private:
  LocalAttempt(LocalContext& context, AttemptFolder folder,
               AttemptRecord record);

  static base::Result<base::UniqueFd> Spawn(LocalContext& context,
                                            const AttemptFolder& folder,
                                            const PodRequest& request);
  void Follow(base::UniqueFd pidfd);
  void TakeExit();
  bool Refresh();
  void Terminate(base::Duration grace);
  void Warn(const char* message, const base::Status& status) const;

  LocalContext* context_;
  AttemptFolder folder_;
  AttemptRecord record_;
  kube::Pod pod_;
  base::UniqueFd pidfd_;  // while its process is known to live
  // On the clock's Elapsed().
  std::optional<base::Duration> kill_at_;
  std::optional<base::Duration> overdue_at_;
};

}  // namespace vexaa::controller
