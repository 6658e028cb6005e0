// The seam between storage and media: bytes that are read or written in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/base/status.h"

namespace vexaa::base {

// A seekable source of known size. Thread-compatible: one user at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to out.size() bytes at the current offset; returns the count,
  // 0 only at the end. kFailedPrecondition: the source changed while read.
  virtual Result<size_t> Read(std::span<std::byte> out) = 0;
  // Moves the offset; never does IO by itself. Past the end is an error.
  virtual Status Seek(uint64_t offset) = 0;
  virtual uint64_t offset() const = 0;
  virtual uint64_t size() const = 0;
};

// A sink that is written from the start. Thread-compatible.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(std::span<const std::byte> data) = 0;
};

}  // namespace vexaa::base
