#include "lib/kube/pod_json.h"

#include <utility>

#include "lib/kube/api_error.h"
#include "lib/kube/json_value.h"
#include "lib/kube/proto_json.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Result;
using base::Status;

// The kubelet caps a pod's termination messages at 12 KiB.
constexpr size_t kMaxTerminationMessage = 12 * 1024;

PodPhase PhaseOf(const std::string& name) {
  if (name == "Pending") return PodPhase::kPending;
  if (name == "Running") return PodPhase::kRunning;
  if (name == "Succeeded") return PodPhase::kSucceeded;
  if (name == "Failed") return PodPhase::kFailed;
  return PodPhase::kUnknown;
}

// Injectors add containers of their own before or after ours, and the kubelet
// sorts the statuses by name: only the spec says which one is meant.
std::string MainContainer(const Json& object) {
  std::string named = Text(Member(Member(object, "metadata", "annotations"),
                                  "kubectl.kubernetes.io/default-container"));
  if (!named.empty()) return named;
  const Json& containers = Member(object, "spec", "containers");
  if (!containers.is_array() || containers.empty()) return "";
  return Text(Member(containers.front(), "name"));
}

const Json& ContainerStatus(const Json& object) {
  static const Json kNone;
  const Json& statuses = Member(object, "status", "containerStatuses");
  if (!statuses.is_array() || statuses.empty()) return kNone;
  const std::string name = MainContainer(object);
  for (const Json& status : statuses) {
    if (Text(Member(status, "name")) == name) return status;
  }
  return statuses.front();
}

Termination ReadTermination(const Json& terminated) {
  Termination end;
  end.exit_code = Number(Member(terminated, "exitCode"));
  end.signal = Number(Member(terminated, "signal"));
  end.reason = Text(Member(terminated, "reason"));
  end.message = Text(Member(terminated, "message"), kMaxTerminationMessage);
  end.started_at = TimeOf(Member(terminated, "startedAt"));
  end.finished_at = TimeOf(Member(terminated, "finishedAt"));
  return end;
}

void ReadContainer(const Json& state, Pod& pod) {
  const Json& waiting = Member(state, "waiting");
  pod.waiting_reason = Text(Member(waiting, "reason"));
  pod.waiting_message = Text(Member(waiting, "message"));
  pod.started_at = TimeOf(Member(state, "running", "startedAt"));
  const Json& terminated = Member(state, "terminated");
  if (!terminated.is_object()) return;
  pod.termination = ReadTermination(terminated);
  pod.started_at = pod.termination->started_at;
}

void ReadConditions(const Json& conditions, Pod& pod) {
  if (!conditions.is_array()) return;
  for (const Json& condition : conditions) {
    const std::string type = Text(Member(condition, "type"));
    const std::string value = Text(Member(condition, "status"));
    if (type == "DisruptionTarget" && value == "True") {
      pod.disrupted = true;
      pod.disruption = Text(Member(condition, "reason"), 64) + ": " +
                       Text(Member(condition, "message"));
    }
    if (type == "PodScheduled" && value == "True")
      pod.scheduled_at = TimeOf(Member(condition, "lastTransitionTime"));
    if (type == "PodScheduled" && value == "False") {
      pod.unschedulable = true;
      pod.unschedulable_message = Text(Member(condition, "message"));
    }
  }
}

void ReadMetadata(const Json& metadata, Pod& pod) {
  pod.name = Text(Member(metadata, "name"));
  pod.uid = Text(Member(metadata, "uid"));
  pod.resource_version = Text(Member(metadata, "resourceVersion"));
  pod.labels = TextMap(Member(metadata, "labels"));
  pod.annotations = TextMap(Member(metadata, "annotations"));
  pod.created_at =
      TimeOf(Member(metadata, "creationTimestamp")).value_or(base::Time{});
  pod.deletion_time = TimeOf(Member(metadata, "deletionTimestamp"));
}

Pod ReadPod(const Json& object) {
  Pod pod;
  ReadMetadata(Member(object, "metadata"), pod);
  pod.node_name = Text(Member(object, "spec", "nodeName"));
  const Json& status = Member(object, "status");
  pod.phase = PhaseOf(Text(Member(status, "phase")));
  pod.status_reason = Text(Member(status, "reason"));
  pod.status_message = Text(Member(status, "message"));
  ReadConditions(Member(status, "conditions"), pod);
  ReadContainer(Member(ContainerStatus(object), "state"), pod);
  return pod;
}

bool IsNamed(const Pod& pod) { return !pod.name.empty() && !pod.uid.empty(); }

Status NotAPod() {
  return Status(Code::kDataLoss,
                "the API server sent an object without a name or uid");
}

Result<PodEventType> EventType(const std::string& name) {
  if (name == "ADDED") return PodEventType::kAdded;
  if (name == "MODIFIED") return PodEventType::kModified;
  if (name == "DELETED") return PodEventType::kDeleted;
  if (name == "BOOKMARK") return PodEventType::kBookmark;
  return Status(Code::kUnimplemented,
                "the watch sent an event of type '" + name + "'");
}

Result<PodEvent> ReadEvent(const Json& event) {
  const std::string type = Text(Member(event, "type"), 32);
  const Json& object = Member(event, "object");
  if (type == "ERROR") return StatusOfErrorObject(object.dump());
  PodEvent parsed;
  ASSIGN_OR_RETURN(parsed.type, EventType(type));
  parsed.pod = ReadPod(object);
  const bool complete = parsed.type == PodEventType::kBookmark
                            ? !parsed.pod.resource_version.empty()
                            : IsNamed(parsed.pod);
  if (!complete) return NotAPod();
  return parsed;
}

}  // namespace

Result<Pod> ParsePod(std::string_view json) {
  ASSIGN_OR_RETURN(const Json object, ParseJson(json));
  Pod pod = ReadPod(object);
  if (!IsNamed(pod)) return NotAPod();
  return pod;
}

Result<PodPage> ParsePodPage(std::string_view json) {
  ASSIGN_OR_RETURN(const Json object, ParseJson(json));
  const Json& items = Member(object, "items");
  // Go writes an empty list as null.
  if (!items.is_array() && !items.is_null()) return NotAPod();
  PodPage page;
  page.list.resource_version =
      Text(Member(object, "metadata", "resourceVersion"));
  if (page.list.resource_version.empty()) return NotAPod();
  page.next = Text(Member(object, "metadata", "continue"));
  for (const Json& item : items) {
    Pod pod = ReadPod(item);
    if (IsNamed(pod)) page.list.pods.push_back(std::move(pod));
  }
  return page;
}

Result<PodEvent> ParsePodEvent(std::string_view line) {
  ASSIGN_OR_RETURN(const Json event, ParseJson(line));
  return ReadEvent(event);
}

Result<PodEvent> ParsePodFrame(std::string_view frame) {
  ASSIGN_OR_RETURN(const Json event, ParsePodEventFrame(frame));
  return ReadEvent(event);
}

Result<std::string> ParseUid(std::string_view json) {
  ASSIGN_OR_RETURN(const Json object, ParseJson(json));
  std::string uid = Text(Member(object, "metadata", "uid"));
  if (uid.empty()) return NotAPod();
  return uid;
}

}  // namespace vexaa::kube
