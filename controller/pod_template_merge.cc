#include "controller/pod_template.h"

namespace vexaa::controller {
namespace {

using config::YamlValue;
using Kind = YamlValue::Kind;

void Add(std::map<std::string, std::string>& all,
         const std::map<std::string, std::string>& own) {
  for (const auto& [name, value] : own) all[name] = value;
}

void Append(YamlValue& all, const YamlValue& own) {
  if (own.kind != Kind::kList) return;
  all.kind = Kind::kList;
  all.items.insert(all.items.end(), own.items.begin(), own.items.end());
}

}  // namespace

PodTemplate DefaultPod() {
  PodTemplate pod;
  pod.cpu_request = "500m";
  pod.memory_limit = uint64_t{256} << 20;
  pod.max_memory = uint64_t{2} << 30;
  return pod;
}

PodTemplate Merge(const PodTemplate& general, const PodTemplate& own) {
  PodTemplate pod = general;
  if (!own.cpu_request.empty()) pod.cpu_request = own.cpu_request;
  if (own.memory_limit > 0) pod.memory_limit = own.memory_limit;
  if (own.max_memory > 0) pod.max_memory = own.max_memory;
  Add(pod.labels, own.labels);
  Add(pod.annotations, own.annotations);
  Add(pod.node_selector, own.node_selector);
  if (!own.runtime_class.empty()) pod.runtime_class = own.runtime_class;
  if (!own.priority_class.empty()) pod.priority_class = own.priority_class;
  if (!own.image_pull_secrets.empty())
    pod.image_pull_secrets = own.image_pull_secrets;
  if (own.affinity.kind == Kind::kMap) pod.affinity = own.affinity;
  Append(pod.tolerations, own.tolerations);
  Append(pod.volumes, own.volumes);
  Append(pod.volume_mounts, own.volume_mounts);
  return pod;
}

}  // namespace vexaa::controller
