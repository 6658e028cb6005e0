// Decides whether and into which container a track is copied as it is. PURE.
#pragma once

#include <string>

#include "lib/base/status.h"
#include "lib/jobs/profile.h"

namespace vexaa::runner {

// A track by its container's words; 0 where those are silent.
struct CodedSound {
  std::string codec;  // libav's name
  int sample_rate = 0;
  int channels = 0;
  int64_t bitrate = 0;  // bits/s, at most
};

struct CopyDecision {
  bool copies = false;
  std::string why;  // a clause for people: "encoded: the source is aac"
};

// A profile of codec copy always copies; one with copy_if_fits does when the
// track is what an encoder would make, at no higher bit rate. With a clip it is
// encoded: packets cannot be cut.
CopyDecision DecideCopy(const jobs::Profile& profile, const CodedSound& sound,
                        bool clipped);

// How a clip of a track is copied.
struct ClipCopy {
  // To the sample: players are told what to leave out at both ends.
  bool exact = false;
  // The packets themselves are cut: those of PCM.
  bool cuts = false;
  // What a decoder has to hear before the first frame: the longer of these.
  int preroll_frames = 0;
  int preroll_ms = 0;
  // What can be left out in front is nothing, or from the least to the most.
  int least_delay = 0;
  int most_delay = 0;
};

// `codec`: libav's name. `patched`: the file's head is written at its end.
ClipCopy PlanClipCopy(jobs::Container container, const std::string& codec,
                      bool patched);

// The container of a copy: the one that is asked for, else the usual one.
// UnsupportedCodec: it does not hold the codec; the sentence says what does.
base::Result<jobs::Container> ContainerForCopy(jobs::Container wanted,
                                               const std::string& codec);

}  // namespace vexaa::runner
