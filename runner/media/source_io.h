// AVIO over a ByteSource: the only way libav reads here. `source` must outlive
// it. Thread-compatible.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <utility>

#include "lib/base/byte_stream.h"
#include "lib/base/status.h"
#include "runner/media/libav.h"

namespace vexaa::media {

class SourceIo {
 public:
  SourceIo(base::ByteSource& source, std::stop_token stop);
  ~SourceIo();
  SourceIo(const SourceIo&) = delete;
  SourceIo& operator=(const SourceIo&) = delete;

  AVIOContext* context() { return context_; }
  // The source's first error: libav folds it into a number or an end of file.
  const base::Status& status() const { return status_; }
  uint64_t bytes_read() const { return bytes_read_; }
  uint64_t size() const { return source_.size(); }
  // Nothing: no plan, as before.
  void Follow(std::unique_ptr<base::ReadPlan> plan) {
    if (plan) source_.Follow(std::move(plan));
  }
  // From now on packets are read without a buffer, and what lies between them
  // is not read. Else AVIO reads through gaps, up to 64 KiB at a time.
  void ReadDirectly() { context_->direct = 1; }

 private:
  static int OnRead(void* self, uint8_t* data, int size);
  static int64_t OnSeek(void* self, int64_t offset, int whence);
  int Read(std::span<std::byte> out);
  int64_t Seek(int64_t offset, int whence);

  base::ByteSource& source_;
  std::stop_token stop_;
  AVIOContext* context_ = nullptr;
  uint64_t position_ = 0;  // may lie past the end, as in a file
  uint64_t bytes_read_ = 0;
  base::Status status_;
};

}  // namespace vexaa::media
