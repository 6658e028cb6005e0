#include "runner/media/resampler.h"

#include <array>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/limits.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace vexaa::media {
namespace {

base::Status Refused(int error) {
  return jobs::Fail(jobs::Reason::kUnsupportedCodec,
                    "the sound cannot be converted to the asked format (" +
                        AvErrorText(error) + ")");
}

// Where each plane (or the one packed plane) has sample `first`.
std::array<const uint8_t*, kMaxChannels> PointersAt(const AVFrame& frame,
                                                    int first) {
  std::array<const uint8_t*, kMaxChannels> data{};
  auto format = static_cast<AVSampleFormat>(frame.format);
  bool planar = av_sample_fmt_is_planar(format) != 0;
  int channels = frame.ch_layout.nb_channels;
  ptrdiff_t step = av_get_bytes_per_sample(format) * (planar ? 1 : channels);
  for (int plane = 0; plane < (planar ? channels : 1); ++plane)
    data[static_cast<size_t>(plane)] =
        frame.extended_data[plane] + step * first;
  return data;
}

// Channels that nobody has named are mixed alike: the first to the first, the
// second to the second and so on around.
int MixUnnamed(SwrContext* context, int inputs, int outputs) {
  std::array<double, size_t{kMaxChannels} * kMaxChannels> matrix{};
  for (int i = 0; i < inputs; ++i) {
    int share = (inputs - i % outputs + outputs - 1) / outputs;
    const int at = (i % outputs) * inputs + i;
    matrix[static_cast<size_t>(at)] = 1.0 / share;
  }
  return swr_set_matrix(context, matrix.data(), inputs);
}

}  // namespace

AVChannelLayout LayoutOf(const AVFrame& frame) {
  AVChannelLayout layout{};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE)
    av_channel_layout_copy(&layout, &frame.ch_layout);
  else
    av_channel_layout_default(&layout, frame.ch_layout.nb_channels);
  return layout;
}

base::Status Resampler::Convert(const AVFrame& frame, int first, int samples,
                                SampleFifo& out) {
  if (!Fits(frame)) RETURN_IF_ERROR(Restart(frame, out));
  expected_samples_ +=
      static_cast<double>(samples) * output_.sample_rate / frame.sample_rate;
  auto data = PointersAt(frame, first);
  return Run(data.data(), samples, out);
}

base::Status Resampler::Flush(SampleFifo& out) {
  return context_ ? Run(nullptr, 0, out) : base::Status::Ok();
}

bool Resampler::Fits(const AVFrame& frame) const {
  AVChannelLayout layout = LayoutOf(frame);
  return context_ && frame.format == input_.sample_format &&
         frame.sample_rate == input_.sample_rate &&
         av_channel_layout_compare(&layout, &input_.layout) == 0;
}

base::Status Resampler::Restart(const AVFrame& frame, SampleFifo& out) {
  if (context_) ++changes_;
  RETURN_IF_ERROR(Flush(out));
  input_ = {static_cast<AVSampleFormat>(frame.format), frame.sample_rate,
            LayoutOf(frame)};
  AVChannelLayout output_layout = output_.layout;
  SwrContext* context = nullptr;
  int error = swr_alloc_set_opts2(
      &context, &output_layout, output_.sample_format, output_.sample_rate,
      &input_.layout, input_.sample_format, input_.sample_rate, 0, nullptr);
  context_.reset(context);
  // By itself libswresample keeps sums of channels below full scale for whole
  // numbers only: one source would have another level in each format.
  if (error >= 0) error = av_opt_set_double(context, "rematrix_maxval", 1, 0);
  // libswresample knows a matrix for up to 7.1.
  const int inputs = input_.layout.nb_channels;
  if (error >= 0 && inputs > 8 && inputs != output_layout.nb_channels)
    error = MixUnnamed(context, inputs, output_layout.nb_channels);
  if (error >= 0) error = swr_init(context);
  return error >= 0 ? base::Status::Ok() : Refused(error);
}

base::Status Resampler::Run(const uint8_t** data, int samples,
                            SampleFifo& out) {
  int room = swr_get_out_samples(context_.get(), samples);
  if (room <= 0) return base::Status::Ok();
  if (room > room_) {
    ASSIGN_OR_RETURN(converted_, MakeFrame(output_, room));
    room_ = room;
  }
  int made = swr_convert(context_.get(), converted_->extended_data, room, data,
                         samples);
  if (made < 0) return Refused(made);
  converted_->nb_samples = made;
  return out.Write(*converted_);
}

}  // namespace vexaa::media
