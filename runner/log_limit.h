// A stream buffer that passes on whole lines until a limit is reached, says so
// once, and drops what follows: a noisy job fills no disk. Thread-compatible
// (base::Logger locks around it).
#pragma once

#include <cstdint>
#include <ostream>
#include <streambuf>
#include <string>

namespace vexaa::runner {

class LogLimit final : public std::streambuf {
 public:
  // `out` must outlive this. `limit_bytes` 0: no limit.
  LogLimit(std::ostream& out, uint64_t limit_bytes)
      : out_(out), limit_bytes_(limit_bytes) {}

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  void PassLine();

  std::ostream& out_;
  const uint64_t limit_bytes_;
  uint64_t passed_bytes_ = 0;
  bool full_ = false;
  std::string line_;
};

}  // namespace vexaa::runner
