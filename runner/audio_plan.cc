#include "runner/audio_plan.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "lib/jobs/reason.h"
#include "runner/language.h"

namespace vexaa::runner {
namespace {

using jobs::Fail;
using jobs::Reason;
using jobs::TrackSelector;

// What a listener would pick first compares least.
auto Rank(const AudioTrack& track) {
  return std::tuple(track.is_commentary || track.is_description,
                    !track.is_default, track.index);
}

// "the default track", of `count` that were to choose from.
std::string WhyChosen(const AudioTrack& track, size_t count) {
  if (count == 1) return "the only track";
  if (track.is_commentary) return "there are only commentaries";
  if (track.is_description) return "there are only audio descriptions";
  if (track.is_default) return "the default track";
  return "the first track with programme sound";
}

std::string Counted(size_t tracks) {
  return std::to_string(tracks) +
         (tracks == 1 ? " audio track" : " audio tracks");
}

base::Status CannotDecode(const AudioTrack& track) {
  return Fail(Reason::kUnsupportedCodec,
              "the source's audio codec '" + track.codec +
                  "' cannot be decoded here; convert the source first");
}

base::Result<TrackChoice> ChooseNumber(std::span<const AudioTrack> tracks,
                                       int number, bool to_decode) {
  auto at = static_cast<size_t>(number);
  if (at >= tracks.size())
    return Fail(Reason::kNoAudioStream,
                "there is no audio track " + std::to_string(number) +
                    ": the source has " + Counted(tracks.size()) +
                    ", counted from 0");
  if (to_decode && !tracks[at].decodable) return CannotDecode(tracks[at]);
  return TrackChoice{number, "track " + std::to_string(number) +
                                 " as asked, of " +
                                 std::to_string(tracks.size())};
}

// "deu, eng and one without a language", of the tracks that there are.
std::string LanguagesOf(std::span<const AudioTrack> tracks) {
  std::string names;
  for (const AudioTrack& track : tracks)
    names += (names.empty() ? "" : ", ") +
             (track.language.empty() ? "unknown" : track.language);
  return names;
}

bool Speaks(const AudioTrack& track, const TrackSelector& wanted) {
  return wanted.by != TrackSelector::By::kLanguage ||
         LanguageCode(track.language) == LanguageCode(wanted.language);
}

base::Result<TrackChoice> ChooseBest(std::span<const AudioTrack> tracks,
                                     const TrackSelector& wanted,
                                     bool to_decode) {
  const AudioTrack* best = nullptr;
  const AudioTrack* undecodable = nullptr;
  size_t count = 0;
  for (const AudioTrack& track : tracks) {
    if (!Speaks(track, wanted)) continue;
    ++count;
    if (to_decode && !track.decodable) {
      if (undecodable == nullptr) undecodable = &track;
    } else if (best == nullptr || Rank(track) < Rank(*best)) {
      best = &track;
    }
  }
  if (best == nullptr && undecodable != nullptr)
    return CannotDecode(*undecodable);
  bool by_language = wanted.by == TrackSelector::By::kLanguage;
  if (best == nullptr)
    return Fail(Reason::kNoAudioStream,
                "there is no audio track in language '" + wanted.language +
                    "'; the source has " + Counted(tracks.size()) + ": " +
                    LanguagesOf(tracks));
  std::string why = WhyChosen(*best, count);
  if (by_language) why += " in '" + wanted.language + "'";
  return TrackChoice{static_cast<int>(best - tracks.data()), std::move(why)};
}

int Nearest(std::span<const int> rates, int rate) {
  return *std::min_element(rates.begin(), rates.end(), [=](int a, int b) {
    return std::abs(a - rate) < std::abs(b - rate);
  });
}

// Opus loses what is above its rate, so it goes up.
int AtLeast(std::span<const int> rates, int rate) {
  auto found = std::lower_bound(rates.begin(), rates.end(), rate);
  return found == rates.end() ? rates.back() : *found;
}

int RateFor(jobs::Codec codec, int rate) {
  auto rates = jobs::LimitsOf(codec).sample_rates;
  if (rates.empty()) return rate;
  return codec == jobs::Codec::kOpus ? AtLeast(rates, rate)
                                     : Nearest(rates, rate);
}

int ChannelsFor(jobs::Codec codec, int channels) {
  switch (codec) {
    case jobs::Codec::kMp3:
      return std::min(channels, 2);
    case jobs::Codec::kAac:
      // There is no usual layout of seven.
      return channels == 7 ? 6 : std::min(channels, 8);
    case jobs::Codec::kFlac:
    case jobs::Codec::kOpus:
      return std::min(channels, 8);
    case jobs::Codec::kPcmS16:
    case jobs::Codec::kPcmS24:
    case jobs::Codec::kPcmF32:
    case jobs::Codec::kCopy:
      break;
  }
  return std::min(channels, 16);
}

int BitsFor(jobs::Codec codec, int source_bits) {
  if (codec == jobs::Codec::kPcmS24) return 24;
  // FLAC keeps what a lossless source has; 24 bits of a lossy one are noise.
  return codec == jobs::Codec::kFlac && source_bits > 16 ? 24 : 16;
}

}  // namespace

base::Result<TrackChoice> ChooseTrack(std::span<const AudioTrack> tracks,
                                      const TrackSelector& wanted,
                                      bool to_decode) {
  if (tracks.empty())
    return Fail(Reason::kNoAudioStream, "the source has no audio stream");
  if (wanted.by == TrackSelector::By::kNumber)
    return ChooseNumber(tracks, wanted.number, to_decode);
  return ChooseBest(tracks, wanted, to_decode);
}

base::Status CheckAllTracks(size_t track_count,
                            std::span<const jobs::OutputPlan> outputs) {
  int planned = 0;
  for (const jobs::OutputPlan& output : outputs)
    if (output.if_track_exists)
      planned = std::max(planned, output.track.number + 1);
  if (planned == 0) return base::Status::Ok();
  if (track_count == 0)
    return Fail(Reason::kNoAudioStream, "the source has no audio stream");
  if (track_count <= static_cast<size_t>(planned)) return base::Status::Ok();
  return Fail(Reason::kInvalidJob,
              "the source has " + Counted(track_count) +
                  " and this job has room for " + std::to_string(planned) +
                  " of them: a job makes " + std::to_string(jobs::kMaxOutputs) +
                  " outputs at most; name the tracks that you want instead of "
                  "\"all\"");
}

OutputFormat PlanOutput(const jobs::Profile& profile,
                        const SoundFormat& source) {
  OutputFormat format;
  format.codec = profile.codec;
  format.bitrate = profile.bitrate;
  format.quality = profile.quality;
  format.container = jobs::ContainerOf(profile);
  int rate = profile.sample_rate > 0 ? profile.sample_rate : source.sample_rate;
  format.sample_rate = RateFor(profile.codec, rate);
  int channels = profile.channels > 0 ? profile.channels : source.channels;
  format.channels = ChannelsFor(profile.codec, channels);
  format.bits = BitsFor(profile.codec, source.bits);
  return format;
}

}  // namespace vexaa::runner
