#include "runner/copy_plan.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

using jobs::Container;

struct Holds {
  std::string_view codec;
  Container container;
};

// Of one codec the usual container comes first. Matroska holds all of them.
constexpr std::array kHolds = {
    Holds{"mp3", Container::kMp3},       Holds{"mp3", Container::kM4a},
    Holds{"aac", Container::kM4a},       Holds{"alac", Container::kM4a},
    Holds{"ac3", Container::kMka},       Holds{"ac3", Container::kM4a},
    Holds{"eac3", Container::kMka},      Holds{"eac3", Container::kM4a},
    Holds{"opus", Container::kOgg},      Holds{"opus", Container::kM4a},
    Holds{"vorbis", Container::kOgg},    Holds{"speex", Container::kOgg},
    Holds{"flac", Container::kFlac},     Holds{"flac", Container::kOgg},
    Holds{"flac", Container::kM4a},      Holds{"pcm_s16le", Container::kWav},
    Holds{"pcm_s24le", Container::kWav}, Holds{"pcm_s32le", Container::kWav},
    Holds{"pcm_f32le", Container::kWav}, Holds{"pcm_f64le", Container::kWav},
    Holds{"pcm_u8", Container::kWav},    Holds{"pcm_alaw", Container::kWav},
    Holds{"pcm_mulaw", Container::kWav}};

std::string ContainersOf(const std::string& codec) {
  std::string names;
  for (const Holds& holds : kHolds)
    if (holds.codec == codec && holds.container != Container::kMka)
      names += std::string(jobs::ContainerName(holds.container)) + " and ";
  return names + "mka" + (names.empty() ? " does" : " do");
}

std::string Encoded(const std::string& why) { return "encoded: " + why; }

CopyDecision DecideFit(const jobs::Profile& profile, const CodedSound& sound,
                       bool clipped) {
  const std::string wanted(jobs::CodecName(profile.codec));
  if (sound.codec != wanted)
    return {false, Encoded("the source is " + sound.codec)};
  if (clipped) return {false, Encoded("a clip is cut between packets")};
  if (profile.sample_rate > 0 && sound.sample_rate != profile.sample_rate)
    return {false, Encoded("the source has " +
                           (sound.sample_rate > 0
                                ? std::to_string(sound.sample_rate) + " Hz"
                                : "no known sample rate"))};
  if (profile.channels > 0 && sound.channels != profile.channels)
    return {false, Encoded("the source has " +
                           (sound.channels > 0
                                ? std::to_string(sound.channels) + " channels"
                                : "no known channel count"))};
  if (profile.bitrate > 0 && sound.bitrate <= 0)
    return {false, Encoded("the source's bit rate is not known")};
  if (profile.bitrate > 0 && sound.bitrate > profile.bitrate)
    return {false, Encoded("the source has " +
                           std::to_string(sound.bitrate / 1000) + " kbit/s")};
  if (profile.quality)
    return {false, Encoded("the quality of the source is not known")};
  return {true, "copied: the source is what the profile asks for"};
}

}  // namespace

CopyDecision DecideCopy(const jobs::Profile& profile, const CodedSound& sound,
                        bool clipped) {
  if (profile.codec == jobs::Codec::kCopy) return {true, "copied as asked"};
  if (!profile.copy_if_fits) return {};
  return DecideFit(profile, sound, clipped);
}

// AAC overlaps one frame with the next and SBR a few more; MP3 takes bits from
// frames before, and its header has room for no more than three; Opus wants
// 80 ms (RFC 7845, 4.6) and remembers a little longer.
ClipCopy PlanClipCopy(Container container, const std::string& codec,
                      bool patched) {
  constexpr int kMp3DecoderDelay = 529, kMp3MostDelay = 4095 + 529;
  constexpr int kAnyDelay = 60'000;  // Opus has 16 bits for it
  if (codec.starts_with("pcm_")) return {.exact = true, .cuts = true};
  if (codec == "opus")
    return {.exact = container != Container::kM4a,
            .preroll_ms = 200,
            .most_delay = kAnyDelay};
  if (container == Container::kM4a)
    return {.exact = patched,
            .preroll_frames = codec == "mp3" ? 10 : 4,
            .most_delay = kAnyDelay};
  if (container == Container::kMp3)
    return {.exact = patched,
            .preroll_frames = 3,
            .least_delay = kMp3DecoderDelay,
            .most_delay = kMp3MostDelay};
  return {};
}

base::Result<Container> ContainerForCopy(Container wanted,
                                         const std::string& codec) {
  if (wanted == Container::kMka) return wanted;
  for (const Holds& holds : kHolds)
    if (holds.codec == codec &&
        (wanted == Container::kFitting || holds.container == wanted))
      return holds.container;
  if (wanted == Container::kFitting) return Container::kMka;
  return jobs::Fail(jobs::Reason::kUnsupportedCodec,
                    "the source's codec " + codec + " does not fit into " +
                        std::string(jobs::ContainerName(wanted)) + "; " +
                        ContainersOf(codec) +
                        ", or choose a codec to encode it");
}

}  // namespace vexaa::runner
