#include "runner/media/source_io.h"

#include <cstdio>
#include <utility>

#include "runner/media/limits.h"

namespace vexaa::media {

SourceIo::SourceIo(base::ByteSource& source, std::stop_token stop)
    : source_(source), stop_(std::move(stop)), position_(source.offset()) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  context_ = avio_alloc_context(buffer, kIoBufferBytes, 0, this, &OnRead,
                                nullptr, &OnSeek);
  if (context_ == nullptr) av_free(buffer);
}

SourceIo::~SourceIo() {
  // libav may have replaced the buffer it was given.
  if (context_ != nullptr) av_freep(&context_->buffer);
  avio_context_free(&context_);
}

int SourceIo::OnRead(void* self, uint8_t* data, int size) {
  return static_cast<SourceIo*>(self)->Read(
      std::as_writable_bytes(std::span(data, static_cast<size_t>(size))));
}

int64_t SourceIo::OnSeek(void* self, int64_t offset, int whence) {
  return static_cast<SourceIo*>(self)->Seek(offset, whence);
}

int SourceIo::Read(std::span<std::byte> out) {
  if (stop_.stop_requested()) return AVERROR_EXIT;
  if (!status_.ok()) return AVERROR(EIO);
  if (position_ >= source_.size()) return AVERROR_EOF;
  base::Result<size_t> count = source_.Read(out);
  if (!count.ok()) {
    status_ = count.status();
    return AVERROR(EIO);
  }
  if (*count == 0) return AVERROR_EOF;
  position_ += *count;
  bytes_read_ += *count;
  return static_cast<int>(*count);
}

int64_t SourceIo::Seek(int64_t offset, int whence) {
  const auto size = static_cast<int64_t>(source_.size());
  whence &= ~AVSEEK_FORCE;
  if (whence == AVSEEK_SIZE) return size;
  if (whence == SEEK_CUR) offset += static_cast<int64_t>(position_);
  if (whence == SEEK_END) offset += size;
  if (offset < 0) return AVERROR(EINVAL);
  if (offset < size) {
    base::Status sought = source_.Seek(static_cast<uint64_t>(offset));
    if (!sought.ok()) {
      status_ = std::move(sought);
      return AVERROR(EIO);
    }
  }
  position_ = static_cast<uint64_t>(offset);
  return offset;
}

}  // namespace vexaa::media
