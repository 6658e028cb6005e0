#include "tests/unit/runner/media/frames.h"

#include <cmath>
#include <cstdint>

namespace vexaa::media {
namespace {

void Store(uint8_t* plane, size_t at, AVSampleFormat format, float level) {
  const double wide = level;
  switch (format) {
    case AV_SAMPLE_FMT_U8:
      plane[at] = static_cast<uint8_t>(std::lround(128 + wide * 127));
      return;
    case AV_SAMPLE_FMT_S16:
      reinterpret_cast<int16_t*>(plane)[at] =
          static_cast<int16_t>(std::lround(wide * 32767));
      return;
    case AV_SAMPLE_FMT_S32:
      reinterpret_cast<int32_t*>(plane)[at] =
          static_cast<int32_t>(std::lround(wide * 2147483647));
      return;
    case AV_SAMPLE_FMT_S64:
      reinterpret_cast<int64_t*>(plane)[at] =
          static_cast<int64_t>(wide * 0x1p62) * 2 - (wide > 0 ? 1 : 0);
      return;
    case AV_SAMPLE_FMT_DBL:
      reinterpret_cast<double*>(plane)[at] = wide;
      return;
    default:
      reinterpret_cast<float*>(plane)[at] = level;
  }
}

}  // namespace

FramePtr MakeSound(const std::vector<float>& samples, AVSampleFormat format,
                   int rate, int channels) {
  FramePtr frame(av_frame_alloc());
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  frame->format = format;
  frame->sample_rate = rate;
  av_channel_layout_default(&frame->ch_layout, channels);
  frame->nb_samples =
      static_cast<int>(samples.size()) / (planar ? 1 : channels);
  av_frame_get_buffer(frame.get(), 0);
  for (int plane = 0; plane < (planar ? channels : 1); ++plane)
    for (size_t i = 0; i < samples.size(); ++i)
      Store(frame->extended_data[plane], i, av_get_packed_sample_fmt(format),
            samples[i]);
  return frame;
}

}  // namespace vexaa::media
