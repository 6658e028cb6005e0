#include "lib/jobs/job_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vexaa::jobs {
namespace {

using Json = nlohmann::ordered_json;

base::Status Wrong(std::string message) {
  return Fail(Reason::kInvalidJob, std::move(message));
}

base::Result<int> WholeNumber(const Json& value, const std::string& name) {
  if (!value.is_number_integer() || value < 1 || value > 10'000'000)
    return Wrong("option '" + name + "' must be a positive whole number");
  return value.get<int>();
}

base::Result<IfExists> ReadIfExists(const Json& value) {
  auto mode = value.is_string() ? ParseIfExists(value.get<std::string>())
                                : std::nullopt;
  if (!mode) return Wrong("option 'if_exists' must be 'replace' or 'fail'");
  return *mode;
}

base::Status ApplyOption(const std::string& name, const Json& value,
                         Profile& profile, JobPlan& plan) {
  int* number = name == "bitrate"       ? &profile.bitrate
                : name == "sample_rate" ? &profile.sample_rate
                : name == "channels"    ? &profile.channels
                                        : nullptr;
  if (number != nullptr) {
    ASSIGN_OR_RETURN(*number, WholeNumber(value, name));
    return base::Status::Ok();
  }
  if (name == "if_exists") {
    ASSIGN_OR_RETURN(plan.if_exists, ReadIfExists(value));
    return base::Status::Ok();
  }
  return Wrong("unknown option '" + name +
               "'; this version knows bitrate, sample_rate, channels and "
               "if_exists");
}

base::Status ApplyOptions(const std::string& options, Profile& profile,
                          JobPlan& plan) {
  if (options.empty()) return base::Status::Ok();
  Json json = Json::parse(options, nullptr, false);
  if (json.is_null()) return base::Status::Ok();
  if (!json.is_object()) return Wrong("options must be a JSON object");
  for (const auto& [name, value] : json.items())
    RETURN_IF_ERROR(ApplyOption(name, value, profile, plan));
  return CheckProfile(profile);
}

bool IsBelow(const std::string& path, std::string root) {
  if (!root.ends_with('/')) root += '/';
  return path.starts_with(root);
}

bool IsAllowed(const Location& location, const PlanRules& rules) {
  if (location.kind == Location::Kind::kS3)
    return std::find(rules.buckets.begin(), rules.buckets.end(),
                     location.bucket) != rules.buckets.end();
  return std::any_of(
      rules.roots.begin(), rules.roots.end(),
      [&](const std::string& root) { return IsBelow(location.key, root); });
}

base::Status CheckAllowed(const Location& location, const PlanRules& rules,
                          const std::string& column) {
  if (IsAllowed(location, rules)) return base::Status::Ok();
  bool is_s3 = location.kind == Location::Kind::kS3;
  return Wrong(
      column + " lies in " +
      (is_s3 ? "bucket '" + location.bucket + "'" : "'" + location.key + "'") +
      ", which this installation does not serve; ask its operator to "
      "add it to " +
      (is_s3 ? "s3.buckets" : "folder.roots"));
}

// audio/<whole source key>/<profile>.<ext>: two videos or two profiles never
// meet on one key.
Location DefaultOutput(const Location& source, const Profile& profile,
                       const std::string& output_root) {
  Location output = source;
  std::string name =
      "/" + profile.name + "." + std::string(ExtensionOf(profile.codec));
  if (source.kind == Location::Kind::kFile) {
    output.key = output_root + "/audio" + source.key + name;
  } else {
    output.key = "audio/" + source.key + name;
  }
  return output;
}

base::Result<Location> PlaceOutput(const Job& job, const Location& source,
                                   const Profile& profile,
                                   const PlanRules& rules) {
  if (!job.output_uri.empty()) {
    base::Result<Location> given = ParseLocation(job.output_uri);
    if (!given.ok()) return given.status().WithContext("output_uri");
    return given;
  }
  if (source.kind == Location::Kind::kFile && rules.output_root.empty())
    return Wrong(
        "there is no default place for the audio of a file:// source here; "
        "set output_uri, or folder.outputRoot in the controller's config");
  Location output = DefaultOutput(source, profile, rules.output_root);
  base::Result<Location> checked = ParseLocation(FormatLocation(output));
  if (!checked.ok())
    return Wrong("the default output key would be too long; set output_uri");
  return checked;
}

Json OutputJson(const OutputPlan& output) {
  Json json;
  json["index"] = output.index;
  json["kind"] = output.kind;
  json["uri"] = output.uri;
  json["profile"] = output.profile.name;
  json["settings"] = Json::parse(FormatProfile(output.profile));
  return json;
}

base::Result<OutputPlan> OutputFromJson(const Json& json) {
  OutputPlan output;
  output.index = json.at("index").get<int>();
  output.kind = json.at("kind").get<std::string>();
  output.uri = json.at("uri").get<std::string>();
  ASSIGN_OR_RETURN(output.profile,
                   ParseProfile(json.at("profile").get<std::string>(),
                                json.at("settings").dump()));
  return output;
}

base::Result<JobPlan> PlanFromJson(const Json& json) {
  JobPlan plan;
  auto mode = ParseIfExists(json.at("ifExists").get<std::string>());
  if (!mode) return Wrong("the plan's ifExists is unknown");
  plan.if_exists = *mode;
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

std::string_view IfExistsName(IfExists mode) {
  return mode == IfExists::kFail ? "fail" : "replace";
}

std::optional<IfExists> ParseIfExists(std::string_view name) {
  if (name == "replace") return IfExists::kReplaceOwn;
  if (name == "fail") return IfExists::kFail;
  return std::nullopt;
}

base::Result<JobPlan> PlanJob(const Job& job, const PlanRules& rules) {
  base::Result<Location> source = ParseLocation(job.source_uri);
  if (!source.ok()) return source.status().WithContext("source_uri");
  RETURN_IF_ERROR(CheckAllowed(*source, rules, "source_uri"));
  auto found = rules.profiles.find(job.profile);
  if (found == rules.profiles.end())
    return Wrong("there is no profile '" + job.profile +
                 "'; SELECT name FROM profiles lists them");
  JobPlan plan;
  Profile profile = found->second;
  RETURN_IF_ERROR(ApplyOptions(job.options, profile, plan));
  ASSIGN_OR_RETURN(Location output, PlaceOutput(job, *source, profile, rules));
  if (output == *source)
    return Wrong("output_uri is the source itself; choose another key");
  if (output.kind != source->kind)
    return Wrong(
        "source_uri and output_uri must both be s3:// or both file://");
  RETURN_IF_ERROR(CheckAllowed(output, rules, "output_uri"));
  plan.outputs.push_back({0, "audio", FormatLocation(output), profile});
  return plan;
}

std::string FormatPlan(const JobPlan& plan) {
  Json json;
  json["ifExists"] = IfExistsName(plan.if_exists);
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

base::Sha256Digest OutputLock(std::string_view uri) {
  return base::Sha256(base::AsBytes(uri));
}

}  // namespace vexaa::jobs
