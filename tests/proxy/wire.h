// What a filter may do with the connection it looks into, and what a filter
// is. All on the proxy's one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/proxy/rule.h"

namespace vexaa::proxy {

class Wire {
 public:
  virtual ~Wire() = default;
  // Bytes for the side that `way` leads to; they take the link.
  virtual void Send(Way way, std::string_view bytes) = 0;
  // After so many more bytes of that way the fault (kCut or kStall) strikes.
  virtual void Limit(Way way, uint64_t bytes, FaultKind fault) = 0;
  // Takes nothing more from the client until told otherwise.
  virtual void HoldClient(bool hold) = 0;
  // Cuts both sides off, at once.
  virtual void Reset() = 0;
};

// What the proxy saw pass: one request or statement.
struct Seen {
  std::string what;       // "GET /path?query", or the SQL text
  std::string text;       // what a rule's regular expression is searched in
  int64_t at_us = 0;      // when it came, on the machine's monotonic clock
  std::string range;      // the request's Range header
  int status = 0;         // what the server answered; 0: nothing
  uint64_t bytes_up = 0;  // of the bodies
  uint64_t bytes_down = 0;
  int rule = 0;  // the fault it met; 0: none
};

int64_t MonotonicMicros();

// Looks into one connection. What it does not send on does not arrive.
class Filter {
 public:
  virtual ~Filter() = default;
  virtual void OnBytes(Way way, std::string_view bytes) = 0;
  // The server has ended the connection.
  virtual void OnServerEnd() {}
  // Lets what that rule holds go on. False: it holds nothing here.
  virtual bool Release(int /*rule*/) { return false; }
  // True while the rule holds something here.
  virtual bool Holds(int /*rule*/) const { return false; }
  // True while the server must not learn that the client is gone.
  virtual bool HidesClientEnd() const { return false; }
};

}  // namespace vexaa::proxy
