#include "lib/objects/long_requests.h"

namespace vexaa::objects {
namespace {

// Ranges over which a reader's waiting is looked at.
constexpr int kLookedAt = 8;
constexpr int kEarlyEnds = 2;
// Short ones at a time hide each other's starts and ends: a little slower is
// still less work for everybody.
constexpr double kHardlySlower = 0.9;
// A connection that crawls is not read on for long.
constexpr std::chrono::seconds kTrialTime(1);

double Seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void LongRequests::TookUp(base::Duration waited, base::Duration now) {
  if (!since_) since_ = now - waited;
  waited_ += waited;
  if (++taken_up_ < kLookedAt) return;
  reader_waits_ = waited_ >= (now - *since_) / 2;
  taken_up_ = 0;
  waited_ = {};
  since_ = now;
}

void LongRequests::Began() {
  taken_up_ = 0;
  waited_ = {};
  since_.reset();
}

bool LongRequests::Worthwhile(double bytes_per_second) const {
  return !given_up_ && reader_waits_ &&
         bytes_per_second >= limits_.least_bytes_per_second;
}

bool LongRequests::GoesOn(uint64_t bytes, base::Duration took,
                          double bytes_per_second) {
  if (bytes < limits_.trial_bytes && took < kTrialTime) return true;
  double least = kHardlySlower * bytes_per_second * Seconds(took);
  given_up_ = static_cast<double>(bytes) < least;
  return !given_up_;
}

void LongRequests::EndedEarly(uint64_t bytes) {
  if (bytes < limits_.trial_bytes && ++early_ends_ >= kEarlyEnds) {
    given_up_ = true;
  }
}

}  // namespace vexaa::objects
