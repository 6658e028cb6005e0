// A profile: the audio that a job asks for. Pure; thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::jobs {

enum class Codec { kMp3, kPcmS16, kFlac };

struct Profile {
  std::string name;  // as in the profiles table
  Codec codec = Codec::kMp3;
  int bitrate = 0;      // bits/s; 0 where the codec has none
  int sample_rate = 0;  // Hz; 0: the source's own
  int channels = 0;     // 1 or 2; 0: the source's own
  bool operator==(const Profile&) const = default;
};

std::string_view CodecName(Codec codec);  // "mp3", "pcm_s16le", "flac"
std::optional<Codec> ParseCodec(std::string_view name);
// "mp3", "wav", "flac": the container and the end of the file name.
std::string_view ExtensionOf(Codec codec);
std::string_view ContentTypeOf(Codec codec);  // "audio/mpeg"

// mp3-128k, mp3-320k, wav, flac, speech-16k; the seeds of the profiles table.
std::span<const Profile> BuiltInProfiles();
std::optional<Profile> FindBuiltInProfile(std::string_view name);

// Settings JSON of the profiles table and of a run spec:
// {"codec": "mp3", "bitrate": 128000, "sample_rate": 44100, "channels": 2}.
// kInvalidArgument names the field at fault; unknown fields are refused.
base::Result<Profile> ParseProfile(std::string_view name,
                                   std::string_view settings_json);
std::string FormatProfile(const Profile& profile);

// Checks rates, channels and bitrates against what the codec can do.
base::Status CheckProfile(const Profile& profile);

}  // namespace vexaa::jobs
