// Finds heads, bodies and ends of HTTP/1.1 messages in a stream of bytes and
// changes none of them. One direction of one connection. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vexaa::proxy {

struct HttpHead {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> headers;  // as they came

  // The value of the first header of that name, in any case; "" without one.
  std::string Find(std::string_view name) const;
  // Sets the header, or removes it when `value` is empty.
  void Set(const std::string& name, const std::string& value);
  std::string ToText() const;
};

struct HttpPiece {
  enum class Kind { kNone, kHead, kBody };
  Kind kind = Kind::kNone;  // kNone: more bytes are needed
  std::string bytes;        // with the chunks' framing
  bool last = false;        // the message ends here
};

class HttpFramer {
 public:
  enum class Side { kRequests, kResponses };
  explicit HttpFramer(Side side) : side_(side) {}

  // Takes the next piece off the front of `input`.
  HttpPiece Next(std::string_view& input);
  // The head that was found last.
  const HttpHead& head() const { return head_; }
  // Of responses: the next one answers a HEAD.
  void ExpectNoBody(bool expect) { no_body_ = expect; }
  int status() const;  // of the last response head

 private:
  enum class State {
    kHead,
    kSized,
    kUntilClose,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailer
  };

  HttpPiece TakeHead(std::string_view& input);
  HttpPiece TakeSized(std::string_view& input);
  HttpPiece TakeChunks(std::string_view& input);
  State AfterHead();
  // True at the end of the message.
  bool StepChunk(std::string_view input, size_t& used);
  bool EndLine();

  const Side side_;
  State state_ = State::kHead;
  std::string text_;  // of a head or line that is not whole yet
  HttpHead head_;
  uint64_t left_ = 0;
  bool no_body_ = false;
};

}  // namespace vexaa::proxy
