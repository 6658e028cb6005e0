#include "lib/jobs/profile.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "lib/jobs/reason.h"

namespace vexaa::jobs {
namespace {

using Json = nlohmann::ordered_json;

struct CodecFacts {
  Codec codec;
  std::string_view name;
  Container container;  // the usual one
  std::string_view extension;
  int max_sample_rate;
  int min_bitrate;  // 0: it has none
  int max_bitrate;
};

// MP3: ISO 11172-3 and 13818-3. Opus: RFC 6716, 2.1.1. AAC: what libavcodec's
// encoder takes at 48 kHz stereo, 6144 bits a frame and channel.
constexpr std::array kCodecs = {
    CodecFacts{Codec::kMp3, "mp3", Container::kMp3, "mp3", 48'000, 8'000,
               320'000},
    CodecFacts{Codec::kPcmS16, "pcm_s16le", Container::kWav, "wav", 192'000, 0,
               0},
    CodecFacts{Codec::kPcmS24, "pcm_s24le", Container::kWav, "wav", 192'000, 0,
               0},
    CodecFacts{Codec::kPcmF32, "pcm_f32le", Container::kWav, "wav", 192'000, 0,
               0},
    CodecFacts{Codec::kFlac, "flac", Container::kFlac, "flac", 192'000, 0, 0},
    CodecFacts{Codec::kAac, "aac", Container::kM4a, "m4a", 96'000, 8'000,
               512'000},
    CodecFacts{Codec::kOpus, "opus", Container::kOgg, "opus", 48'000, 6'000,
               510'000},
    CodecFacts{Codec::kCopy, "copy", Container::kFitting, "mka", 0, 0, 0},
};

struct ContainerFacts {
  Container container;
  std::string_view name;
  std::string_view content_type;
};

constexpr std::array kContainers = {
    ContainerFacts{Container::kFitting, "", "application/octet-stream"},
    ContainerFacts{Container::kMp3, "mp3", "audio/mpeg"},
    ContainerFacts{Container::kWav, "wav", "audio/wav"},
    ContainerFacts{Container::kFlac, "flac", "audio/flac"},
    ContainerFacts{Container::kM4a, "m4a", "audio/mp4"},
    ContainerFacts{Container::kOgg, "ogg", "audio/ogg"},
    ContainerFacts{Container::kMka, "mka", "audio/matroska"},
};

constexpr auto kAllCodecs = [] {
  std::array<Codec, kCodecs.size()> codecs{};
  for (size_t i = 0; i < codecs.size(); ++i) codecs[i] = kCodecs[i].codec;
  return codecs;
}();

const CodecFacts& FactsOf(Codec codec) {
  return kCodecs[static_cast<size_t>(codec)];
}

const ContainerFacts& FactsOf(Container container) {
  return kContainers[static_cast<size_t>(container)];
}

// The rates of MPEG-1, 2 and 2.5 layer III.
constexpr std::array kMp3Rates = {8'000,  11'025, 12'000, 16'000, 22'050,
                                  24'000, 32'000, 44'100, 48'000};
// ISO 14496-3, table 1.18, up to the highest that is usual.
constexpr std::array kAacRates = {8'000,  11'025, 12'000, 16'000,
                                  22'050, 24'000, 32'000, 44'100,
                                  48'000, 64'000, 88'200, 96'000};
constexpr std::array kOpusRates = {8'000, 12'000, 16'000, 24'000, 48'000};

std::span<const int> RatesOf(Codec codec) {
  if (codec == Codec::kMp3) return kMp3Rates;
  if (codec == Codec::kAac) return kAacRates;
  if (codec == Codec::kOpus) return kOpusRates;
  return {};
}

base::Status Wrong(const std::string& what) {
  return Fail(Reason::kInvalidJob, what);
}

template <typename Facts>
std::string NamesOf(const Facts& facts) {
  std::string names;
  for (const auto& fact : facts)
    if (!fact.name.empty())
      names += (names.empty() ? "" : ", ") + std::string(fact.name);
  return names;
}

// A whole number from `least` on, 0 for null.
base::Result<int> WholeNumber(const Json& value, std::string_view name,
                              int least) {
  if (value.is_null()) return 0;
  if (!value.is_number_integer() || value < least || value > 10'000'000)
    return Wrong(std::string(name) + " must be a whole number" +
                 (least > 0 ? " above 0" : ""));
  return value.get<int>();
}

base::Status SetCodec(Profile& profile, const Json& value) {
  std::string name = value.is_string() ? value.get<std::string>() : "";
  if (name == "auto") {
    profile.copy_if_fits = true;
    return base::Status::Ok();
  }
  auto codec = ParseCodec(name);
  if (!codec)
    return Wrong("codec " + value.dump() + " is unknown; there are " +
                 NamesOf(kCodecs) + " and auto");
  profile.codec = *codec;
  return base::Status::Ok();
}

base::Status SetContainer(Profile& profile, const Json& value) {
  auto container = value.is_null() ? Container::kFitting
                   : value.is_string()
                       ? ParseContainer(value.get<std::string>())
                       : std::nullopt;
  if (!container)
    return Wrong("container " + value.dump() + " is unknown; there are " +
                 NamesOf(kContainers));
  profile.container = *container;
  return base::Status::Ok();
}

base::Status SetFlag(bool& flag, const Json& value, std::string_view name) {
  if (!value.is_boolean() && !value.is_null())
    return Wrong(std::string(name) + " must be true or false");
  flag = value.is_boolean() && value.get<bool>();
  return base::Status::Ok();
}

base::Status SetQuality(Profile& profile, const Json& value) {
  profile.quality.reset();
  if (value.is_null()) return base::Status::Ok();
  ASSIGN_OR_RETURN(profile.quality, WholeNumber(value, "quality", 0));
  return base::Status::Ok();
}

base::Result<bool> Set(Profile& profile, std::string_view name,
                       const Json& value) {
  int* number = name == "bitrate"       ? &profile.bitrate
                : name == "sample_rate" ? &profile.sample_rate
                : name == "channels"    ? &profile.channels
                                        : nullptr;
  if (number != nullptr) {
    ASSIGN_OR_RETURN(*number, WholeNumber(value, name, 1));
  } else if (name == "codec") {
    RETURN_IF_ERROR(SetCodec(profile, value));
  } else if (name == "container") {
    RETURN_IF_ERROR(SetContainer(profile, value));
  } else if (name == "quality") {
    RETURN_IF_ERROR(SetQuality(profile, value));
  } else if (name == "copy_if_fits") {
    RETURN_IF_ERROR(SetFlag(profile.copy_if_fits, value, name));
  } else {
    return false;
  }
  return true;
}

base::Status CheckRate(const Profile& profile, const CodecFacts& facts) {
  int rate = profile.sample_rate;
  if (rate == 0) return base::Status::Ok();
  if (rate < 8'000 || rate > facts.max_sample_rate)
    return Wrong("sample_rate must be between 8000 and " +
                 std::to_string(facts.max_sample_rate));
  auto rates = RatesOf(profile.codec);
  if (rates.empty() ||
      std::find(rates.begin(), rates.end(), rate) != rates.end())
    return base::Status::Ok();
  std::string known;
  for (int each : rates)
    known += (known.empty() ? "" : ", ") + std::to_string(each);
  return Wrong(std::string(facts.name) + " has no sample_rate of " +
               std::to_string(rate) + "; it has " + known);
}

base::Status CheckBitrate(const Profile& profile, const CodecFacts& facts) {
  if (profile.quality && profile.codec != Codec::kMp3)
    return Wrong(std::string(facts.name) +
                 " takes no quality; that is for mp3, 0 (best) to 9");
  if (profile.quality) {
    if (*profile.quality > 9) return Wrong("quality must be from 0 to 9");
    return profile.bitrate == 0
               ? base::Status::Ok()
               : Wrong(
                     "give bitrate or quality, not both (bitrate: null "
                     "leaves out the profile's)");
  }
  if (facts.min_bitrate == 0)
    return profile.bitrate == 0
               ? base::Status::Ok()
               : Wrong(std::string(facts.name) + " takes no bitrate");
  if (profile.bitrate >= facts.min_bitrate &&
      profile.bitrate <= facts.max_bitrate)
    return base::Status::Ok();
  return Wrong("bitrate must be between " + std::to_string(facts.min_bitrate) +
               " and " + std::to_string(facts.max_bitrate) + " bits/s");
}

base::Status CheckCopy(const Profile& profile) {
  if (profile.sample_rate != 0 || profile.channels != 0)
    return Wrong(
        "a copy keeps the source's sample_rate and channels; leave them out");
  if (profile.copy_if_fits)
    return Wrong("codec copy always copies; leave copy_if_fits out");
  return base::Status::Ok();
}

base::Status CheckSettings(const Profile& profile) {
  const CodecFacts& facts = FactsOf(profile.codec);
  if (profile.codec == Codec::kCopy) RETURN_IF_ERROR(CheckCopy(profile));
  if (profile.channels < 0 || profile.channels > 2)
    return Wrong("channels must be 1, 2, or absent for the source's own");
  RETURN_IF_ERROR(CheckRate(profile, facts));
  RETURN_IF_ERROR(CheckBitrate(profile, facts));
  if (profile.container == Container::kFitting ||
      Fits(profile.codec, profile.container))
    return base::Status::Ok();
  return Wrong("container " + std::string(ContainerName(profile.container)) +
               " holds no " + std::string(facts.name) + "; " +
               std::string(ContainerName(facts.container)) + " and mka do");
}

}  // namespace

std::span<const Codec> AllCodecs() { return kAllCodecs; }

std::string_view CodecName(Codec codec) { return FactsOf(codec).name; }

std::optional<Codec> ParseCodec(std::string_view name) {
  for (const CodecFacts& facts : kCodecs)
    if (facts.name == name) return facts.codec;
  return std::nullopt;
}

CodecLimits LimitsOf(Codec codec) {
  const CodecFacts& facts = FactsOf(codec);
  return {facts.min_bitrate, facts.max_bitrate, facts.max_sample_rate,
          RatesOf(codec)};
}

std::string_view ContainerName(Container container) {
  return FactsOf(container).name;
}

std::optional<Container> ParseContainer(std::string_view name) {
  for (const ContainerFacts& facts : kContainers)
    if (facts.name == name && !name.empty()) return facts.container;
  return std::nullopt;
}

Container ContainerOf(const Profile& profile) {
  return profile.container == Container::kFitting
             ? FactsOf(profile.codec).container
             : profile.container;
}

bool Fits(Codec codec, Container container) {
  if (codec == Codec::kCopy || container == Container::kMka) return true;
  if (codec == Codec::kFlac && container == Container::kOgg) return true;
  return FactsOf(codec).container == container;
}

std::string_view ExtensionOf(const Profile& profile) {
  const CodecFacts& facts = FactsOf(profile.codec);
  Container container = ContainerOf(profile);
  return container == facts.container ? facts.extension
                                      : ContainerName(container);
}

std::optional<Container> ContainerOfName(std::string_view file_name) {
  size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::string_view end = file_name.substr(dot + 1);
  if (end == "opus" || end == "oga") return Container::kOgg;
  if (end == "mp4") return Container::kM4a;
  return ParseContainer(end);
}

std::string_view ContentTypeOf(Container container) {
  return FactsOf(container).content_type;
}

std::span<const Profile> BuiltInProfiles() {
  static const std::array kProfiles = {
      Profile{"mp3-128k", Codec::kMp3, 128'000, 44'100, 2},
      Profile{"mp3-320k", Codec::kMp3, 320'000, 44'100, 2},
      Profile{"wav", Codec::kPcmS16},
      Profile{"flac", Codec::kFlac},
      Profile{"aac-160k", Codec::kAac, 160'000, 48'000, 2},
      Profile{"opus-96k", Codec::kOpus, 96'000, 48'000, 2},
      Profile{"speech-16k", Codec::kPcmS16, 0, 16'000, 1},
      Profile{"copy", Codec::kCopy},
  };
  return kProfiles;
}

std::optional<Profile> FindBuiltInProfile(std::string_view name) {
  for (const Profile& profile : BuiltInProfiles())
    if (profile.name == name) return profile;
  return std::nullopt;
}

base::Result<bool> ApplySetting(Profile& profile, std::string_view setting,
                                std::string_view value_json) {
  Json value = Json::parse(value_json, nullptr, false);
  if (value.is_discarded())
    return Wrong(std::string(setting) + " is no JSON value");
  return Set(profile, setting, value);
}

base::Result<Profile> ParseProfile(std::string_view name,
                                   std::string_view settings_json) {
  std::string who = "profile '" + std::string(name) + "'";
  Json json = Json::parse(settings_json, nullptr, false);
  if (!json.is_object())
    return Wrong("settings of " + who + " must be a JSON object");
  Profile profile;
  profile.name = name;
  auto codec = json.find("codec");
  if (codec == json.end() || !codec->is_string())
    return Wrong(who + " names no codec");
  for (const auto& [setting, value] : json.items()) {
    base::Result<bool> known = Set(profile, setting, value);
    if (!known.ok()) return known.status().WithContext(who);
    if (!*known)
      return Wrong(who + ": unknown setting '" + setting +
                   "'; known are codec, bitrate, quality, sample_rate, "
                   "channels, container and copy_if_fits");
  }
  RETURN_IF_ERROR(CheckProfile(profile));
  return profile;
}

std::string FormatProfile(const Profile& profile) {
  Json json;
  json["codec"] = CodecName(profile.codec);
  if (profile.bitrate > 0) json["bitrate"] = profile.bitrate;
  if (profile.sample_rate > 0) json["sample_rate"] = profile.sample_rate;
  if (profile.channels > 0) json["channels"] = profile.channels;
  if (profile.quality) json["quality"] = *profile.quality;
  if (profile.container != Container::kFitting)
    json["container"] = ContainerName(profile.container);
  if (profile.copy_if_fits) json["copy_if_fits"] = true;
  return json.dump();
}

base::Status CheckProfile(const Profile& profile) {
  base::Status status = CheckSettings(profile);
  if (status.ok()) return status;
  return status.WithContext("profile '" + profile.name + "'");
}

}  // namespace vexaa::jobs
