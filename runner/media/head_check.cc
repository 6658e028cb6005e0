#include "runner/media/head_check.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "lib/base/byte_stream.h"
#include "lib/jobs/reason.h"
#include "runner/media/demuxer.h"

namespace vexaa::media {
namespace {

// MP3 and MP4 headers count whole frames, encoder delay and padding included.
constexpr int64_t kMp3SlackSamples = 4 * 1152;
constexpr int64_t kAacSlackSamples = 2 * 1024;
// Matroska tells milliseconds, and the encoder's delay besides: up to 80 ms of
// Opus, and of those whose frames are no longer at low rates so many samples.
constexpr int kMatroskaSlackPerSecond = 10;

// A file of which only the head is there.
class HeadSource final : public base::ByteSource {
 public:
  HeadSource(std::span<const std::byte> head, uint64_t size)
      : head_(head), size_(size) {}

  base::Result<size_t> Read(std::span<std::byte> out) override {
    if (offset_ >= head_.size()) return size_t{0};
    size_t count = std::min<size_t>(out.size(), head_.size() - offset_);
    std::copy_n(head_.begin() + static_cast<ptrdiff_t>(offset_), count,
                out.begin());
    offset_ += count;
    return count;
  }
  base::Status Seek(uint64_t offset) override {
    offset_ = offset;
    return base::Status::Ok();
  }
  uint64_t offset() const override { return offset_; }
  uint64_t size() const override { return size_; }

 private:
  std::span<const std::byte> head_;
  const uint64_t size_;
  uint64_t offset_ = 0;
};

base::Status Wrong(const std::string& what) {
  return jobs::Fail(jobs::Reason::kInternal, "the result's head " + what);
}

base::Status CheckLength(const AVFormatContext& format, const AVStream& stream,
                         const HeadFacts& facts) {
  const AVRational samples = {1, facts.sample_rate};
  int64_t announced =
      stream.duration > 0
          ? av_rescale_q(stream.duration, stream.time_base, samples)
          : av_rescale_q(format.duration, {1, AV_TIME_BASE}, samples);
  if (std::abs(announced - static_cast<int64_t>(*facts.samples)) <=
      facts.slack_samples)
    return base::Status::Ok();
  return Wrong("announces " + std::to_string(announced) + " samples, not " +
               std::to_string(*facts.samples));
}

}  // namespace

int64_t HeaderSlack(const runner::OutputFormat& format) {
  const bool has_long_frames = format.codec == jobs::Codec::kMp3 ||
                               format.codec == jobs::Codec::kAac ||
                               format.codec == jobs::Codec::kCopy;
  if (format.container == jobs::Container::kMka)
    return format.sample_rate / kMatroskaSlackPerSecond +
           (has_long_frames ? kMp3SlackSamples : 0);
  // The times of a source may be rounded to milliseconds.
  if (format.codec == jobs::Codec::kCopy) return kMp3SlackSamples;
  if (format.codec == jobs::Codec::kMp3) return kMp3SlackSamples;
  return format.codec == jobs::Codec::kAac ? kAacSlackSamples : 0;
}

base::Status CheckHead(std::span<const std::byte> head,
                       const HeadFacts& facts) {
  HeadSource source(head, facts.total_bytes);
  auto demuxer = Demuxer::Open(source, {});
  if (!demuxer.ok())
    return Wrong("cannot be opened: " + demuxer.status().message());
  auto tracks = (*demuxer)->tracks();
  if (tracks.size() != 1) return Wrong("shows no single audio stream");
  RETURN_IF_ERROR((*demuxer)->Select(tracks.front().index));
  const AVStream& stream = (*demuxer)->stream();
  if (tracks.front().codec != facts.codec)
    return Wrong("announces codec " + tracks.front().codec);
  if (stream.codecpar->sample_rate > 0 &&
      stream.codecpar->sample_rate != facts.sample_rate &&
      facts.codec != "opus")
    return Wrong("announces another sample rate");
  if (!facts.samples) return base::Status::Ok();
  return CheckLength((*demuxer)->format(), stream, facts);
}

}  // namespace vexaa::media
