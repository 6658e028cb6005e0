#include "runner/log_limit.h"

namespace vexaa::runner {
namespace {

constexpr char kLastLine[] =
    "{\"level\":\"warn\",\"msg\":\"log limit reached, the rest is dropped\"}\n";

}  // namespace

LogLimit::int_type LogLimit::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return 0;
  line_ += traits_type::to_char_type(c);
  if (line_.back() == '\n') PassLine();
  return c;
}

int LogLimit::sync() {
  out_.flush();
  return 0;
}

void LogLimit::PassLine() {
  if (!full_) {
    full_ = limit_bytes_ > 0 && passed_bytes_ + line_.size() > limit_bytes_;
    out_ << (full_ ? kLastLine : line_);
    passed_bytes_ += line_.size();
  }
  line_.clear();
}

}  // namespace vexaa::runner
