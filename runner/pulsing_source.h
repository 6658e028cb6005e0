// A source that beats whenever bytes are taken of it. As thread-safe as that
// source, which must outlive it, as the pulse must.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "lib/base/byte_stream.h"
#include "runner/media_watchdog.h"

namespace vexaa::runner {

class PulsingSource final : public base::ByteSource {
 public:
  PulsingSource(base::ByteSource& source, Pulse& pulse)
      : source_(source), pulse_(pulse) {}

  base::Result<size_t> Read(std::span<std::byte> out) override {
    pulse_.Beat();
    return source_.Read(out);
  }
  base::Status Seek(uint64_t offset) override { return source_.Seek(offset); }
  uint64_t offset() const override { return source_.offset(); }
  uint64_t size() const override { return source_.size(); }
  void Follow(std::unique_ptr<base::ReadPlan> plan) override {
    source_.Follow(std::move(plan));
  }

 private:
  base::ByteSource& source_;
  Pulse& pulse_;
};

}  // namespace vexaa::runner
