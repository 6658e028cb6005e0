// Where runners run, behind one face: pods of a cluster or processes of this
// machine, both seen as kube::Pod. A level-triggered view (Find, All) is kept
// by Run(); creating and deleting go straight to the runtime. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/kube/audio_job.h"
#include "lib/kube/object_client.h"
#include "lib/kube/pod.h"

namespace vexaa::controller {

// Labels that say whose a pod is. An installation is one database.
inline constexpr char kInstallationLabel[] = "vexaa.io/installation";
inline constexpr char kClaimLabel[] = "vexaa.io/claim";
inline constexpr char kJobIdLabel[] = "vexaa.io/job-id";
inline constexpr char kAttemptLabel[] = "vexaa.io/attempt";
inline constexpr char kQueueLabel[] = "vexaa.io/queue";

struct PodRequest {
  jobs::AttemptId attempt;  // names the pod: jobs::PodNameFor
  std::string queue;
  std::string claim_nonce;
  std::string run_spec;  // JSON of jobs::RunSpec
  int timeout_seconds = 0;
  // The AudioJob the pod belongs to, and where it lies; none of a row that SQL
  // made.
  std::optional<kube::ObjectRef> audio_job;
  std::string audio_job_namespace;
  int out_of_memory = 0;  // earlier attempts that needed more memory
};

class PodRuntime {
 public:
  // Called with every pod that appeared, changed or went, without any lock.
  using OnChange = std::function<void(const std::string& pod_name)>;

  virtual ~PodRuntime() = default;

  // Keeps the view fresh until stopped.
  virtual void Run(const OnChange& on_change, std::stop_token stop) = 0;
  // False until the view is complete for the first time: before that a pod
  // that is not in it may exist all the same.
  virtual bool synced() const = 0;
  // Why the view may be old, as a sentence for /readyz; OK: it is fresh.
  virtual base::Status Health() const = 0;
  virtual std::optional<kube::Pod> Find(const std::string& name) const = 0;
  virtual std::vector<kube::Pod> All() const = 0;

  // kAlreadyExists: a pod of that name is there (Get tells whose).
  // kResourceExhausted: no room by quota; kUnavailable: not now, or unknown
  // (create again: kAlreadyExists tells);
  // kInvalidArgument, kPermissionDenied: refused, our deployment is at fault.
  virtual base::Status Create(const PodRequest& request) = 0;
  // Asks the runtime itself, not the view. kNotFound: there is no such pod.
  virtual base::Result<kube::Pod> Get(const std::string& name) = 0;
  // Ends it (SIGTERM, then SIGKILL after its grace) and forgets it once it is
  // over. OK when it is gone already or a pod of another uid has the name.
  virtual base::Status Delete(const std::string& name,
                              const std::string& uid) = 0;
  // The end of its log, at most `max_bytes`.
  virtual base::Result<std::string> LogTail(const std::string& name,
                                            size_t max_bytes) = 0;
};

}  // namespace vexaa::controller
