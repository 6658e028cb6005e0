#include "lib/objects/link_meter.h"

#include <algorithm>

namespace vexaa::objects {
namespace {

// Such an answer takes hardly longer than an empty one.
constexpr uint64_t kSmallBytes = 256 << 10;
constexpr uint64_t kLargeBytes = 1 << 20;
// Until so much has been measured a link counts as one of 1 Gbit/s: reading
// through tells what a link can do, small ranges never would.
constexpr uint64_t kEnoughBytes = 16 << 20;
constexpr double kUsualBytesPerSecond = 125e6;

double Seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void LinkMeter::Began(uint64_t size_bytes, base::Duration now) {
  if (size_bytes < kLargeBytes) return;
  CountBusy(now);
  ++large_now_;
}

void LinkMeter::CountBusy(base::Duration now) {
  if (large_now_ > 0) busy_ += now - busy_since_;
  busy_since_ = now;
}

void LinkMeter::Ended(uint64_t size_bytes, base::Duration began,
                      base::Duration now) {
  if (size_bytes <= kSmallBytes) {
    latency_ = std::min(latency_.value_or(now - began), now - began);
  }
  if (size_bytes < kLargeBytes) return;
  CountBusy(now);
  --large_now_;
  busy_bytes_ += size_bytes;
}

double LinkMeter::BytesPerSecond() const {
  if (busy_bytes_ < kEnoughBytes || busy_ <= base::Duration(0)) {
    return kUsualBytesPerSecond;
  }
  return static_cast<double>(busy_bytes_) / Seconds(busy_);
}

uint64_t LinkMeter::BreakEven(int at_once) const {
  if (!latency_) return 0;
  return static_cast<uint64_t>(Seconds(*latency_) * BytesPerSecond() / at_once);
}

}  // namespace vexaa::objects
