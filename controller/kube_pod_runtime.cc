#include "controller/kube_pod_runtime.h"

#include <utility>

namespace vexaa::controller {
namespace {

std::string SelectorFor(const PodIdentity& identity) {
  return std::string(kInstallationLabel) + "=" + identity.installation;
}

}  // namespace

KubePodRuntime::KubePodRuntime(kube::PodClient& client, base::Clock& clock,
                               base::Logger& log, PodSettings settings,
                               PodIdentity identity)
    : client_(client),
      settings_(std::move(settings)),
      identity_(std::move(identity)),
      cache_(clock, [this](const kube::CachedPod& pod) { Tell(pod); }),
      list_watch_(client, cache_, SelectorFor(identity_)),
      reflector_(list_watch_, clock, log) {}

void KubePodRuntime::Run(const OnChange& on_change, std::stop_token stop) {
  {
    std::lock_guard lock(mutex_);
    on_change_ = on_change;
  }
  std::stop_callback ends(stop, [this] { stop_.request_stop(); });
  reflector_.Run(stop);
}

void KubePodRuntime::Tell(const kube::CachedPod& pod) {
  OnChange on_change;
  {
    std::lock_guard lock(mutex_);
    on_change = on_change_;
  }
  if (on_change) on_change(pod.pod->name);
}

std::optional<kube::Pod> KubePodRuntime::Find(const std::string& name) const {
  std::optional<kube::CachedPod> cached = cache_.Find(name);
  if (!cached) return std::nullopt;
  kube::Pod pod = *cached->pod;
  pod.gone = cached->gone;
  return pod;
}

std::vector<kube::Pod> KubePodRuntime::All() const {
  std::vector<kube::Pod> pods;
  for (const auto& pod : cache_.Live()) pods.push_back(*pod);
  return pods;
}

base::Status KubePodRuntime::Create(const PodRequest& request) {
  return client_
      .Create(BuildPod(request, settings_, identity_), stop_.get_token())
      .status();
}

base::Result<kube::Pod> KubePodRuntime::Get(const std::string& name) {
  return client_.Get(name, stop_.get_token());
}

base::Status KubePodRuntime::Delete(const std::string& name,
                                    const std::string& uid) {
  base::Status deleted =
      client_.Delete(name, uid, std::nullopt, stop_.get_token());
  bool gone = deleted.code() == base::Code::kNotFound ||
              deleted.code() == base::Code::kAborted;
  return gone ? base::Status::Ok() : deleted;
}

base::Result<std::string> KubePodRuntime::LogTail(const std::string& name,
                                                  size_t max_bytes) {
  return client_.Logs(name, max_bytes, stop_.get_token());
}

}  // namespace vexaa::controller
