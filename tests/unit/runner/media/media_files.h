// Test files in memory, what ffmpeg decoded from them, and a sink that keeps
// the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "lib/base/byte_stream.h"
#include "runner/media/output_sink.h"

namespace vexaa::media {

std::vector<std::byte> LoadFile(const std::string& name);  // of tests/testdata

class MemorySource final : public base::ByteSource {
 public:
  explicit MemorySource(std::vector<std::byte> bytes)
      : bytes_(std::move(bytes)) {}
  base::Result<size_t> Read(std::span<std::byte> out) override;
  base::Status Seek(uint64_t offset) override;
  uint64_t offset() const override { return offset_; }
  uint64_t size() const override { return bytes_.size(); }

  uint64_t bytes_read = 0;
  std::function<void(uint64_t offset)> on_read;
  uint64_t fail_at = UINT64_MAX;  // reading behind this byte is an error

 private:
  std::vector<std::byte> bytes_;
  uint64_t offset_ = 0;
};

class MemorySink final : public OutputSink {
 public:
  explicit MemorySink(size_t head_bytes = 1 << 20) : head_bytes_(head_bytes) {}
  size_t head_bytes() const override { return head_bytes_; }
  base::Status Write(std::span<const std::byte> data) override;
  base::Status Finish(std::span<const std::byte> head) override;
  // The whole file, once finished.
  std::vector<std::byte> File() const;

  bool finished = false;
  uint64_t fail_at = UINT64_MAX;  // writing behind this byte is an error

 private:
  const size_t head_bytes_;
  std::vector<std::byte> head_;
  std::vector<std::byte> rest_;
};

// A line of oracle.tsv.
struct Oracle {
  std::string file;
  std::string codec;
  int sample_rate = 0;
  int channels = 0;
  uint64_t samples = 0;
  uint64_t samples_at_44100 = 0;
  uint64_t samples_at_16000 = 0;
};
std::ostream& operator<<(std::ostream& out, const Oracle& oracle);

std::vector<Oracle> LoadOracles();

}  // namespace vexaa::media
