#include "runner/media/sample_fifo.h"

#include <utility>

#include "lib/jobs/reason.h"

namespace vexaa::media {
namespace {

base::Status OutOfMemory() {
  return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for samples");
}

}  // namespace

SampleFifo::SampleFifo(const FrameFormat& format)
    : format_(format),
      fifo_(av_audio_fifo_alloc(format.sample_format, format.layout.nb_channels,
                                1)) {}

base::Status SampleFifo::Write(const AVFrame& frame) {
  if (!fifo_) return OutOfMemory();
  auto* data = reinterpret_cast<void**>(frame.extended_data);
  if (av_audio_fifo_write(fifo_.get(), data, frame.nb_samples) <
      frame.nb_samples)
    return OutOfMemory();
  samples_in_ += static_cast<uint64_t>(frame.nb_samples);
  return base::Status::Ok();
}

base::Result<FramePtr> SampleFifo::Take(int samples) {
  ASSIGN_OR_RETURN(FramePtr frame, MakeFrame(format_, samples));
  RETURN_IF_ERROR(Take(samples, *frame));
  return frame;
}

base::Status SampleFifo::Take(int samples, AVFrame& frame) {
  auto* data = reinterpret_cast<void**>(frame.extended_data);
  if (av_audio_fifo_read(fifo_.get(), data, samples) < samples)
    return jobs::Fail(jobs::Reason::kInternal, "the sample FIFO ran dry");
  frame.nb_samples = samples;
  frame.pts = samples_out_;
  samples_out_ += samples;
  return base::Status::Ok();
}

base::Result<FramePtr> MakeFrame(const FrameFormat& format, int samples) {
  FramePtr frame(av_frame_alloc());
  if (!frame) return OutOfMemory();
  frame->format = format.sample_format;
  frame->sample_rate = format.sample_rate;
  frame->nb_samples = samples;
  if (av_channel_layout_copy(&frame->ch_layout, &format.layout) < 0 ||
      av_frame_get_buffer(frame.get(), 0) < 0)
    return OutOfMemory();
  return frame;
}

}  // namespace vexaa::media
