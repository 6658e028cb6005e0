#include "runner/audio_plan.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>

#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

// What a listener would pick first compares least.
auto Rank(const AudioTrack& track) {
  return std::tuple(track.is_commentary || track.is_description,
                    !track.is_default, track.index);
}

std::string WhyChosen(const AudioTrack& track,
                      std::span<const AudioTrack> tracks) {
  if (tracks.size() == 1) return "the only track";
  if (track.is_commentary) return "there are only commentaries";
  if (track.is_description) return "there are only audio descriptions";
  if (track.is_default) return "the default track";
  return "the first track with programme sound";
}

int NearestMp3Rate(int rate) {
  static constexpr std::array kRates = {8'000,  11'025, 12'000, 16'000, 22'050,
                                        24'000, 32'000, 44'100, 48'000};
  return *std::min_element(kRates.begin(), kRates.end(), [=](int a, int b) {
    return std::abs(a - rate) < std::abs(b - rate);
  });
}

int MaxChannels(jobs::Codec codec) {
  switch (codec) {
    case jobs::Codec::kMp3:
      return 2;
    case jobs::Codec::kFlac:
    case jobs::Codec::kAac:
    case jobs::Codec::kOpus:
      return 8;
    case jobs::Codec::kPcmS16:
    case jobs::Codec::kPcmS24:
    case jobs::Codec::kPcmF32:
    case jobs::Codec::kCopy:
      return 16;
  }
  return 2;
}

}  // namespace

base::Result<TrackChoice> ChooseTrack(std::span<const AudioTrack> tracks) {
  if (tracks.empty())
    return jobs::Fail(jobs::Reason::kNoAudioStream,
                      "the source has no audio stream");
  const AudioTrack* best = nullptr;
  for (const AudioTrack& track : tracks)
    if (track.decodable && (best == nullptr || Rank(track) < Rank(*best)))
      best = &track;
  if (best == nullptr)
    return jobs::Fail(jobs::Reason::kUnsupportedCodec,
                      "the source's audio codec '" + tracks.front().codec +
                          "' cannot be decoded here; convert the source first");
  return TrackChoice{best->index, WhyChosen(*best, tracks)};
}

OutputFormat PlanOutput(const jobs::Profile& profile,
                        const SoundFormat& source) {
  OutputFormat format;
  format.codec = profile.codec;
  format.bitrate = profile.bitrate;
  format.sample_rate =
      profile.sample_rate > 0 ? profile.sample_rate : source.sample_rate;
  if (profile.codec == jobs::Codec::kMp3)
    format.sample_rate = NearestMp3Rate(format.sample_rate);
  int channels = profile.channels > 0 ? profile.channels : source.channels;
  format.channels = std::min(channels, MaxChannels(profile.codec));
  // FLAC keeps what a lossless source has; 24 bits of a lossy one are noise.
  if (profile.codec == jobs::Codec::kFlac && source.bits > 16) format.bits = 24;
  return format;
}

}  // namespace vexaa::runner
