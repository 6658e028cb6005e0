// The seam between storage and media: bytes that are read or written in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "lib/base/status.h"

namespace vexaa::base {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t end() const { return offset + size; }
  bool operator==(const ByteRange&) const = default;
};

// What will be needed of a source, in the order of its bytes, as far as that
// is known: hints to fetch by, never promises. Pure state, no IO; one caller
// at a time.
class ReadPlan {
 public:
  virtual ~ReadPlan() = default;
  // The first needed range that ends after `offset`; nothing: none is known.
  virtual std::optional<ByteRange> NeededFrom(uint64_t offset) const = 0;
  // From where on the plan has to see bytes to know more; nothing: it knows
  // all there is.
  virtual std::optional<uint64_t> Unknown() const = 0;
  // Bytes from Unknown() on, as many as there are. Unknown() moves on.
  virtual void Learn(std::span<const std::byte> bytes) = 0;
};

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
  // Fetches by this plan from now on, where fetching costs something. Read
  // gives the same bytes with any plan or none.
  virtual void Follow(std::unique_ptr<ReadPlan> plan);
};

inline void ByteSource::Follow(std::unique_ptr<ReadPlan>) {}

// A sink that is written from the start. Thread-compatible.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(std::span<const std::byte> data) = 0;
};

}  // namespace vexaa::base
