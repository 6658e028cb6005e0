#include "runner/media/sink_io.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "lib/jobs/reason.h"
#include "runner/media/limits.h"

namespace vexaa::media {

SinkIo::SinkIo(OutputSink& sink) : sink_(sink), head_limit_(sink.head_bytes()) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  context_ = avio_alloc_context(buffer, kIoBufferBytes, 1, this, nullptr,
                                &OnWrite, head_limit_ > 0 ? &OnSeek : nullptr);
  if (context_ == nullptr) av_free(buffer);
  // Growing step by step would hold the head twice for a moment; memory that
  // is only reserved costs nothing.
  head_.reserve(head_limit_);
}

SinkIo::~SinkIo() {
  if (context_ != nullptr) av_freep(&context_->buffer);
  avio_context_free(&context_);
}

int SinkIo::OnWrite(void* self, uint8_t* data, int size) {
  auto* io = static_cast<SinkIo*>(self);
  if (io->status_.ok())
    io->status_ =
        io->Write(std::as_bytes(std::span(data, static_cast<size_t>(size))));
  return io->status_.ok() ? size : AVERROR(EIO);
}

int64_t SinkIo::OnSeek(void* self, int64_t offset, int whence) {
  return static_cast<SinkIo*>(self)->Seek(offset, whence);
}

base::Status SinkIo::Write(std::span<const std::byte> data) {
  std::span<const std::byte> rest = WriteHead(data);
  if (!rest.empty()) {
    if (position_ != size_)
      return jobs::Fail(jobs::Reason::kInternal,
                        "the muxer rewrote bytes after the kept head");
    RETURN_IF_ERROR(sink_.Write(rest));
    position_ += rest.size();
  }
  size_ = std::max(size_, position_);
  if (size_ > kMaxOutputBytes)
    return jobs::Fail(jobs::Reason::kOutputTooLarge,
                      "the output is larger than 156 GiB; choose a profile of "
                      "fewer bits, or a part of the source");
  return base::Status::Ok();
}

// Takes what belongs to the head; returns what lies behind it.
std::span<const std::byte> SinkIo::WriteHead(std::span<const std::byte> data) {
  if (position_ >= head_limit_) return data;
  size_t count = std::min<size_t>(data.size(), head_limit_ - position_);
  if (head_.size() < position_ + count) head_.resize(position_ + count);
  std::copy_n(data.begin(), count,
              head_.begin() + static_cast<ptrdiff_t>(position_));
  position_ += count;
  size_ = std::max(size_, position_);
  return data.subspan(count);
}

int64_t SinkIo::Seek(int64_t offset, int whence) {
  whence &= ~AVSEEK_FORCE;
  if (whence == AVSEEK_SIZE) return static_cast<int64_t>(size_);
  if (whence == SEEK_CUR) offset += static_cast<int64_t>(position_);
  if (whence == SEEK_END) offset += static_cast<int64_t>(size_);
  const auto target = static_cast<uint64_t>(offset);
  // Behind the end but in the head: the muxer keeps room for what comes last.
  if (offset >= 0 && size_ == head_.size() && target > size_ &&
      target < head_limit_) {
    head_.resize(target);
    size_ = target;
  }
  if (offset < 0 || (target > head_.size() && target != size_)) {
    if (status_.ok())
      status_ =
          jobs::Fail(jobs::Reason::kInternal,
                     "the muxer asked to seek to byte " +
                         std::to_string(offset) + ", outside the kept head");
    return AVERROR(EPERM);
  }
  position_ = target;
  return offset;
}

}  // namespace vexaa::media
