#include "runner/hand_options.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/local_path.h"

namespace vexaa::runner {
namespace {

using base::Status;
using Json = nlohmann::ordered_json;

constexpr char kDefaultProfile[] = "mp3-128k";
// A place for the plan; bytes go to the pipe.
constexpr char kStdoutUri[] = "file:///dev/stdout";

Status Wrong(std::string sentence) {
  return jobs::Fail(jobs::Reason::kInvalidJob, std::move(sentence));
}

// The first built-in profile whose files end like the output.
std::string ProfileFor(const std::string& output) {
  auto container = jobs::ContainerOfName(output);
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    if (container && jobs::ContainerOf(profile) == *container)
      return profile.name;
  return kDefaultProfile;
}

// Gathers options, places and folders.
class HandPlanner {
 public:
  explicit HandPlanner(const Arguments& arguments) : arguments_(arguments) {}

  base::Result<HandPlan> Plan();

 private:
  bool to_stdout() const { return arguments_.output == kStdoutPlace; }
  base::Result<std::string> Resolve(const std::string& text,
                                    const std::string& flag);
  Status MergeOptions();
  Status AddSideOutputs();
  Status ResolveOutputs();
  Status ResolveOutput(Json& output, const std::string& name);
  Status CheckStdout() const;
  jobs::PlanRules Rules() const;

  const Arguments& arguments_;
  Json options_ = Json::object();
  HandPlan hand_;
};

base::Result<std::string> HandPlanner::Resolve(const std::string& text,
                                               const std::string& flag) {
  base::Result<GivenPlace> place = ResolvePlace(text);
  if (!place.ok()) return place.status().WithContext(flag);
  if (!place->root.empty()) hand_.folders.push_back(place->root);
  return place->uri;
}

// --options and the flags; nothing may be said twice.
Status HandPlanner::MergeOptions() {
  if (!arguments_.options_json.empty()) {
    options_ = Json::parse(arguments_.options_json, nullptr, false);
    if (!options_.is_object())
      return Wrong(
          "--options must be a JSON object like '{\"track\": 1}'; "
          "docs/options.md lists the options");
  }
  const Json flags = arguments_.options.empty()
                         ? Json::object()
                         : Json::parse(arguments_.options, nullptr, false);
  for (const auto& [name, value] : flags.items()) {
    if (options_.contains(name))
      return Wrong("both a flag and --options say '" + name +
                   "'; leave one of them out");
    options_[name] = value;
  }
  return AddSideOutputs();
}

Status HandPlanner::AddSideOutputs() {
  const std::pair<const char*, const std::string&> kSides[] = {
      {"metadata", arguments_.metadata},
      {"silence", arguments_.silence},
      {"thumbnail", arguments_.thumbnail}};
  for (const auto& [kind, place] : kSides) {
    if (place.empty()) continue;
    Json& outputs = options_["outputs"];
    if (outputs.is_null()) outputs = Json::array();
    if (outputs.is_array()) outputs.push_back({{"kind", kind}, {"uri", place}});
  }
  return ResolveOutputs();
}

Status HandPlanner::ResolveOutputs() {
  auto outputs = options_.find("outputs");
  if (outputs == options_.end() || !outputs->is_array()) return Status::Ok();
  for (size_t i = 0; i < outputs->size(); ++i)
    if ((*outputs)[i].is_object())
      RETURN_IF_ERROR(
          ResolveOutput((*outputs)[i], "outputs[" + std::to_string(i) + "]"));
  return Status::Ok();
}

// A local path becomes a URI, and a name tells a format where nothing else
// does.
Status HandPlanner::ResolveOutput(Json& output, const std::string& name) {
  auto uri = output.find("uri");
  if (uri == output.end()) {
    if (!to_stdout()) return Status::Ok();
    return Wrong(name + " needs a uri: beside stdout there is no place for it");
  }
  // What is no text is refused where options are read.
  if (!uri->is_string()) return Status::Ok();
  const auto text = uri->get<std::string>();
  if (text == kStdoutPlace)
    return Wrong(name + " cannot go to stdout; only --output can");
  ASSIGN_OR_RETURN(*uri, Resolve(text, "the uri of " + name));
  bool is_audio = output.value("kind", Json("audio")) == "audio";
  if (is_audio && !output.contains("profile") && jobs::ContainerOfName(text))
    output["profile"] = ProfileFor(text);
  return Status::Ok();
}

Status HandPlanner::CheckStdout() const {
  if (!to_stdout() || hand_.plan.outputs[0].uri == kStdoutUri)
    return Status::Ok();
  return Wrong(
      "--output - takes one track: give --track a number or a language "
      "instead of all");
}

jobs::PlanRules HandPlanner::Rules() const {
  jobs::PlanRules rules;
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    rules.profiles[profile.name] = profile;
  rules.by_hand = true;
  return rules;
}

base::Result<HandPlan> HandPlanner::Plan() {
  jobs::Job job;
  ASSIGN_OR_RETURN(job.source_uri, Resolve(arguments_.source, "--source"));
  job.output_uri = kStdoutUri;
  if (!to_stdout()) {
    ASSIGN_OR_RETURN(job.output_uri, Resolve(arguments_.output, "--output"));
  }
  if (job.output_uri == job.source_uri)
    return Wrong("--output is the source itself; choose another place");
  job.profile = arguments_.profile.empty() ? ProfileFor(arguments_.output)
                                           : arguments_.profile;
  RETURN_IF_ERROR(MergeOptions());
  job.options = options_.dump(-1, ' ', false, Json::error_handler_t::replace);
  ASSIGN_OR_RETURN(hand_.plan, jobs::PlanJob(job, Rules()));
  RETURN_IF_ERROR(CheckStdout());
  if (to_stdout()) hand_.plan.outputs[0].uri = kStdoutPlace;
  hand_.plan.loudness = hand_.plan.loudness || arguments_.loudness;
  if (arguments_.overwrite && options_.contains("if_exists"))
    return Wrong(
        "both --if-exists and --options say what happens to an existing "
        "output; leave one of them out");
  hand_.overwrite = arguments_.overwrite.value_or(
      objects::OverwriteFor(hand_.plan.if_exists));
  hand_.source_uri = job.source_uri;
  return std::move(hand_);
}

}  // namespace

base::Result<HandPlan> PlanByHand(const Arguments& arguments) {
  return HandPlanner(arguments).Plan();
}

}  // namespace vexaa::runner
