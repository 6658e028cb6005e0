// What the configuration adds to the runner's pod, for all queues or for one.
// Trees are parts of a pod as Kubernetes writes them, checked when they were
// read. Values; no thread rule.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/config/yaml_reader.h"
#include "lib/config/yaml_tree.h"

namespace vexaa::controller {

struct PodTemplate {
  std::string cpu_request;    // empty: not set
  uint64_t memory_limit = 0;  // bytes; 0: not set
  uint64_t max_memory = 0;    // bytes; 0: not set
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::map<std::string, std::string> node_selector;
  std::string runtime_class;
  std::string priority_class;
  std::vector<std::string> image_pull_secrets;
  config::YamlValue tolerations;    // list
  config::YamlValue affinity;       // map
  config::YamlValue volumes;        // list
  config::YamlValue volume_mounts;  // list
};

// What a runner asks for unless it is told otherwise.
PodTemplate DefaultPod();

// `general` with what `own` sets: names are added and replaced, tolerations and
// volumes added, everything else replaced. PURE.
PodTemplate Merge(const PodTemplate& general, const PodTemplate& own);

// Reads `<prefix>cpuRequest` and its siblings, and refuses with their lines
// what the API server would refuse or Pod Security `restricted` forbids.
// `prefix` is "kubernetes." or "kubernetes.queues.NAME."; `general` is what a
// queue's own comes to, else empty.
void BindPodTemplate(config::YamlReader& reader, const std::string& prefix,
                     const PodTemplate& general, PodTemplate& pod);

// Reads the section kubernetes.queues: a template for each of these queues.
void BindQueuePods(config::YamlReader& reader,
                   const std::vector<std::string>& queues,
                   const PodTemplate& general,
                   std::map<std::string, PodTemplate>& pods);

}  // namespace vexaa::controller
