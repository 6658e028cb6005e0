#include "runner/media/silence_meter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace vexaa::media {
namespace {

// A frame is looked at in pieces of this size.
constexpr int kPieceSamples = 1024;
using Peaks = std::array<float, kPieceSamples>;

float Level(uint8_t sample) { return (static_cast<float>(sample) - 128) / 128; }
float Level(int16_t sample) { return static_cast<float>(sample) / 32768.0f; }
float Level(int32_t sample) {
  return static_cast<float>(sample) / 2147483648.0f;
}
float Level(int64_t sample) { return static_cast<float>(sample) / 0x1p63f; }
float Level(float sample) { return sample; }
float Level(double sample) { return static_cast<float>(sample); }

// Raises `peaks` to the magnitudes of one channel.
template <typename Sample>
void RaisePeaks(const uint8_t* plane, int first, int count, int step,
                Peaks& peaks) {
  const auto* samples = reinterpret_cast<const Sample*>(plane) + first;
  for (int i = 0; i < count; ++i)
    peaks[static_cast<size_t>(i)] = std::max(
        peaks[static_cast<size_t>(i)], std::fabs(Level(samples[i * step])));
}

using RaiseFunction = void (*)(const uint8_t*, int, int, int, Peaks&);

RaiseFunction RaiseFor(AVSampleFormat packed) {
  switch (packed) {
    case AV_SAMPLE_FMT_U8:
      return &RaisePeaks<uint8_t>;
    case AV_SAMPLE_FMT_S16:
      return &RaisePeaks<int16_t>;
    case AV_SAMPLE_FMT_S32:
      return &RaisePeaks<int32_t>;
    case AV_SAMPLE_FMT_S64:
      return &RaisePeaks<int64_t>;
    case AV_SAMPLE_FMT_DBL:
      return &RaisePeaks<double>;
    default:
      return &RaisePeaks<float>;
  }
}

// The loudest channel of each of `count` samples from `first` on.
void FindPeaks(const AVFrame& frame, int first, int count, Peaks& peaks) {
  peaks.fill(0);
  auto format = static_cast<AVSampleFormat>(frame.format);
  RaiseFunction raise = RaiseFor(av_get_packed_sample_fmt(format));
  const int channels = frame.ch_layout.nb_channels;
  if (av_sample_fmt_is_planar(format) != 0) {
    for (int channel = 0; channel < channels; ++channel)
      raise(frame.extended_data[channel], first, count, 1, peaks);
    return;
  }
  for (int channel = 0; channel < channels; ++channel)
    raise(frame.extended_data[0], first * channels + channel, count, channels,
          peaks);
}

}  // namespace

SilenceMeter::SilenceMeter(const jobs::SilenceRule& rule)
    : rule_(rule),
      threshold_(static_cast<float>(std::pow(10, rule.threshold_db / 20))) {}

void SilenceMeter::Push(const AVFrame& frame) {
  Peaks peaks;
  for (int first = 0; first < frame.nb_samples; first += kPieceSamples) {
    int count = std::min(kPieceSamples, frame.nb_samples - first);
    FindPeaks(frame, first, count, peaks);
    Scan(peaks.data(), count, frame.sample_rate);
  }
}

void SilenceMeter::Scan(const float* peaks, int count, int sample_rate) {
  const double start = seconds_;
  for (int i = 0; i < count; ++i) {
    const bool silent = peaks[i] < threshold_;
    if (silent == (silent_since_ >= 0)) continue;
    seconds_ = start + static_cast<double>(i) / sample_rate;
    if (silent)
      silent_since_ = seconds_;
    else
      EndRange();
  }
  seconds_ = start + static_cast<double>(count) / sample_rate;
}

void SilenceMeter::EndRange() {
  const double start = std::exchange(silent_since_, -1);
  // Sums of parts of a second are a little off: half a sample at 384 kHz.
  constexpr double kSlack = 1e-6;
  if (seconds_ - start + kSlack < rule_.min_seconds) return;
  report_.silent_seconds += seconds_ - start;
  if (report_.ranges.size() < kMaxSilentRanges)
    report_.ranges.push_back({start, seconds_});
  else
    report_.complete = false;
}

SilenceReport SilenceMeter::Finish() {
  if (silent_since_ >= 0) EndRange();
  report_.seconds = seconds_;
  return std::move(report_);
}

}  // namespace vexaa::media
