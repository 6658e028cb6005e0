#include "runner/output_lane.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/head_check.h"

namespace vexaa::runner {
namespace {

// At most so many samples wait, of two float channels 2.3 MiB: 6 s, so that an
// encoder has work while all that feeds it waits for a processor.
constexpr int kQueueSamples = 288'000;
// A decoded frame is converted in pieces, so that a giant one costs no copy.
constexpr int kPieceSamples = 8192;
// What the resampler's filter may add or keep at each change of its input.
constexpr double kResampleSlack = 64;

base::Status Stopped() {
  return base::Status(base::Code::kCancelled, "the extraction was stopped");
}

base::Status Miscounted(const std::string& what) {
  return jobs::Fail(jobs::Reason::kInternal, "the samples differ: " + what);
}

// The source's own layout where channel count and codec let it be.
AVChannelLayout OutputLayout(const AVFrame& frame, const OutputFormat& format) {
  AVChannelLayout layout = media::LayoutFor(format.codec, format.channels);
  bool any = format.codec == jobs::Codec::kPcmS16 ||
             format.codec == jobs::Codec::kPcmS24 ||
             format.codec == jobs::Codec::kPcmF32;
  if (any && format.channels > 2 &&
      frame.ch_layout.nb_channels == format.channels)
    return media::LayoutOf(frame);
  return layout;
}

}  // namespace

OutputLane::OutputLane(LaneRequest request, media::OutputSink& sink,
                       std::stop_token stop)
    : request_(std::move(request)),
      sink_(sink),
      forward_stop_(std::move(stop), [this] { stop_.request_stop(); }) {}

OutputLane::~OutputLane() {
  stop_.request_stop();
  if (queue_) queue_->Close();
}

base::Status OutputLane::Push(const AVFrame& frame, const SoundFormat& sound) {
  if (!encoder_) RETURN_IF_ERROR(Open(frame, sound));
  for (int first = 0; first < frame.nb_samples; first += kPieceSamples) {
    int samples = std::min(kPieceSamples, frame.nb_samples - first);
    RETURN_IF_ERROR(resampler_->Convert(frame, first, samples, *fifo_));
    RETURN_IF_ERROR(QueueFull(frame_samples_));
  }
  return base::Status::Ok();
}

base::Status OutputLane::Open(const AVFrame& frame, const SoundFormat& sound) {
  format_ = PlanOutput(request_.profile, sound);
  AVChannelLayout layout = OutputLayout(frame, format_);
  ASSIGN_OR_RETURN(
      encoder_, media::SoundEncoder::Open(format_, layout, stop_.get_token()));
  RETURN_IF_ERROR(OpenMuxer());
  if (request_.loudness) {
    ASSIGN_OR_RETURN(meter_,
                     media::LoudnessMeter::Open(encoder_->frame_format()));
  }
  frame_samples_ = encoder_->frame_samples();
  resampler_ = std::make_unique<media::Resampler>(encoder_->frame_format());
  fifo_ = std::make_unique<media::SampleFifo>(encoder_->frame_format());
  // A wake-up for each frame would cost a tenth of what encoding it does.
  const auto frames = static_cast<size_t>(
      std::clamp(kQueueSamples / frame_samples_, 2, media::kMostWaitingFrames));
  queue_.emplace(frames, frames / 2);
  thread_ = std::jthread([this] { Run(); });
  return base::Status::Ok();
}

base::Status OutputLane::OpenMuxer() {
  auto codec = media::ParametersOf(encoder_->context());
  if (!codec)
    return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for the muxer");
  ASSIGN_OR_RETURN(muxer_, media::Muxer::Open({.container = format_.container,
                                               .codec = codec.get(),
                                               .seconds = request_.seconds,
                                               .tags = &request_.tags},
                                              sink_));
  return base::Status::Ok();
}

// Queues whole frames while at least that many samples wait.
base::Status OutputLane::QueueFull(int at_least) {
  while (fifo_->size() >= std::max(at_least, 1)) {
    auto frame = encoder_->TakeFrame();
    if (frame.ok()) {
      RETURN_IF_ERROR(
          fifo_->Take(std::min(frame_samples_, fifo_->size()), **frame));
      if (queue_->Push(std::move(*frame), stop_.get_token())) continue;
    }
    RETURN_IF_ERROR(ThreadStatus());
    return frame.ok() ? Stopped() : frame.status();
  }
  return base::Status::Ok();
}

void OutputLane::Run() {
  base::Status status = EncodeAll();
  const bool failed = !status.ok();
  {
    std::lock_guard lock(mutex_);
    thread_status_ = std::move(status);
  }
  queue_->Close();
  // Whoever waits for a frame of a failed encoder would wait for ever.
  if (failed) stop_.request_stop();
}

base::Status OutputLane::EncodeAll() {
  auto mux = [this](AVPacket& packet) { return muxer_->Write(packet); };
  while (auto frame = queue_->Pop(stop_.get_token())) {
    if (meter_) RETURN_IF_ERROR(meter_->Push(**frame));
    RETURN_IF_ERROR(encoder_->Encode(std::move(*frame), mux));
  }
  if (stop_.stop_requested()) return Stopped();
  RETURN_IF_ERROR(encoder_->Finish(mux));
  return muxer_->WriteTrailer();
}

base::Result<LaneReport> OutputLane::Finish() {
  if (!encoder_)
    return jobs::Fail(jobs::Reason::kInternal, "nothing was encoded");
  RETURN_IF_ERROR(resampler_->Flush(*fifo_));
  if (fifo_->samples_in() == 0)
    return jobs::Fail(jobs::Reason::kCorruptInput,
                      "the source's sound is shorter than one sample");
  RETURN_IF_ERROR(QueueFull(1));
  queue_->Close();
  thread_.join();
  RETURN_IF_ERROR(ThreadStatus());
  RETURN_IF_ERROR(Verify());
  RETURN_IF_ERROR(sink_.Finish(muxer_->head()));
  LaneReport report{.format = format_,
                    .samples = fifo_->samples_in(),
                    .bytes = muxer_->bytes(),
                    .gapless = muxer_->gapless()};
  if (meter_) {
    ASSIGN_OR_RETURN(report.loudness, meter_->Measure());
  }
  return report;
}

base::Status OutputLane::Verify() const {
  uint64_t samples = fifo_->samples_in();
  double off =
      std::abs(resampler_->expected_samples() - static_cast<double>(samples));
  if (off > kResampleSlack * (resampler_->changes() + 1))
    return Miscounted(std::to_string(samples) + " resampled, " +
                      std::to_string(resampler_->expected_samples()) +
                      " expected");
  if (encoder_->samples() != samples ||
      muxer_->samples() != static_cast<int64_t>(samples))
    return Miscounted(std::to_string(samples) + " resampled, " +
                      std::to_string(encoder_->samples()) + " encoded, " +
                      std::to_string(muxer_->samples()) + " muxed");
  if (sink_.head_bytes() == 0) return base::Status::Ok();
  return media::CheckHead(
      muxer_->head(),
      {.total_bytes = muxer_->bytes(),
       .codec = std::string(jobs::CodecName(format_.codec)),
       .sample_rate = format_.sample_rate,
       .samples =
           muxer_->tells_length() ? std::optional(samples) : std::nullopt,
       .slack_samples = media::HeaderSlack(format_)});
}

base::Status OutputLane::ThreadStatus() const {
  std::lock_guard lock(mutex_);
  return thread_status_;
}

}  // namespace vexaa::runner
