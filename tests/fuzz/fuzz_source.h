// A source and a sink for the fuzzer: what it makes up, and nothing kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>

#include "lib/base/byte_stream.h"
#include "runner/media/output_sink.h"

namespace vexaa::fuzz {

// Bytes that claim to be more than they are: behind them are zeros. After
// `max_reads` the run is told to stop, as a watchdog would.
class FuzzSource final : public base::ByteSource {
 public:
  FuzzSource(std::span<const std::byte> bytes, uint64_t claimed_bytes,
             int max_reads)
      : bytes_(bytes), size_(claimed_bytes), reads_left_(max_reads) {}

  base::Result<size_t> Read(std::span<std::byte> out) override;
  base::Status Seek(uint64_t offset) override;
  uint64_t offset() const override { return offset_; }
  uint64_t size() const override { return size_; }
  std::stop_token stop() const { return stop_.get_token(); }

 private:
  const std::span<const std::byte> bytes_;
  const uint64_t size_;
  int reads_left_;
  uint64_t offset_ = 0;
  std::stop_source stop_;
};

class NullSink final : public media::OutputSink {
 public:
  size_t head_bytes() const override { return 64 << 10; }
  base::Status Write(std::span<const std::byte>) override {
    return base::Status::Ok();
  }
  base::Status Finish(std::span<const std::byte>) override {
    return base::Status::Ok();
  }
};

}  // namespace vexaa::fuzz
