#include "controller/deployment_health.h"

#include <optional>

namespace vexaa::controller {
namespace {

using jobs::Reason;

// Faults that a running container disproves.
bool IsBeforeTheStart(Reason reason) {
  return reason == Reason::kImagePullFailed || reason == Reason::kPodRejected;
}

}  // namespace

void DeploymentHealth::Update(const std::vector<store::Queue>& queues) {
  std::lock_guard lock(mutex_);
  for (const store::Queue& queue : queues) {
    auto known = troubles_.find(queue.name);
    bool was_stopped = known != troubles_.end() && known->second.stopped;
    bool stopped = queue.trouble && queue.trouble->stopped;
    if (stopped && !was_stopped)
      log_.Error("Queue stopped: this installation fails its jobs",
                 {{"queue", queue.name},
                  {"reason", jobs::ReasonName(queue.trouble->reason)},
                  {"message", queue.trouble->message},
                  {"failures", queue.trouble->failures}});
    if (was_stopped && !stopped)
      log_.Info("Queue goes on: this installation works again",
                {{"queue", queue.name}});
    metrics_.SetQueueStopped(queue.name, stopped);
    if (queue.trouble) {
      troubles_[queue.name] = *queue.trouble;
    } else if (known != troubles_.end()) {
      troubles_.erase(known);
    }
  }
}

void DeploymentHealth::Failed(const std::string& queue, Reason reason,
                              const std::string& message) {
  if (jobs::ClassOf(reason) != jobs::ReasonClass::kDeployment) return;
  base::Status noted = store_.NoteTrouble(queue, reason, message);
  if (!noted.ok())
    log_.Warn("Could not note a fault of the installation",
              {{"queue", queue}, {"err", noted}});
  std::lock_guard lock(mutex_);
  store::QueueTrouble& trouble = troubles_[queue];
  trouble.reason = reason;
  trouble.message = message;
}

void DeploymentHealth::Started(const std::string& queue) {
  {
    std::lock_guard lock(mutex_);
    auto known = troubles_.find(queue);
    if (known == troubles_.end() || !IsBeforeTheStart(known->second.reason))
      return;
  }
  Forget(queue);
}

void DeploymentHealth::Worked(const std::string& queue) {
  {
    std::lock_guard lock(mutex_);
    if (!troubles_.contains(queue)) return;
  }
  Forget(queue);
}

// The next Update takes it out of memory: until then, and when this fails, the
// next runner that works tries again.
void DeploymentHealth::Forget(const std::string& queue) {
  base::Status forgotten = store_.ForgetTrouble(queue);
  if (!forgotten.ok())
    log_.Warn("Could not note that the installation works",
              {{"queue", queue}, {"err", forgotten}});
}

}  // namespace vexaa::controller
