// Plans as the row keeps them, and what outputs are known again by.
#include <nlohmann/json.hpp>

#include "lib/jobs/job_plan.h"

namespace vexaa::jobs {
namespace {

using Json = nlohmann::ordered_json;

Json TrackJson(const TrackSelector& track) {
  if (track.by == TrackSelector::By::kNumber) return track.number;
  if (track.by == TrackSelector::By::kLanguage) return track.language;
  return nullptr;
}

TrackSelector TrackFromJson(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_number())
    return {TrackSelector::By::kNumber, json.get<int>(), ""};
  return {TrackSelector::By::kLanguage, 0, json.get<std::string>()};
}

Json OutputJson(const OutputPlan& output) {
  Json json;
  json["index"] = output.index;
  json["kind"] = OutputKindName(output.kind);
  json["uri"] = output.uri;
  json["profile"] = output.profile.name;
  if (output.kind == OutputKind::kAudio)
    json["settings"] = Json::parse(FormatProfile(output.profile));
  if (output.track.by != TrackSelector::By::kAuto)
    json["track"] = TrackJson(output.track);
  if (output.if_track_exists) json["ifTrackExists"] = true;
  if (output.kind == OutputKind::kSilence) {
    json["thresholdDb"] = output.silence.threshold_db;
    json["minSeconds"] = output.silence.min_seconds;
  }
  return json;
}

base::Result<OutputPlan> OutputFromJson(const Json& json) {
  OutputPlan output;
  output.index = json.at("index").get<int>();
  output.uri = json.at("uri").get<std::string>();
  auto kind = ParseOutputKind(json.at("kind").get<std::string>());
  if (!kind)
    return Fail(Reason::kInvalidJob, "the plan's kind of output is unknown");
  output.kind = *kind;
  output.profile.name = json.at("profile").get<std::string>();
  if (output.kind == OutputKind::kAudio) {
    ASSIGN_OR_RETURN(output.profile, ParseProfile(output.profile.name,
                                                  json.at("settings").dump()));
  }
  output.track = TrackFromJson(json.value("track", Json()));
  output.if_track_exists = json.value("ifTrackExists", false);
  const SilenceRule usual;
  output.silence.threshold_db = json.value("thresholdDb", usual.threshold_db);
  output.silence.min_seconds = json.value("minSeconds", usual.min_seconds);
  return output;
}

base::Result<JobPlan> PlanFromJson(const Json& json) {
  JobPlan plan;
  auto mode = ParseIfExists(json.at("ifExists").get<std::string>());
  if (!mode) return Fail(Reason::kInvalidJob, "the plan's ifExists is unknown");
  plan.if_exists = *mode;
  plan.clip.start_us = json.value("startUs", int64_t{0});
  plan.clip.duration_us = json.value("durationUs", int64_t{0});
  plan.loudness = json.value("loudness", false);
  for (const Json& item : json.at("outputs")) {
    ASSIGN_OR_RETURN(OutputPlan output, OutputFromJson(item));
    plan.outputs.push_back(std::move(output));
  }
  if (plan.outputs.empty() || plan.outputs.size() > kMaxOutputs)
    return Fail(Reason::kInternal, "a plan has 1 to 8 outputs, not " +
                                       std::to_string(plan.outputs.size()));
  return plan;
}

}  // namespace

std::string FormatPlan(const JobPlan& plan) {
  Json json;
  json["ifExists"] = IfExistsName(plan.if_exists);
  if (plan.clip.start_us > 0) json["startUs"] = plan.clip.start_us;
  if (plan.clip.duration_us > 0) json["durationUs"] = plan.clip.duration_us;
  if (plan.loudness) json["loudness"] = true;
  json["outputs"] = Json::array();
  for (const OutputPlan& output : plan.outputs)
    json["outputs"].push_back(OutputJson(output));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<JobPlan> ParsePlan(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  try {
    return PlanFromJson(json);
  } catch (const nlohmann::json::exception& error) {
    return Fail(Reason::kInternal,
                std::string("resolved_profile is not a plan: ") + error.what());
  }
}

std::string OutputFingerprint(const OutputPlan& output, const Clip& clip) {
  OutputPlan content = output;
  content.index = 0;
  content.uri.clear();
  content.if_track_exists = false;
  Json json = OutputJson(content);
  json["startUs"] = clip.start_us;
  json["durationUs"] = clip.duration_us;
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return base::Hex(base::Sha256(base::AsBytes(text))).substr(0, 32);
}

}  // namespace vexaa::jobs
