// Decides what is extracted and how: which track of the source, and the exact
// output format, from facts and a profile. PURE.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "lib/jobs/profile.h"

namespace vexaa::runner {

// One audio stream as its container describes it.
struct AudioTrack {
  int index = 0;      // of the stream in the source
  std::string codec;  // libav's name, "aac"
  bool decodable = false;
  std::string language;  // ISO 639-2, empty when unknown
  std::string title;
  bool is_default = false;
  bool is_commentary = false;
  bool is_description = false;  // audio description for the blind
};

struct TrackChoice {
  int number = 0;   // of the audio tracks, 0 is the first
  std::string why;  // a clause for people: "the default track"
};

// The track that is asked for. By default and among several of one language
// that is the one a listener wants: the default one, else the first, never a
// commentary or description while there is another. `to_decode`: a track that
// cannot be decoded will not do. NoAudioStream: there is no such track;
// UnsupportedCodec: it cannot be decoded.
base::Result<TrackChoice> ChooseTrack(std::span<const AudioTrack> tracks,
                                      const jobs::TrackSelector& wanted = {},
                                      bool to_decode = true);

// InvalidJob when outputs for all tracks are planned (if_track_exists) and the
// source has more than these. NoAudioStream: it has none at all.
base::Status CheckAllTracks(size_t track_count,
                            std::span<const jobs::OutputPlan> outputs);

// Sound as the decoder delivers it, known from the first frame on.
struct SoundFormat {
  int sample_rate = 0;  // Hz
  int channels = 0;
  int bits = 16;  // that carry information; 16 for lossy codecs
};

struct OutputFormat {
  jobs::Codec codec = jobs::Codec::kMp3;
  int bitrate = 0;  // bits/s, 0 where the codec has none
  int sample_rate = 0;
  int channels = 0;
  int bits = 16;
  std::optional<int> quality = {};  // of MP3 with a variable bit rate
  jobs::Container container = jobs::Container::kMp3;
  bool operator==(const OutputFormat&) const = default;
};

// The profile, with the source's own rate and channels where it leaves them
// open and the codec can carry them.
OutputFormat PlanOutput(const jobs::Profile& profile,
                        const SoundFormat& source);

}  // namespace vexaa::runner
