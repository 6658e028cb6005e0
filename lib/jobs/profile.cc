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
  std::string_view extension;
  std::string_view content_type;
  int max_sample_rate;
  bool has_bitrate;
};

constexpr std::array kCodecs = {
    CodecFacts{Codec::kMp3, "mp3", "mp3", "audio/mpeg", 48'000, true},
    CodecFacts{Codec::kPcmS16, "pcm_s16le", "wav", "audio/wav", 192'000, false},
    CodecFacts{Codec::kFlac, "flac", "flac", "audio/flac", 192'000, false},
};

const CodecFacts& FactsOf(Codec codec) {
  return kCodecs[static_cast<size_t>(codec)];
}

// The rates of MPEG-1, 2 and 2.5 layer III.
constexpr std::array kMp3Rates = {8'000,  11'025, 12'000, 16'000, 22'050,
                                  24'000, 32'000, 44'100, 48'000};

base::Status Wrong(const std::string& what) {
  return Fail(Reason::kInvalidJob, what);
}

// A whole number of `json`, 0 when absent.
base::Result<int> IntField(const Json& json, const char* name) {
  auto found = json.find(name);
  if (found == json.end() || found->is_null()) return 0;
  if (!found->is_number_integer() || *found < 0 || *found > 10'000'000)
    return Wrong(std::string(name) + " must be a whole number");
  return found->get<int>();
}

base::Status OnlyKnownFields(const Json& json) {
  static constexpr std::array<std::string_view, 4> kKnown = {
      "codec", "bitrate", "sample_rate", "channels"};
  for (const auto& [name, value] : json.items()) {
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
      return Wrong("unknown setting '" + name +
                   "'; known are codec, bitrate, sample_rate and channels");
  }
  return base::Status::Ok();
}

}  // namespace

std::string_view CodecName(Codec codec) { return FactsOf(codec).name; }

std::optional<Codec> ParseCodec(std::string_view name) {
  for (const CodecFacts& facts : kCodecs)
    if (facts.name == name) return facts.codec;
  return std::nullopt;
}

std::string_view ExtensionOf(Codec codec) { return FactsOf(codec).extension; }

std::string_view ContentTypeOf(Codec codec) {
  return FactsOf(codec).content_type;
}

std::span<const Profile> BuiltInProfiles() {
  static const std::array kProfiles = {
      Profile{"mp3-128k", Codec::kMp3, 128'000, 44'100, 2},
      Profile{"mp3-320k", Codec::kMp3, 320'000, 44'100, 2},
      Profile{"wav", Codec::kPcmS16, 0, 0, 0},
      Profile{"flac", Codec::kFlac, 0, 0, 0},
      Profile{"speech-16k", Codec::kPcmS16, 0, 16'000, 1},
  };
  return kProfiles;
}

std::optional<Profile> FindBuiltInProfile(std::string_view name) {
  for (const Profile& profile : BuiltInProfiles())
    if (profile.name == name) return profile;
  return std::nullopt;
}

base::Result<Profile> ParseProfile(std::string_view name,
                                   std::string_view settings_json) {
  Json json = Json::parse(settings_json, nullptr, false);
  if (!json.is_object())
    return Wrong("settings of profile '" + std::string(name) +
                 "' must be a JSON object");
  RETURN_IF_ERROR(OnlyKnownFields(json));
  Profile profile;
  profile.name = name;
  auto codec = json.find("codec");
  if (codec == json.end() || !codec->is_string())
    return Wrong("profile '" + profile.name + "' names no codec");
  auto parsed = ParseCodec(codec->get<std::string>());
  if (!parsed)
    return Wrong("profile '" + profile.name + "' asks for codec '" +
                 codec->get<std::string>() +
                 "'; this version makes mp3, pcm_s16le and flac");
  profile.codec = *parsed;
  ASSIGN_OR_RETURN(profile.bitrate, IntField(json, "bitrate"));
  ASSIGN_OR_RETURN(profile.sample_rate, IntField(json, "sample_rate"));
  ASSIGN_OR_RETURN(profile.channels, IntField(json, "channels"));
  RETURN_IF_ERROR(CheckProfile(profile));
  return profile;
}

std::string FormatProfile(const Profile& profile) {
  Json json;
  json["codec"] = CodecName(profile.codec);
  if (profile.bitrate > 0) json["bitrate"] = profile.bitrate;
  if (profile.sample_rate > 0) json["sample_rate"] = profile.sample_rate;
  if (profile.channels > 0) json["channels"] = profile.channels;
  return json.dump();
}

base::Status CheckProfile(const Profile& profile) {
  const CodecFacts& facts = FactsOf(profile.codec);
  std::string who = "profile '" + profile.name + "': ";
  if (profile.channels < 0 || profile.channels > 2)
    return Wrong(who + "channels must be 1, 2, or absent for the source's own");
  int rate = profile.sample_rate;
  if (rate != 0 && (rate < 8'000 || rate > facts.max_sample_rate))
    return Wrong(who + "sample_rate must be between 8000 and " +
                 std::to_string(facts.max_sample_rate));
  if (profile.codec == Codec::kMp3 && rate != 0 &&
      std::find(kMp3Rates.begin(), kMp3Rates.end(), rate) == kMp3Rates.end())
    return Wrong(who + "MP3 has no sample_rate of " + std::to_string(rate) +
                 "; 44100 and 48000 are usual");
  if (!facts.has_bitrate && profile.bitrate != 0)
    return Wrong(who + std::string(facts.name) + " takes no bitrate");
  if (facts.has_bitrate &&
      (profile.bitrate < 8'000 || profile.bitrate > 320'000))
    return Wrong(who + "bitrate must be between 8000 and 320000 bits/s");
  return base::Status::Ok();
}

}  // namespace vexaa::jobs
