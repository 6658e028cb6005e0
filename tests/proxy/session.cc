#include "tests/proxy/session.h"

#include <algorithm>
#include <boost/asio/error.hpp>

namespace vexaa::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

// What a router in front of the line would queue: more would only add delay.
constexpr std::chrono::milliseconds kLongestQueue(2);
// Room for one connection's bytes in flight: 1 Gbit/s for 60 ms and more.
constexpr size_t kMostQueued = 16 << 20;
// Without a delay nothing is in flight for long.
constexpr size_t kMostQueuedAtOnce = 1 << 20;

void SendAtOnce(Stream& stream) {
  error_code ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
}

}  // namespace

Session::Session(Shared& shared, std::unique_ptr<Stream> client,
                 std::unique_ptr<Stream> server, const MakeFilter& make_filter)
    : shared_(shared),
      client_(std::move(client)),
      server_(std::move(server)),
      up_(client_->socket().get_executor()),
      down_(client_->socket().get_executor()),
      filter_(make_filter(*this)) {
  ++shared_.connections;
}

void Session::Start(const tcp::endpoint& server) {
  server_address_ = server;
  SendAtOnce(*client_);
  if (MeetRule()) Connect();
}

bool Session::MeetRule() {
  auto met = shared_.rules.Meet({Target::kConnection, "", ""});
  if (!met) return true;
  switch (met->fault.kind) {
    case FaultKind::kHold:
      held_by_ = met->rule;
      return false;
    case FaultKind::kCut:
    case FaultKind::kStall:
      Limit(met->fault.way,
            static_cast<uint64_t>(std::max<int64_t>(0, met->fault.after)),
            met->fault.kind);
      return true;
    default:
      Close(true);
      return false;
  }
}

void Session::Connect() {
  server_->socket().async_connect(
      server_address_, [self = shared_from_this()](error_code error) {
        if (self->closed_) return;
        if (error) return self->Close(true);
        SendAtOnce(*self->server_);
        self->server_->Handshake([self](error_code failed, size_t) {
          if (failed) return self->Close(true);
          self->Open();
        });
      });
}

void Session::Open() {
  client_->Handshake([self = shared_from_this()](error_code error, size_t) {
    if (self->closed_) return;
    if (error) return self->Close(true);
    self->open_ = true;
    self->Resume();
  });
}

void Session::Resume() {
  if (!open_) return;
  for (Way way : {Way::kUp, Way::kDown}) {
    Read(way);
    Write(way);
  }
}

bool Session::Holds(int rule) const {
  return held_by_ == rule || filter_->Holds(rule);
}

bool Session::Release(int rule) {
  if (closed_) return false;
  if (held_by_ != rule) return filter_->Release(rule);
  held_by_ = 0;
  Connect();
  return true;
}

void Session::HoldClient(bool hold) {
  hold_client_ = hold;
  if (!hold) Read(Way::kUp);
}

void Session::Limit(Way way, uint64_t bytes, FaultKind fault) {
  At(way).limit = bytes;
  At(way).then = fault;
}

bool Session::MayRead(Way way) {
  const Direction& at = At(way);
  if (closed_ || at.reading || at.ended || cut_) return false;
  if (stalled_) return way == Way::kUp;  // to notice the client's end
  if (shared_.paused || (way == Way::kUp && hold_client_)) return false;
  bool delayed = shared_.link.options().delay.count() > 0;
  return at.queued < (delayed ? kMostQueued : kMostQueuedAtOnce);
}

void Session::Read(Way way) {
  if (!MayRead(way)) return;
  Direction& at = At(way);
  at.reading = true;
  auto queue = shared_.link.Queue(way, steady_clock::now());
  if (queue > kLongestQueue) {
    at.timer.expires_after(queue - kLongestQueue / 2);
    at.timer.async_wait([self = shared_from_this(), way](error_code) {
      self->At(way).reading = false;
      self->Read(way);
    });
    return;
  }
  Source(way).Read(
      asio::buffer(at.buffer),
      [self = shared_from_this(), way](error_code error, size_t count) {
        self->OnRead(way, error, count);
      });
}

void Session::OnRead(Way way, error_code error, size_t count) {
  Direction& at = At(way);
  at.reading = false;
  if (closed_) return;
  if (error == asio::error::connection_reset) return Close(true);
  if (error) return OnEnd(way);
  if (!stalled_) filter_->OnBytes(way, {at.buffer.data(), count});
  Read(way);
}

void Session::OnEnd(Way way) {
  At(way).ended = true;
  if (way == Way::kDown) filter_->OnServerEnd();
  if (stalled_ || closed_) return Close(true);
  if (At(way).queue.empty()) OnDrained(way);
}

void Session::Send(Way way, std::string_view bytes) {
  if (closed_ || stalled_ || cut_) return;
  Direction& at = At(way);
  if (!at.limit) return Enqueue(way, bytes);
  size_t passed =
      static_cast<size_t>(std::min<uint64_t>(bytes.size(), *at.limit));
  *at.limit -= passed;
  Enqueue(way, bytes.substr(0, passed));
  if (*at.limit == 0) Strike(way);
}

void Session::Strike(Way way) {
  if (At(way).then == FaultKind::kStall) {
    stalled_ = true;
    return;
  }
  cut_ = way;
  if (At(way).queue.empty()) OnDrained(way);
}

void Session::Enqueue(Way way, std::string_view bytes) {
  if (bytes.empty()) return;
  Direction& at = At(way);
  shared_.bytes[static_cast<size_t>(way)] += bytes.size();
  Moment due = shared_.link.Enter(way, bytes.size(), steady_clock::now());
  // A connection is made by one round trip before its first byte leaves.
  if (way == Way::kUp)
    due = std::max(due, began_ + 3 * shared_.link.options().delay);
  at.last_due = std::max(at.last_due, due);
  at.queue.push_back({std::string(bytes), at.last_due});
  at.queued += bytes.size();
  Write(way);
}

void Session::Write(Way way) {
  Direction& at = At(way);
  if (closed_ || shared_.paused || at.writing || at.queue.empty()) return;
  at.writing = true;
  auto self = shared_from_this();
  if (at.queue.front().due > steady_clock::now()) {
    auto timer = std::make_shared<asio::steady_timer>(
        client_->socket().get_executor(), at.queue.front().due);
    timer->async_wait([self, way, timer](error_code) {
      self->At(way).writing = false;
      self->Write(way);
    });
    return;
  }
  Sink(way).Write(asio::buffer(at.queue.front().bytes),
                  [self, way](error_code error, size_t) {
                    Direction& written = self->At(way);
                    written.writing = false;
                    if (self->closed_) return;
                    if (error) return self->Close(true);
                    written.queued -= written.queue.front().bytes.size();
                    written.queue.pop_front();
                    if (written.queue.empty()) self->OnDrained(way);
                    self->Read(way);
                    self->Write(way);
                  });
}

void Session::OnDrained(Way way) {
  if (cut_ == way) {
    // Downwards the client sees an orderly end in the middle of a body.
    Sink(way).Finish();
    return Close(way == Way::kUp);
  }
  if (!At(way).ended || (way == Way::kUp && filter_->HidesClientEnd())) return;
  Sink(way).Finish();
  if (up_.ended && down_.ended && up_.queue.empty() && down_.queue.empty())
    Close(false);
}

void Session::Close(bool reset) {
  if (closed_) return;
  closed_ = true;
  up_.timer.cancel();
  down_.timer.cancel();
  client_->Close(reset);
  server_->Close(reset);
}

}  // namespace vexaa::proxy
