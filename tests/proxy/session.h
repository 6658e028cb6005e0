// One client connection and its connection to the server, joined by the link,
// with a filter in between. All on the proxy's one thread; lives as long as
// something of it is under way.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/proxy/link.h"
#include "tests/proxy/stream.h"
#include "tests/proxy/wire.h"

namespace vexaa::proxy {

// What all sessions of a proxy share; outlives them.
struct Shared {
  Link link{{}};
  RuleBook rules;
  bool paused = false;
  std::array<uint64_t, 2> bytes{};  // by way
  uint64_t connections = 0;
};

class Session final : public Wire,
                      public std::enable_shared_from_this<Session> {
 public:
  using MakeFilter = std::function<std::unique_ptr<Filter>(Wire&)>;

  Session(Shared& shared, std::unique_ptr<Stream> client,
          std::unique_ptr<Stream> server, const MakeFilter& make_filter);

  void Start(const boost::asio::ip::tcp::endpoint& server);
  // After a pause.
  void Resume();
  bool Release(int rule);
  bool Holds(int rule) const;
  bool closed() const { return closed_; }
  // A stall has struck, and the client has not gone since.
  bool stalled() const { return stalled_ && !closed_; }
  void Close(bool reset);

  void Send(Way way, std::string_view bytes) override;
  void Limit(Way way, uint64_t bytes, FaultKind fault) override;
  void HoldClient(bool hold) override;
  void Reset() override { Close(true); }

 private:
  struct Chunk {
    std::string bytes;
    Moment due;
  };
  struct Direction {
    explicit Direction(const boost::asio::any_io_executor& executor)
        : timer(executor), buffer(kReadBytes) {}
    boost::asio::steady_timer timer;  // for the line to be free to read
    std::vector<char> buffer;
    std::deque<Chunk> queue;
    size_t queued = 0;
    Moment last_due{};
    bool reading = false;
    bool writing = false;  // or waiting for what is due
    bool ended = false;    // its source has no more
    std::optional<uint64_t> limit;
    FaultKind then = FaultKind::kCut;
  };
  static constexpr size_t kReadBytes = 128 << 10;

  // False: the connection as a whole met a fault that ends or holds it.
  bool MeetRule();
  void Connect();
  void Open();
  Direction& At(Way way) { return way == Way::kUp ? up_ : down_; }
  Stream& Source(Way way) { return way == Way::kUp ? *client_ : *server_; }
  Stream& Sink(Way way) { return way == Way::kUp ? *server_ : *client_; }

  bool MayRead(Way way);
  void Read(Way way);
  void OnRead(Way way, boost::system::error_code error, size_t count);
  void OnEnd(Way way);
  void Enqueue(Way way, std::string_view bytes);
  void Write(Way way);
  void OnDrained(Way way);
  void Strike(Way way);

  Shared& shared_;
  std::unique_ptr<Stream> client_;
  std::unique_ptr<Stream> server_;
  Direction up_;
  Direction down_;
  boost::asio::ip::tcp::endpoint server_address_;
  const Moment began_ = std::chrono::steady_clock::now();
  bool open_ = false;
  bool closed_ = false;
  bool hold_client_ = false;
  bool stalled_ = false;
  std::optional<Way> cut_;  // ends when that way has drained
  int held_by_ = 0;         // the rule that keeps it from connecting
  std::unique_ptr<Filter> filter_;
};

}  // namespace vexaa::proxy
