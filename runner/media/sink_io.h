// AVIO for a muxer over an OutputSink: keeps the head of the file back and
// lets the muxer seek only inside it, also ahead of what is written there. Any
// other seek is recorded as Internal, whatever the muxer makes of it. `sink`
// must outlive it. Thread-compatible.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/base/status.h"
#include "runner/media/libav.h"
#include "runner/media/output_sink.h"

namespace vexaa::media {

class SinkIo {
 public:
  explicit SinkIo(OutputSink& sink);
  ~SinkIo();
  SinkIo(const SinkIo&) = delete;
  SinkIo& operator=(const SinkIo&) = delete;

  AVIOContext* context() { return context_; }
  // The sink's first error, or the refused seek.
  const base::Status& status() const { return status_; }
  uint64_t size() const { return size_; }
  std::span<const std::byte> head() const { return head_; }

 private:
  static int OnWrite(void* self, uint8_t* data, int size);
  static int64_t OnSeek(void* self, int64_t offset, int whence);
  base::Status Write(std::span<const std::byte> data);
  int64_t Seek(int64_t offset, int whence);
  std::span<const std::byte> WriteHead(std::span<const std::byte> data);

  OutputSink& sink_;
  const size_t head_limit_;
  AVIOContext* context_ = nullptr;
  std::vector<std::byte> head_;
  uint64_t position_ = 0;
  uint64_t size_ = 0;  // of the file so far
  base::Status status_;
};

}  // namespace vexaa::media
