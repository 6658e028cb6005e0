#include "runner/media/head_check.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "lib/base/byte_stream.h"
#include "lib/jobs/reason.h"
#include "runner/media/demuxer.h"

namespace vexaa::media {
namespace {

// An MP3 header counts frames, encoder delay and padding included.
constexpr int64_t kMp3SlackSamples = 4 * 1152;

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

base::Status CheckLength(const AVStream& stream,
                         const runner::OutputFormat& format, uint64_t samples) {
  int64_t announced =
      av_rescale_q(stream.duration, stream.time_base, {1, format.sample_rate});
  int64_t slack = format.codec == jobs::Codec::kMp3 ? kMp3SlackSamples : 0;
  if (std::abs(announced - static_cast<int64_t>(samples)) <= slack)
    return base::Status::Ok();
  return Wrong("announces " + std::to_string(announced) + " samples, not " +
               std::to_string(samples));
}

}  // namespace

base::Status CheckHead(std::span<const std::byte> head, uint64_t total_bytes,
                       const runner::OutputFormat& format, uint64_t samples) {
  HeadSource source(head, total_bytes);
  auto demuxer = Demuxer::Open(source, {});
  if (!demuxer.ok())
    return Wrong("cannot be opened: " + demuxer.status().message());
  auto tracks = (*demuxer)->tracks();
  if (tracks.size() != 1) return Wrong("shows no single audio stream");
  RETURN_IF_ERROR((*demuxer)->Select(tracks.front().index));
  const AVStream& stream = (*demuxer)->stream();
  if (tracks.front().codec != jobs::CodecName(format.codec))
    return Wrong("announces codec " + tracks.front().codec);
  if (stream.codecpar->sample_rate > 0 &&
      stream.codecpar->sample_rate != format.sample_rate)
    return Wrong("announces another sample rate");
  return CheckLength(stream, format, samples);
}

}  // namespace vexaa::media
