// A profile: the audio that a job asks for. Pure; thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::jobs {

enum class Codec {
  kMp3,
  kPcmS16,
  kPcmS24,
  kPcmF32,
  kFlac,
  kAac,
  kOpus,
  kCopy,  // the source's own packets, bit by bit
};

enum class Container {
  kFitting,  // what is usual for the codec
  kMp3,
  kWav,
  kFlac,
  kM4a,
  kOgg,
  kMka,  // Matroska: holds every codec
};

struct Profile {
  std::string name;  // as in the profiles table
  Codec codec = Codec::kMp3;
  int bitrate = 0;             // bits/s; 0 where there is none
  int sample_rate = 0;         // Hz; 0: the source's own
  int channels = 0;            // 1 or 2; 0: the source's own
  std::optional<int> quality;  // MP3: LAME's V0 (best) to V9, variable bit rate
  Container container = Container::kFitting;
  // A source that has this codec, rate and channels already, at no higher bit
  // rate, is copied; else it is encoded.
  bool copy_if_fits = false;
  bool operator==(const Profile&) const = default;
};

std::span<const Codec> AllCodecs();
std::string_view CodecName(Codec codec);  // "mp3", "pcm_s16le", "copy"
std::optional<Codec> ParseCodec(std::string_view name);

// What a profile may ask of a codec; all 0 for a copy, which keeps what is.
struct CodecLimits {
  int min_bitrate;  // bits/s; 0: it has none
  int max_bitrate;
  int max_sample_rate;                // Hz; the least is 8000
  std::span<const int> sample_rates;  // rising; empty: every one up to the most
};
CodecLimits LimitsOf(Codec codec);
std::string_view ContainerName(Container container);  // "m4a"; "" for kFitting
std::optional<Container> ParseContainer(std::string_view name);

// The container of the profile's file; kFitting only for a copy whose
// container depends on the source.
Container ContainerOf(const Profile& profile);
bool Fits(Codec codec, Container container);
// The end of the file's name: "mp3", "opus"; "mka" for a copy of anything.
std::string_view ExtensionOf(const Profile& profile);
// The container that a file's name tells, by its end: "ogg" or "opus" is kOgg.
std::optional<Container> ContainerOfName(std::string_view file_name);
std::string_view ContentTypeOf(Container container);  // "audio/mpeg"

// mp3-128k, mp3-320k, wav, flac, aac-160k, opus-96k, speech-16k, copy; the
// seeds of the profiles table.
std::span<const Profile> BuiltInProfiles();
std::optional<Profile> FindBuiltInProfile(std::string_view name);

// Settings JSON of a run spec and, but for "codec", of a job's options:
// {"codec": "mp3", "bitrate": 128000, "sample_rate": 44100, "channels": 2,
//  "quality": 2, "container": "mka", "copy_if_fits": true}.
// kInvalidArgument names the field at fault; unknown fields are refused.
base::Result<Profile> ParseProfile(std::string_view name,
                                   std::string_view settings_json);
std::string FormatProfile(const Profile& profile);

// Changes `profile` by one setting: `value_json` is the setting's JSON value,
// null for the profile's absence of one. A codec "auto" keeps the profile's
// codec and sets copy_if_fits. False: there is no such setting.
base::Result<bool> ApplySetting(Profile& profile, std::string_view setting,
                                std::string_view value_json);

// Checks rates, channels, bit rates and containers against what the codec can
// do.
base::Status CheckProfile(const Profile& profile);

}  // namespace vexaa::jobs
