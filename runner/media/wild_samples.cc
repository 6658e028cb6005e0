#include "runner/media/wild_samples.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/jobs/reason.h"

namespace vexaa::media {
namespace {

bool IsWild(double sample) { return !(std::abs(sample) <= kLoudest); }

// Every sample of every sound comes by here: in blocks of a known size, and as
// integers, which order like the numbers they stand for, GCC compares four at
// once.
bool AnyWild(std::span<const float> samples) {
  constexpr size_t kBlock = 16;
  constexpr auto kLimit = std::bit_cast<int32_t>(kLoudest);
  int32_t wild = 0;
  size_t i = 0;
  for (; i + kBlock <= samples.size(); i += kBlock)
    for (size_t j = 0; j < kBlock; ++j)
      wild |= (std::bit_cast<int32_t>(samples[i + j]) & 0x7fffffff) > kLimit
                  ? 1
                  : 0;
  return wild != 0 || std::ranges::any_of(samples.subspan(i), IsWild);
}

bool AnyWild(std::span<const double> samples) {
  return std::ranges::any_of(samples, IsWild);
}

template <typename Sample>
std::span<Sample> PlaneOf(const AVFrame& frame, int plane) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const int channels =
      av_sample_fmt_is_planar(format) ? 1 : frame.ch_layout.nb_channels;
  return {
      reinterpret_cast<Sample*>(frame.extended_data[plane]),
      static_cast<size_t>(frame.nb_samples) * static_cast<size_t>(channels)};
}

template <typename Sample>
base::Result<bool> Mute(AVFrame& frame) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const int planes =
      av_sample_fmt_is_planar(format) ? frame.ch_layout.nb_channels : 1;
  bool any = false;
  for (int plane = 0; plane < planes; ++plane)
    any =
        any || AnyWild(std::span<const Sample>(PlaneOf<Sample>(frame, plane)));
  if (!any) return false;
  if (av_frame_make_writable(&frame) < 0)
    return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for a frame");
  for (int plane = 0; plane < planes; ++plane)
    std::ranges::replace_if(PlaneOf<Sample>(frame, plane), IsWild, Sample{0});
  return true;
}

}  // namespace

base::Result<bool> MuteWildSamples(AVFrame& frame) {
  switch (static_cast<AVSampleFormat>(frame.format)) {
    case AV_SAMPLE_FMT_FLT:
    case AV_SAMPLE_FMT_FLTP:
      return Mute<float>(frame);
    case AV_SAMPLE_FMT_DBL:
    case AV_SAMPLE_FMT_DBLP:
      return Mute<double>(frame);
    default:
      return false;
  }
}

}  // namespace vexaa::media
