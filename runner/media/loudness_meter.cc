#include "runner/media/loudness_meter.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "lib/jobs/reason.h"

namespace vexaa::media {
namespace {

using jobs::Fail;
using jobs::Reason;

// With histograms of 0.1 LU instead of lists of blocks: 36,000 blocks an hour
// would be kept otherwise.
constexpr int kMode = EBUR128_MODE_I | EBUR128_MODE_LRA |
                      EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM;

// BS.1770 weighs the surround channels and leaves out the low frequency ones.
int RoleOf(AVChannel channel) {
  switch (channel) {
    case AV_CHAN_FRONT_LEFT:
      return EBUR128_LEFT;
    case AV_CHAN_FRONT_RIGHT:
      return EBUR128_RIGHT;
    case AV_CHAN_FRONT_CENTER:
      return EBUR128_CENTER;
    case AV_CHAN_SIDE_LEFT:
    case AV_CHAN_BACK_LEFT:
      return EBUR128_LEFT_SURROUND;
    case AV_CHAN_SIDE_RIGHT:
    case AV_CHAN_BACK_RIGHT:
      return EBUR128_RIGHT_SURROUND;
    case AV_CHAN_LOW_FREQUENCY:
    case AV_CHAN_LOW_FREQUENCY_2:
      return EBUR128_UNUSED;
    default:
      return EBUR128_CENTER;  // weight 1
  }
}

void SetRoles(ebur128_state* state, const AVChannelLayout& layout) {
  for (int i = 0; i < layout.nb_channels; ++i)
    ebur128_set_channel(state, static_cast<unsigned>(i),
                        RoleOf(av_channel_layout_channel_from_index(
                            &layout, static_cast<unsigned>(i))));
}

float SampleAt(const AVFrame& frame, int channel, int index) {
  const uint8_t* plane = frame.extended_data[channel];
  switch (static_cast<AVSampleFormat>(frame.format)) {
    case AV_SAMPLE_FMT_S16P:
      return static_cast<float>(
                 reinterpret_cast<const int16_t*>(plane)[index]) /
             32768.0f;
    case AV_SAMPLE_FMT_S32P:
      return static_cast<float>(
                 reinterpret_cast<const int32_t*>(plane)[index]) /
             2147483648.0f;
    default:
      return reinterpret_cast<const float*>(plane)[index];
  }
}

base::Status Refused(int error) {
  return error == EBUR128_ERROR_NOMEM
             ? Fail(Reason::kOutOfMemory, "no memory to measure loudness")
             : Fail(Reason::kInternal, "loudness cannot be measured (" +
                                           std::to_string(error) + ")");
}

}  // namespace

struct LoudnessMeter::Handle {
  explicit Handle(ebur128_state* made) : state(made) {}
  ~Handle() { ebur128_destroy(&state); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  ebur128_state* state;
};

base::Result<std::unique_ptr<LoudnessMeter>> LoudnessMeter::Open(
    const FrameFormat& format) {
  ebur128_state* state =
      ebur128_init(static_cast<unsigned>(format.layout.nb_channels),
                   static_cast<unsigned long>(format.sample_rate), kMode);
  if (state == nullptr) return Refused(EBUR128_ERROR_NOMEM);
  SetRoles(state, format.layout);
  auto handle = std::make_unique<Handle>(state);
  return std::unique_ptr<LoudnessMeter>(
      new LoudnessMeter(format, std::move(handle)));
}

LoudnessMeter::LoudnessMeter(const FrameFormat& format,
                             std::unique_ptr<Handle> handle)
    : format_(format), handle_(std::move(handle)) {}

LoudnessMeter::~LoudnessMeter() = default;

base::Status LoudnessMeter::Push(const AVFrame& frame) {
  const auto samples = static_cast<size_t>(frame.nb_samples);
  int error = EBUR128_SUCCESS;
  switch (static_cast<AVSampleFormat>(frame.format)) {
    case AV_SAMPLE_FMT_S16:
      error = ebur128_add_frames_short(
          handle_->state, reinterpret_cast<const short*>(frame.data[0]),
          samples);
      break;
    case AV_SAMPLE_FMT_S32:
      error = ebur128_add_frames_int(
          handle_->state, reinterpret_cast<const int*>(frame.data[0]), samples);
      break;
    case AV_SAMPLE_FMT_FLT:
      error = ebur128_add_frames_float(
          handle_->state, reinterpret_cast<const float*>(frame.data[0]),
          samples);
      break;
    case AV_SAMPLE_FMT_S16P:
    case AV_SAMPLE_FMT_S32P:
    case AV_SAMPLE_FMT_FLTP:
      return PushFloats(frame);
    default:
      return Fail(Reason::kInternal, "loudness of such samples is not known");
  }
  return error == EBUR128_SUCCESS ? base::Status::Ok() : Refused(error);
}

base::Status LoudnessMeter::PushFloats(const AVFrame& frame) {
  const int channels = format_.layout.nb_channels;
  interleaved_.resize(static_cast<size_t>(frame.nb_samples) *
                      static_cast<size_t>(channels));
  float* out = interleaved_.data();
  for (int i = 0; i < frame.nb_samples; ++i)
    for (int channel = 0; channel < channels; ++channel)
      *out++ = SampleAt(frame, channel, i);
  int error = ebur128_add_frames_float(handle_->state, interleaved_.data(),
                                       static_cast<size_t>(frame.nb_samples));
  return error == EBUR128_SUCCESS ? base::Status::Ok() : Refused(error);
}

base::Result<jobs::Loudness> LoudnessMeter::Measure() const {
  jobs::Loudness loudness;
  int error =
      ebur128_loudness_global(handle_->state, &loudness.integrated_lufs);
  if (error == EBUR128_SUCCESS)
    error = ebur128_loudness_range(handle_->state, &loudness.range_lu);
  double peak = 0;
  for (unsigned i = 0; error == EBUR128_SUCCESS && i < handle_->state->channels;
       ++i) {
    double channel_peak = 0;
    error = ebur128_true_peak(handle_->state, i, &channel_peak);
    peak = std::max(peak, channel_peak);
  }
  if (error != EBUR128_SUCCESS) return Refused(error);
  loudness.true_peak_dbtp = 20 * std::log10(peak);
  return loudness;
}

}  // namespace vexaa::media
