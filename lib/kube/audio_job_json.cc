#include "lib/kube/audio_job_json.h"

#include <utility>

#include "lib/kube/api_error.h"
#include "lib/kube/json_value.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Result;
using base::Status;

// Larger than any that its schema lets through.
constexpr size_t kMaxSpecBytes = 64 << 10;

int64_t Whole(const Json& value) {
  return value.is_number_integer() ? value.get<int64_t>() : 0;
}

std::vector<Condition> ReadConditions(const Json& conditions) {
  std::vector<Condition> read;
  if (!conditions.is_array()) return read;
  for (const Json& item : conditions)
    read.push_back({.type = Text(Member(item, "type")),
                    .is_true = Text(Member(item, "status")) == "True",
                    .reason = Text(Member(item, "reason")),
                    .message = Text(Member(item, "message")),
                    .since = Text(Member(item, "lastTransitionTime"))});
  return read;
}

AudioJobStatus ReadStatus(const Json& json) {
  AudioJobStatus status;
  status.installation = Text(Member(json, "installation"));
  status.job_id = static_cast<uint64_t>(Whole(Member(json, "jobId")));
  status.state = Text(Member(json, "state"));
  status.reason = Text(Member(json, "reason"));
  status.message = Text(Member(json, "message"));
  status.progress = Number(Member(json, "progress"));
  status.attempts = Number(Member(json, "attempts"));
  status.pod_name = Text(Member(json, "podName"));
  status.output_uri = Text(Member(json, "outputURI"));
  status.started_at = Text(Member(json, "startTime"));
  status.finished_at = Text(Member(json, "completionTime"));
  status.observed_generation = Whole(Member(json, "observedGeneration"));
  status.spec_digest = Text(Member(json, "specDigest"));
  status.conditions = ReadConditions(Member(json, "conditions"));
  return status;
}

AudioJob ReadAudioJob(const Json& object) {
  const Json& metadata = Member(object, "metadata");
  AudioJob job;
  job.name = Text(Member(metadata, "name"));
  job.uid = Text(Member(metadata, "uid"));
  job.resource_version = Text(Member(metadata, "resourceVersion"));
  job.generation = Whole(Member(metadata, "generation"));
  job.deleting = !Member(metadata, "deletionTimestamp").is_null();
  const Json& spec = Member(object, "spec");
  job.spec = spec.is_object() ? spec.dump() : "{}";
  if (job.spec.size() > kMaxSpecBytes) job.spec.clear();
  job.status = ReadStatus(Member(object, "status"));
  return job;
}

Status NotAnAudioJob() {
  return Status(Code::kDataLoss,
                "the API server sent an AudioJob without a name or uid");
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// A server of 1.20 makes null of an empty text in a patched list, and refuses
// that: such a field is left out.
Json ToJson(const Condition& condition, int64_t generation) {
  Json json = {{"type", condition.type},
               {"status", condition.is_true ? "True" : "False"},
               {"reason", condition.reason},
               {"message", condition.message},
               {"lastTransitionTime", condition.since},
               {"observedGeneration", generation}};
  for (const char* name : {"reason", "message", "lastTransitionTime"})
    if (json[name].get_ref<const std::string&>().empty()) json.erase(name);
  return json;
}

// Every field, so that the merge removes what is gone.
Json ToJson(const AudioJobStatus& status) {
  Json json = {{"installation", TextOrNull(status.installation)},
               {"state", TextOrNull(status.state)},
               {"reason", TextOrNull(status.reason)},
               {"message", TextOrNull(status.message)},
               {"progress", status.progress},
               {"attempts", status.attempts},
               {"podName", TextOrNull(status.pod_name)},
               {"outputURI", TextOrNull(status.output_uri)},
               {"startTime", TextOrNull(status.started_at)},
               {"completionTime", TextOrNull(status.finished_at)},
               {"observedGeneration", status.observed_generation},
               {"specDigest", TextOrNull(status.spec_digest)}};
  json["jobId"] = status.job_id == 0 ? Json() : Json(status.job_id);
  json["conditions"] = Json::array();
  for (const Condition& condition : status.conditions)
    json["conditions"].push_back(ToJson(condition, status.observed_generation));
  return json;
}

}  // namespace

Result<AudioJob> ParseAudioJob(std::string_view json) {
  ASSIGN_OR_RETURN(const Json object, ParseJson(json));
  AudioJob job = ReadAudioJob(object);
  if (job.name.empty() || job.uid.empty()) return NotAnAudioJob();
  return job;
}

Result<AudioJobPage> ParseAudioJobPage(std::string_view json) {
  ASSIGN_OR_RETURN(const Json object, ParseJson(json));
  const Json& items = Member(object, "items");
  if (!items.is_array() && !items.is_null()) return NotAnAudioJob();
  AudioJobPage page;
  page.list.resource_version =
      Text(Member(object, "metadata", "resourceVersion"));
  if (page.list.resource_version.empty()) return NotAnAudioJob();
  page.next = Text(Member(object, "metadata", "continue"));
  for (const Json& item : items) {
    AudioJob job = ReadAudioJob(item);
    if (!job.name.empty() && !job.uid.empty())
      page.list.jobs.push_back(std::move(job));
  }
  return page;
}

Result<AudioJobEvent> ParseAudioJobEvent(std::string_view line) {
  ASSIGN_OR_RETURN(const Json event, ParseJson(line));
  const std::string type = Text(Member(event, "type"), 32);
  const Json& object = Member(event, "object");
  if (type == "ERROR") return StatusOfErrorObject(object.dump());
  AudioJobEvent parsed;
  parsed.job = ReadAudioJob(object);
  if (type == "BOOKMARK") {
    parsed.type = AudioJobEvent::Type::kBookmark;
    return parsed;
  }
  if (type == "DELETED") {
    parsed.type = AudioJobEvent::Type::kDeleted;
  } else if (type != "ADDED" && type != "MODIFIED") {
    return Status(Code::kUnimplemented,
                  "the watch sent an event of type '" + type + "'");
  }
  if (parsed.job.name.empty() || parsed.job.uid.empty()) return NotAnAudioJob();
  return parsed;
}

std::string FormatStatusPatch(const AudioJob& job, const AudioJobStatus& status,
                              bool same_version_only) {
  Json patch = {{"metadata", {{"uid", job.uid}}}, {"status", ToJson(status)}};
  if (same_version_only)
    patch["metadata"]["resourceVersion"] = job.resource_version;
  return patch.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vexaa::kube
