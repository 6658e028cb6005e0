// Encodes one sound into packets in their order. Where a codec's frames hardly
// depend on those before them, the sound is cut into stretches of 12 s, and
// several are encoded at once, each by an encoder of its own that begins with
// the last frames of the stretch before: by the first packet that is kept it
// has heard what a single encoder would remember.
//
// That is so for Opus at 64 kbit/s and more with one or two channels. There
// libopus always takes its MDCT layer (opus_encoder.c: above mode_thresholds).
// What of its state reaches the next frame is gone after the lead-in or nearly
// so: band energies, predicted with a factor of 0.5 a frame (quant_bands.c),
// the post-filter, and a high-pass of 3 Hz (0.01 of a DC offset is left). Other
// codecs carry bits (MP3) or windows (AAC) over and are encoded by one encoder.
//
// What is encoded depends on the sound and the format only, not on threads.
// One user thread; frames that were encoded are used again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <vector>

#include "lib/base/status.h"
#include "runner/audio_plan.h"
#include "runner/media/encoder.h"
#include "runner/media/frame_pool.h"

namespace vexaa::media {

// Whether sound of that format is encoded in stretches.
bool EncodedInStretches(const runner::OutputFormat& format);

inline constexpr int kStretchFrames = 600;  // of 20 ms
// How much more noise a join has then is in ADR 0013.
inline constexpr int kLeadInFrames = 12;

// About so many frames may be taken and not given to Encode yet: with many
// more, a stretch could not be filled before some of them come back.
inline constexpr int kMostWaitingFrames = 300;

class SoundEncoder {
 public:
  using PacketHandler = Encoder::PacketHandler;

  // `layout`: of the channels in `format`. `stop` ends what waits for a frame
  // and what is encoded in stretches, with kCancelled.
  static base::Result<std::unique_ptr<SoundEncoder>> Open(
      const runner::OutputFormat& format, const AVChannelLayout& layout,
      std::stop_token stop);
  // Waits for what each thread is at, some milliseconds of work.
  ~SoundEncoder();

  const AVCodecContext& context() const { return encoder_->context(); }
  FrameFormat frame_format() const { return encoder_->frame_format(); }
  // Samples per frame; only the last frame may be shorter.
  int frame_samples() const { return encoder_->frame_samples(); }

  // A frame to fill, once there is room for it; any thread.
  base::Result<FramePtr> TakeFrame() { return pool_.Take(stop_.get_token()); }
  // Packets are handed on as they come, on this thread.
  base::Status Encode(FramePtr frame, const PacketHandler& on_packet);
  // Encodes what is left; once.
  base::Status Finish(const PacketHandler& on_packet);
  uint64_t samples() const { return samples_; }

 private:
  struct Stretch {
    std::vector<FramePtr> lead_in;  // of the stretch before, not kept
    std::vector<FramePtr> frames;
    bool last = false;
    std::vector<PacketPtr> packets = {};
    base::Status status;
  };
  using StretchPtr = std::unique_ptr<Stretch>;

  SoundEncoder(const runner::OutputFormat& format,
               const AVChannelLayout& layout, std::unique_ptr<Encoder> encoder,
               std::stop_token stop);

  base::Status Begin(const PacketHandler& on_packet);
  base::Status HandOnOldest(const PacketHandler& on_packet);
  StretchPtr EncodeStretch(StretchPtr stretch);
  base::Status EncodeFrames(Stretch& stretch);

  const runner::OutputFormat format_;
  const AVChannelLayout layout_;  // of a native order: owns nothing
  // Encodes all, or stands for the stretches' encoders.
  const std::unique_ptr<Encoder> encoder_;
  const bool in_stretches_;
  FramePool pool_;
  StretchPtr next_;  // being filled
  uint64_t samples_ = 0;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_stop_;
  std::deque<std::future<StretchPtr>> under_way_;  // the oldest first
};

}  // namespace vexaa::media
