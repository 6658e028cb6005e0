#include "lib/jobs/job_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

namespace vexaa::jobs {
namespace {

using Json = nlohmann::ordered_json;

// As long as the longest source; as many tracks as a demuxer opens streams.
constexpr double kMaxSeconds = 24 * 3600;
constexpr int kMaxTrackNumber = 63;
constexpr size_t kMaxLanguageBytes = 16;
constexpr double kQuietestDb = -120;

constexpr std::array<std::string_view, 7> kSettings = {
    "codec",    "bitrate",   "quality",     "sample_rate",
    "channels", "container", "copy_if_fits"};

base::Status Wrong(std::string message) {
  return Fail(Reason::kInvalidJob, std::move(message));
}

base::Status Wrong(std::string_view name, const std::string& rule) {
  return Wrong("option '" + std::string(name) + "' " + rule);
}

base::Result<double> Number(const Json& value, std::string_view name,
                            double least, double most) {
  double number = value.is_number() ? value.get<double>() : std::nan("");
  if (number >= least && number <= most) return number;
  return Wrong(name, "must be a number from " + Json(least).dump() + " to " +
                         Json(most).dump());
}

base::Result<int64_t> Microseconds(const Json& value, std::string_view name) {
  ASSIGN_OR_RETURN(double seconds, Number(value, name, 0, kMaxSeconds));
  return std::llround(seconds * 1e6);
}

base::Result<bool> Flag(const Json& value, std::string_view name) {
  if (!value.is_boolean()) return Wrong(name, "must be true or false");
  return value.get<bool>();
}

base::Result<std::string> Text(const Json& value, std::string_view name) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty())
    return Wrong(name, "must be a text");
  return value.get<std::string>();
}

base::Status ReadTrack(const Json& value, OutputOptions& output) {
  TrackSelector& track = output.track;
  if (value.is_number_integer() && value >= 0 && value <= kMaxTrackNumber) {
    track = {TrackSelector::By::kNumber, value.get<int>(), ""};
    return base::Status::Ok();
  }
  std::string text = value.is_string() ? value.get<std::string>() : "";
  bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-';
  });
  if (text.empty() || text.size() > kMaxLanguageBytes || !plain)
    return Wrong("track",
                 "must be \"auto\", \"all\", the number of an audio track (0 "
                 "is the first) or a language like \"eng\"");
  output.all_tracks = text == "all";
  if (text == "all" || text == "auto") return base::Status::Ok();
  track = {TrackSelector::By::kLanguage, 0, text};
  return base::Status::Ok();
}

// An option that the row and each entry of `outputs` may have. False: none.
base::Result<bool> ReadShared(const std::string& name, const Json& value,
                              OutputOptions& output) {
  if (std::find(kSettings.begin(), kSettings.end(), name) != kSettings.end()) {
    output.settings.emplace_back(name, value.dump());
  } else if (name == "track") {
    RETURN_IF_ERROR(ReadTrack(value, output));
  } else {
    return false;
  }
  return true;
}

base::Status ReadKind(const Json& value, OutputOptions& output) {
  auto kind = value.is_string() ? ParseOutputKind(value.get<std::string>())
                                : std::nullopt;
  if (!kind)
    return Wrong("kind", "must be audio, metadata, silence or thumbnail");
  output.kind = *kind;
  return base::Status::Ok();
}

base::Status ReadOutputField(const std::string& name, const Json& value,
                             OutputOptions& output) {
  ASSIGN_OR_RETURN(bool shared, ReadShared(name, value, output));
  if (shared) return base::Status::Ok();
  if (name == "kind") return ReadKind(value, output);
  if (name == "profile") {
    ASSIGN_OR_RETURN(output.profile, Text(value, name));
  } else if (name == "uri") {
    ASSIGN_OR_RETURN(output.uri, Text(value, name));
  } else if (name == "threshold_db") {
    ASSIGN_OR_RETURN(output.silence.threshold_db,
                     Number(value, name, kQuietestDb, 0));
  } else if (name == "min_seconds") {
    ASSIGN_OR_RETURN(output.silence.min_seconds,
                     Number(value, name, 0.01, kMaxSeconds));
  } else {
    return Wrong(name,
                 "is unknown; an output has kind, profile, uri, track, the "
                 "profile's settings, threshold_db and min_seconds");
  }
  return base::Status::Ok();
}

base::Status CheckOutput(const OutputOptions& output, const Json& json) {
  bool audio = output.kind == OutputKind::kAudio;
  if (!audio && (!output.profile.empty() || !output.settings.empty()))
    return Wrong(OutputKindName(output.kind), "takes no profile or settings");
  bool silence = output.kind == OutputKind::kSilence;
  if (!silence &&
      (json.contains("threshold_db") || json.contains("min_seconds")))
    return Wrong("threshold_db and min_seconds are for kind silence");
  if (!audio && output.all_tracks)
    return Wrong("track", "\"all\" is for kind audio");
  return base::Status::Ok();
}

base::Status ReadOutputs(const Json& value, JobOptions& options) {
  if (!value.is_array() || value.size() >= kMaxOutputs)
    return Wrong("outputs", "must be a list of at most " +
                                std::to_string(kMaxOutputs - 1) +
                                " further outputs");
  for (const Json& item : value) {
    if (!item.is_object()) return Wrong("outputs", "must list JSON objects");
    OutputOptions& output = options.extra.emplace_back();
    for (const auto& [name, field] : item.items())
      RETURN_IF_ERROR(
          ReadOutputField(name, field, output).WithContext("option 'outputs'"));
    RETURN_IF_ERROR(CheckOutput(output, item).WithContext("option 'outputs'"));
  }
  return base::Status::Ok();
}

base::Status ReadIfExists(const Json& value, JobOptions& options) {
  auto mode = value.is_string() ? ParseIfExists(value.get<std::string>())
                                : std::nullopt;
  if (!mode) return Wrong("if_exists", "must be 'replace', 'skip' or 'fail'");
  options.if_exists = *mode;
  return base::Status::Ok();
}

base::Status ReadOption(const std::string& name, const Json& value,
                        JobOptions& options) {
  ASSIGN_OR_RETURN(bool shared, ReadShared(name, value, options.main));
  if (shared) return base::Status::Ok();
  if (name == "if_exists") return ReadIfExists(value, options);
  if (name == "outputs") return ReadOutputs(value, options);
  if (name == "start") {
    ASSIGN_OR_RETURN(options.clip.start_us, Microseconds(value, name));
  } else if (name == "duration") {
    ASSIGN_OR_RETURN(options.clip.duration_us, Microseconds(value, name));
    if (options.clip.duration_us == 0) return Wrong(name, "must be above 0");
  } else if (name == "loudness") {
    ASSIGN_OR_RETURN(options.loudness, Flag(value, name));
  } else {
    return Wrong("unknown option '" + name +
                 "'; there are codec, bitrate, quality, sample_rate, "
                 "channels, container, copy_if_fits, track, start, duration, "
                 "loudness, if_exists and outputs");
  }
  return base::Status::Ok();
}

}  // namespace

base::Result<JobOptions> ParseJobOptions(std::string_view text) {
  JobOptions options;
  if (text.empty()) return options;
  Json json = Json::parse(text, nullptr, false);
  if (json.is_null()) return options;
  if (!json.is_object()) return Wrong("options must be a JSON object");
  for (const auto& [name, value] : json.items())
    RETURN_IF_ERROR(ReadOption(name, value, options));
  return options;
}

}  // namespace vexaa::jobs
