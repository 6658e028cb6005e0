// One output of a run: resamples what it is given, and encodes and muxes it on
// a thread of its own behind a bounded queue. Push and Finish are called by
// one thread; `sink` must outlive it and is used by the lane's thread until
// Finish. Destroyed early, it stops without finishing the sink.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "lib/base/bounded_queue.h"
#include "lib/base/status.h"
#include "lib/jobs/profile.h"
#include "runner/audio_plan.h"
#include "runner/media/loudness_meter.h"
#include "runner/media/muxer.h"
#include "runner/media/resampler.h"
#include "runner/media/sound_encoder.h"

namespace vexaa::runner {

struct LaneRequest {
  jobs::Profile profile;
  bool loudness = false;          // what is encoded is measured, too
  media::SourceTags tags = {};    // for the file
  std::optional<double> seconds;  // that the sound will last, if known
};

struct LaneReport {
  OutputFormat format;
  uint64_t samples = 0;  // per channel
  uint64_t bytes = 0;
  bool gapless = true;
  std::optional<jobs::Loudness> loudness;
  std::string note = {};  // a clause for people, or nothing
};

class OutputLane {
 public:
  OutputLane(LaneRequest request, media::OutputSink& sink,
             std::stop_token stop);
  ~OutputLane();
  OutputLane(const OutputLane&) = delete;
  OutputLane& operator=(const OutputLane&) = delete;

  // Converts and queues a frame; the first one decides the output's format.
  // `sound` describes it. An error of the lane's thread comes back here.
  base::Status Push(const AVFrame& frame, const SoundFormat& sound);
  // Drains everything, verifies the file and gives its head to the sink.
  base::Result<LaneReport> Finish();

 private:
  base::Status Open(const AVFrame& frame, const SoundFormat& sound);
  base::Status OpenMuxer();
  base::Status QueueFull(int at_least);
  void Run();
  base::Status EncodeAll();
  base::Status Verify() const;
  base::Status ThreadStatus() const;

  const LaneRequest request_;
  media::OutputSink& sink_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_stop_;
  OutputFormat format_;
  // The thread's, once it runs; but Push takes its frames.
  std::unique_ptr<media::SoundEncoder> encoder_;
  std::unique_ptr<media::Muxer> muxer_;          // the thread's, too
  std::unique_ptr<media::LoudnessMeter> meter_;  // likewise; may be none
  std::unique_ptr<media::Resampler> resampler_;
  std::unique_ptr<media::SampleFifo> fifo_;
  int frame_samples_ = 0;
  std::optional<base::BoundedQueue<media::FramePtr>> queue_;  // once open
  mutable std::mutex mutex_;
  base::Status thread_status_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace vexaa::runner
