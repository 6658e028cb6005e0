#include "lib/jobs/job_plan.h"

#include <algorithm>
#include <array>

#include "lib/jobs/job_options.h"

namespace vexaa::jobs {
namespace {

constexpr std::array<std::string_view, 3> kIfExistsNames = {"replace", "skip",
                                                            "fail"};
constexpr std::array<std::string_view, 4> kKindNames = {"audio", "metadata",
                                                        "silence", "thumbnail"};

template <typename Enum, typename Names>
std::optional<Enum> ParseEnum(const Names& names, std::string_view name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

base::Status Wrong(std::string message) {
  return Fail(Reason::kInvalidJob, std::move(message));
}

// "" for the usual track, ".track2" or ".eng" for one that was asked for.
std::string TrackSuffix(const TrackSelector& track) {
  if (track.by == TrackSelector::By::kNumber)
    return ".track" + std::to_string(track.number);
  if (track.by == TrackSelector::By::kLanguage) return "." + track.language;
  return "";
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
  if (rules.by_hand || IsAllowed(location, rules)) return base::Status::Ok();
  bool is_s3 = location.kind == Location::Kind::kS3;
  return Wrong(
      column + " lies in " +
      (is_s3 ? "bucket '" + location.bucket + "'" : "'" + location.key + "'") +
      ", which this installation does not serve; ask its operator to "
      "add it to " +
      (is_s3 ? "the buckets of a store" : "folder.roots"));
}

// What tells an output's default place from the others of one source: by
// kind, profile and track.
std::string DefaultName(const OutputPlan& output) {
  switch (output.kind) {
    case OutputKind::kMetadata:
      return "metadata.json";
    case OutputKind::kSilence:
      return "silence" + TrackSuffix(output.track) + ".json";
    case OutputKind::kThumbnail:
      return "thumbnail.jpg";
    case OutputKind::kAudio:
      break;
  }
  return output.profile.name + TrackSuffix(output.track) + "." +
         std::string(ExtensionOf(output.profile));
}

// audio/<whole source key>/<name>: two videos or two profiles never meet on
// one key.
base::Result<Location> DefaultPlace(const OutputPlan& output,
                                    const Location& source,
                                    const PlanRules& rules) {
  bool is_file = source.kind == Location::Kind::kFile;
  if (is_file && rules.output_root.empty())
    return Wrong(
        "there is no default place for the audio of a file:// source here; "
        "set output_uri, or folder.outputRoot in the controller's config");
  Location place = source;
  place.key = is_file ? rules.output_root + "/audio" + source.key
                      : "audio/" + source.key;
  place.key += "/" + DefaultName(output);
  base::Result<Location> checked = ParseLocation(FormatLocation(place));
  if (!checked.ok())
    return Wrong("the default output key would be too long; set output_uri");
  return checked;
}

// Where the end of a name begins, ".mp3"; its size: it has none.
size_t EndOfName(const std::string& key) {
  size_t slash = key.rfind('/');
  size_t dot = key.rfind('.');
  bool has_end = dot != std::string::npos && dot > 0 &&
                 (slash == std::string::npos || dot > slash + 1);
  return has_end ? dot : key.size();
}

// talk.mp3 -> talk.track2.mp3
std::string WithTrack(const std::string& key, const TrackSelector& track) {
  size_t at = EndOfName(key);
  return key.substr(0, at) + TrackSuffix(track) + key.substr(at);
}

// talk.mp3 -> talk.metadata.json
base::Result<Location> PlaceBeside(const std::string& first_uri,
                                   const OutputPlan& output) {
  ASSIGN_OR_RETURN(Location place, ParseLocation(first_uri));
  place.key.resize(EndOfName(place.key));
  place.key += "." + DefaultName(output);
  return ParseLocation(FormatLocation(place));
}

base::Result<Location> GivenPlace(const std::string& uri,
                                  const OutputPlan& output) {
  ASSIGN_OR_RETURN(Location place, ParseLocation(uri));
  if (!output.if_track_exists) return place;
  place.key = WithTrack(place.key, output.track);
  return ParseLocation(FormatLocation(place));
}

// Makes the plan of one job, output by output.
class Planner {
 public:
  Planner(const Job& job, const JobOptions& options, const Location& source,
          const PlanRules& rules)
      : job_(job), options_(options), source_(source), rules_(rules) {}

  base::Result<JobPlan> Plan() {
    plan_.if_exists = options_.if_exists;
    plan_.clip = options_.clip;
    plan_.loudness = options_.loudness;
    RETURN_IF_ERROR(Add(options_.main, job_.output_uri, "output_uri"));
    for (size_t i = 0; i < options_.extra.size(); ++i)
      RETURN_IF_ERROR(Add(options_.extra[i], options_.extra[i].uri,
                          "uri of outputs[" + std::to_string(i) + "]"));
    return std::move(plan_);
  }

 private:
  base::Status Add(const OutputOptions& asked, const std::string& uri,
                   const std::string& field) {
    if (!asked.all_tracks) return AddOne(asked, asked.track, uri, field);
    int tracks = TracksPerOutput();
    for (int number = 0; number < tracks; ++number)
      RETURN_IF_ERROR(
          AddOne(asked, {TrackSelector::By::kNumber, number, ""}, uri, field));
    return base::Status::Ok();
  }

  base::Result<Location> PlaceOf(const std::string& uri,
                                 const OutputPlan& output) const {
    if (!uri.empty()) return GivenPlace(uri, output);
    if (!rules_.by_hand) return DefaultPlace(output, source_, rules_);
    return PlaceBeside(job_.output_uri, output);
  }

  // What is left of kMaxOutputs, shared by the outputs that want all tracks.
  int TracksPerOutput() const {
    int fixed = options_.main.all_tracks ? 0 : 1;
    int all = 1 - fixed;
    for (const OutputOptions& extra : options_.extra)
      ++(extra.all_tracks ? all : fixed);
    return (static_cast<int>(kMaxOutputs) - fixed) / std::max(all, 1);
  }

  base::Status AddOne(const OutputOptions& asked, const TrackSelector& track,
                      const std::string& uri, const std::string& field) {
    OutputPlan output{.index = static_cast<int>(plan_.outputs.size()),
                      .kind = asked.kind,
                      .track = track,
                      .if_track_exists = asked.all_tracks,
                      .silence = asked.silence};
    ASSIGN_OR_RETURN(output.profile, ProfileOf(asked, uri));
    ChooseContainer(uri, output.profile);
    base::Result<Location> place = PlaceOf(uri, output);
    if (!place.ok())
      return uri.empty() ? place.status() : place.status().WithContext(field);
    RETURN_IF_ERROR(CheckPlace(*place, field));
    output.uri = FormatLocation(*place);
    for (const OutputPlan& other : plan_.outputs)
      if (other.uri == output.uri)
        return Wrong("two outputs go to " + output.uri +
                     "; give one of them a uri of its own");
    plan_.outputs.push_back(std::move(output));
    return base::Status::Ok();
  }

  base::Result<Profile> ProfileOf(const OutputOptions& asked,
                                  const std::string& uri) const {
    if (asked.kind != OutputKind::kAudio)
      return Profile{.name = std::string(OutputKindName(asked.kind))};
    const std::string& name =
        asked.profile.empty() ? job_.profile : asked.profile;
    auto found = rules_.profiles.find(name);
    if (found == rules_.profiles.end()) return NoProfile(name);
    Profile profile = found->second;
    if (rules_.by_hand) PutIntoContainerOf(uri, asked, profile);
    for (const auto& [setting, value] : asked.settings)
      RETURN_IF_ERROR(ApplySetting(profile, setting, value).status());
    RETURN_IF_ERROR(CheckProfile(profile));
    return profile;
  }

  base::Status NoProfile(const std::string& name) const {
    if (!rules_.by_hand)
      return Wrong("there is no profile '" + name +
                   "'; SELECT name FROM profiles lists them");
    std::string known;
    for (const auto& [each, profile] : rules_.profiles)
      known += (known.empty() ? "" : ", ") + each;
    return Wrong("there is no profile '" + name + "'; there are " + known);
  }

  // The name tells the container, where the codec can be in it and nothing
  // else is said.
  static void PutIntoContainerOf(const std::string& uri,
                                 const OutputOptions& asked, Profile& profile) {
    auto container = ContainerOfName(uri);
    bool is_said = std::any_of(
        asked.settings.begin(), asked.settings.end(), [](const auto& setting) {
          return setting.first == "container" || setting.first == "codec";
        });
    if (container && !is_said && *container != ContainerOf(profile) &&
        Fits(profile.codec, *container))
      profile.container = *container;
  }

  // A copy's container is told by the name of its file, which by default fits
  // every codec.
  static void ChooseContainer(const std::string& uri, Profile& profile) {
    if (profile.codec != Codec::kCopy ||
        profile.container != Container::kFitting)
      return;
    profile.container =
        uri.empty() ? Container::kMka
                    : ContainerOfName(uri).value_or(Container::kFitting);
  }

  base::Status CheckPlace(const Location& place,
                          const std::string& field) const {
    if (place == source_)
      return Wrong(field + " is the source itself; choose another key");
    if (place.kind != source_.kind && !rules_.by_hand)
      return Wrong("source_uri and " + field +
                   " must both be s3:// or both file://");
    return CheckAllowed(place, rules_, field);
  }

  const Job& job_;
  const JobOptions& options_;
  const Location& source_;
  const PlanRules& rules_;
  JobPlan plan_;
};

}  // namespace

std::string_view IfExistsName(IfExists mode) {
  return kIfExistsNames[static_cast<size_t>(mode)];
}

std::optional<IfExists> ParseIfExists(std::string_view name) {
  return ParseEnum<IfExists>(kIfExistsNames, name);
}

std::string_view OutputKindName(OutputKind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

std::optional<OutputKind> ParseOutputKind(std::string_view name) {
  return ParseEnum<OutputKind>(kKindNames, name);
}

base::Result<JobPlan> PlanJob(const Job& job, const PlanRules& rules) {
  base::Result<Location> source = ParseLocation(job.source_uri);
  if (!source.ok()) return source.status().WithContext("source_uri");
  RETURN_IF_ERROR(CheckAllowed(*source, rules, "source_uri"));
  ASSIGN_OR_RETURN(JobOptions options, ParseJobOptions(job.options));
  return Planner(job, options, *source, rules).Plan();
}

bool MayBeAbsent(const OutputPlan& output) {
  return output.if_track_exists && output.track.number > 0;
}

base::Sha256Digest OutputLock(std::string_view uri) {
  return base::Sha256(base::AsBytes(uri));
}

}  // namespace vexaa::jobs
