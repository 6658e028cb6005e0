#include "controller/pod_template.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "controller/pod_builder.h"

namespace vexaa::controller {
namespace {

using config::YamlMember;
using config::YamlReader;
using config::YamlValue;
using Kind = YamlValue::Kind;
using Words = std::vector<std::string_view>;

// A runner uses up to 128 MiB, and less than a quarter of it starts none.
constexpr uint64_t kLeastMemory = uint64_t{32} << 20;
constexpr uint64_t kMostMemory = uint64_t{1} << 40;

bool IsOneOf(std::string_view word, const Words& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string Joined(const Words& words) {
  std::string text;
  for (std::string_view word : words)
    text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Kubernetes' grammar of the last step of a name, and of a label's value.
bool IsName(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!IsAlnum(text.front()) || !IsAlnum(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || c == '-' || c == '_' || c == '.';
  });
}

bool IsQualifiedName(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return IsName(text);
  std::string_view prefix = text.substr(0, slash);
  bool domain = !prefix.empty() && prefix.size() <= 253 &&
                std::all_of(prefix.begin(), prefix.end(), [](char c) {
                  return IsAlnum(c) || c == '-' || c == '.';
                });
  return domain && IsName(text.substr(slash + 1));
}

// "250m", "1", "0.5"
bool IsCpu(std::string_view text) {
  if (text.ends_with('m')) text.remove_suffix(1);
  bool digit = false;
  int dots = 0;
  for (char c : text) {
    if (c == '.') {
      ++dots;
    } else if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      return false;
    } else {
      digit = true;
    }
  }
  return digit && dots <= 1;
}

// Checks of one section; its errors name the lines they are about.
class Checker {
 public:
  Checker(YamlReader& reader, std::string key)
      : reader_(reader), key_(std::move(key)) {}

  void Wrong(int line, const std::string& what) {
    reader_.AddErrorAt(line, key_, what);
  }
  // False when there is nothing to look into.
  bool IsMap(const YamlValue& value, const Words& keys) {
    if (value.kind != Kind::kMap) {
      Wrong(value.line, "must be a map with the keys " + Joined(keys));
      return false;
    }
    for (const YamlMember& member : value.members)
      if (!IsOneOf(member.name, keys))
        Wrong(member.line, "'" + member.name + "' is none of " + Joined(keys));
    return true;
  }
  std::string Text(const YamlValue& map, std::string_view name) {
    const YamlValue* value = map.Find(name);
    if (value == nullptr) return "";
    if (value->kind != Kind::kScalar)
      Wrong(value->line, std::string(name) + " must be one value");
    return value->text;
  }
  void Choice(const YamlValue& map, std::string_view name, const Words& words) {
    std::string text = Text(map, name);
    if (!text.empty() && !IsOneOf(text, words))
      Wrong(map.Find(name)->line,
            std::string(name) + " must be one of " + Joined(words));
  }

 private:
  YamlReader& reader_;
  const std::string key_;
};

void CheckToleration(Checker& checker, const YamlValue& item) {
  if (!checker.IsMap(
          item, {"key", "operator", "value", "effect", "tolerationSeconds"}))
    return;
  checker.Choice(item, "operator", {"Exists", "Equal"});
  checker.Choice(item, "effect",
                 {"NoSchedule", "PreferNoSchedule", "NoExecute"});
  std::string key = checker.Text(item, "key");
  if (!key.empty() && !IsQualifiedName(key))
    checker.Wrong(item.line, "'" + key + "' is no name of a taint");
  bool exists = checker.Text(item, "operator") == "Exists";
  if (key.empty() && !exists)
    checker.Wrong(item.line, "a toleration without key needs operator: Exists");
  if (exists && item.Find("value") != nullptr)
    checker.Wrong(item.line, "operator: Exists takes no value");
  std::string seconds = checker.Text(item, "tolerationSeconds");
  if (!std::all_of(seconds.begin(), seconds.end(), [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0;
      }))
    checker.Wrong(item.line, "tolerationSeconds must be a whole number");
}

void CheckAffinity(Checker& checker, const YamlValue& affinity) {
  if (affinity.kind == Kind::kNull) return;
  if (!checker.IsMap(affinity,
                     {"nodeAffinity", "podAffinity", "podAntiAffinity"}))
    return;
  for (const YamlMember& member : affinity.members)
    checker.IsMap(member.value,
                  {"requiredDuringSchedulingIgnoredDuringExecution",
                   "preferredDuringSchedulingIgnoredDuringExecution"});
}

// The kinds that Pod Security `restricted` allows.
const Words kVolumeKinds = {"configMap", "csi",       "downwardAPI",
                            "emptyDir",  "ephemeral", "persistentVolumeClaim",
                            "projected", "secret"};

// Volumes that the controller makes for the stores.
bool IsOwnVolume(std::string_view name) {
  return name.starts_with("store-") || name.starts_with("ca-");
}

void CheckVolume(Checker& checker, const YamlValue& item) {
  Words keys = kVolumeKinds;
  keys.push_back("name");
  if (!checker.IsMap(item, keys)) return;
  std::string name = checker.Text(item, "name");
  if (!IsName(name) || IsOwnVolume(name))
    checker.Wrong(
        item.line,
        "a volume needs a name that begins neither with store- nor with ca-");
  if (item.members.size() != 2)
    checker.Wrong(item.line,
                  "a volume is a name and one of " + Joined(kVolumeKinds));
}

void CheckMount(Checker& checker, const YamlValue& item,
                const YamlValue& volumes) {
  if (!checker.IsMap(item, {"name", "mountPath", "readOnly", "subPath"}))
    return;
  std::string name = checker.Text(item, "name");
  bool known = std::any_of(volumes.items.begin(), volumes.items.end(),
                           [&](const YamlValue& volume) {
                             const YamlValue* of = volume.Find("name");
                             return of != nullptr && of->text == name;
                           });
  if (!known) checker.Wrong(item.line, "'" + name + "' is none of the volumes");
  std::string path = checker.Text(item, "mountPath");
  if (!path.starts_with('/') || path == "/" || path.starts_with(kOwnFolder) ||
      std::string_view(kOwnFolder).starts_with(path + "/"))
    checker.Wrong(item.line, "mountPath must be an absolute path apart from " +
                                 std::string(kOwnFolder));
}

// The API server takes no pod with two of the same; a queue's come to the
// general ones.
void CheckDistinct(Checker& checker, const YamlValue& items,
                   std::string_view key, const YamlValue& general) {
  std::set<std::string> taken;
  for (const YamlValue& item : general.items)
    if (const YamlValue* of = item.Find(key)) taken.insert(of->text);
  for (const YamlValue& item : items.items)
    if (const YamlValue* of = item.Find(key);
        of != nullptr && !taken.insert(of->text).second)
      checker.Wrong(item.line,
                    std::string(key) + " '" + of->text + "' is there twice");
}

bool IsReserved(std::string_view name) {
  return name.starts_with("vexaa.io/") ||
         name.starts_with("app.kubernetes.io/");
}

void CheckNames(YamlReader& reader, const std::string& key,
                const std::map<std::string, std::string>& map,
                bool with_values) {
  for (const auto& [name, value] : map) {
    if (!IsQualifiedName(name))
      reader.AddError(key, "'" + name + "' is no name of that kind");
    if (IsReserved(name))
      reader.AddError(key, "'" + name + "' is set by the controller");
    if (with_values && !value.empty() && !IsName(value))
      reader.AddError(key, "'" + value + "' is no value of a label");
  }
}

void BindNames(YamlReader& reader, const std::string& prefix,
               PodTemplate& pod) {
  reader.Field(prefix + "labels", &pod.labels,
               "labels that runner pods get besides the controller's own");
  CheckNames(reader, prefix + "labels", pod.labels, true);
  reader.Field(prefix + "annotations", &pod.annotations,
               "annotations that runner pods get");
  CheckNames(reader, prefix + "annotations", pod.annotations, false);
  reader.Field(prefix + "nodeSelector", &pod.node_selector,
               "labels of the nodes that runners may use");
  for (const auto& [name, value] : pod.node_selector)
    if (!IsQualifiedName(name) || (!value.empty() && !IsName(value)))
      reader.AddError(prefix + "nodeSelector",
                      "'" + name + ": " + value + "' is no label of a node");
  reader.Field(prefix + "runtimeClass", &pod.runtime_class, {},
               "RuntimeClass of runner pods: gVisor, Kata; empty: the node's "
               "own");
  reader.Field(prefix + "priorityClass", &pod.priority_class, {},
               "PriorityClass of runner pods");
  reader.Field(prefix + "imagePullSecrets", &pod.image_pull_secrets,
               "Secrets that the runner's image is pulled with");
}

void BindTrees(YamlReader& reader, const std::string& prefix,
               const PodTemplate& general, PodTemplate& pod) {
  auto tree = [&](const std::string& name, YamlValue* value, Kind kind,
                  const char* help) {
    reader.Tree(prefix + name, value, kind, help);
    return Checker(reader, prefix + name);
  };
  Checker checker = tree("tolerations", &pod.tolerations, Kind::kList,
                         "taints of nodes that runners bear, as in a pod");
  for (const YamlValue& item : pod.tolerations.items)
    CheckToleration(checker, item);
  Checker affinity = tree("affinity", &pod.affinity, Kind::kMap,
                          "which nodes runners prefer or need, as in a pod");
  CheckAffinity(affinity, pod.affinity);
  Checker volumes = tree("volumes", &pod.volumes, Kind::kList,
                         "volumes of runner pods, as in a pod; of the kinds "
                         "that Pod Security restricted allows");
  for (const YamlValue& item : pod.volumes.items) CheckVolume(volumes, item);
  CheckDistinct(volumes, pod.volumes, "name", general.volumes);
  Checker mounts = tree("volumeMounts", &pod.volume_mounts, Kind::kList,
                        "where the runner finds those volumes, as in a pod");
  for (const YamlValue& item : pod.volume_mounts.items)
    CheckMount(mounts, item, pod.volumes);
  CheckDistinct(mounts, pod.volume_mounts, "mountPath", general.volume_mounts);
}

}  // namespace

void BindPodTemplate(YamlReader& reader, const std::string& prefix,
                     const PodTemplate& general, PodTemplate& pod) {
  reader.Field(prefix + "cpuRequest", &pod.cpu_request, {},
               "CPU request of a runner");
  if (!pod.cpu_request.empty() && !IsCpu(pod.cpu_request))
    reader.AddError(prefix + "cpuRequest",
                    "must be a number of cores such as 500m or 1.5, not '" +
                        pod.cpu_request + "'");
  reader.Bytes(prefix + "memoryLimit", &pod.memory_limit,
               {.min = kLeastMemory, .max = kMostMemory},
               "memory request and limit of a runner");
  reader.Bytes(prefix + "maxMemory", &pod.max_memory,
               {.min = kLeastMemory, .max = kMostMemory},
               "the most it grows to: each attempt that ran out of memory is "
               "followed by one with half as much again");
  BindNames(reader, prefix, pod);
  BindTrees(reader, prefix, general, pod);
}

void BindQueuePods(YamlReader& reader, const std::vector<std::string>& queues,
                   const PodTemplate& general,
                   std::map<std::string, PodTemplate>& pods) {
  constexpr char kKey[] = "kubernetes.queues";
  YamlValue section;
  reader.Tree(kKey, &section, Kind::kMap,
              "for a queue of that name, any key from cpuRequest to "
              "volumeMounts: it adds to the general one or replaces it");
  for (const YamlMember& member : section.members) {
    bool served =
        std::find(queues.begin(), queues.end(), member.name) != queues.end();
    if (!served)
      reader.AddErrorAt(member.line, kKey,
                        "'" + member.name +
                            "' is none of the queues that "
                            "this controller serves");
    reader.Within(member, std::string(kKey) + "." + member.name,
                  [&](YamlReader& inner) {
                    BindPodTemplate(inner, "", general, pods[member.name]);
                  });
  }
}

}  // namespace vexaa::controller
