#include "lib/http/curl_session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

namespace vexaa::http {
namespace {

constexpr std::chrono::milliseconds kLongestPoll(1000);

// Larger answers come in full segments: they are acknowledged as they are.
constexpr curl_off_t kSmallAnswerBytes = 64 * 1024;
// A long body is taken in few large pieces, if they come soon. Waking for each
// segment of what comes at 1 GB/s doubles the CPU time of receiving it.
constexpr int kPieceBytes = 512 * 1024;
constexpr std::chrono::milliseconds kPieceWait(10);
// Somebody waits for the end: it is taken as it comes. Leaves room for what a
// TLS library has taken from the socket already.
constexpr curl_off_t kTailBytes = 2 * kPieceBytes;

curl_off_t Ask(const CurlSession& session, CURLINFO what) {
  curl_off_t count = 0;
  (void)curl_easy_getinfo(session.easy.get(), what, &count);
  return count;
}

// Acknowledges what has come. A server that writes an answer in pieces (the
// header, each chunk, its length and its end), and leaves Nagle's algorithm on
// (radosgw does), sends a short piece only after that, and an acknowledgement
// otherwise waits 40 ms for a packet to ride on.
void AcknowledgeAtOnce(const CurlSession& session) {
  const int on = 1;
  (void)setsockopt(session.socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

// A socket counts as readable once so many bytes have come, or its end.
void SetLowWater(const CurlSession& session, int bytes) {
  (void)setsockopt(session.socket, SOL_SOCKET, SO_RCVLOWAT, &bytes,
                   sizeof(bytes));
}

// Waits for a piece of a long body. The mark is down again afterwards, so a
// connection that stalls, or is used for another answer, shows all it has.
CURLMcode AwaitPiece(const CurlSession& session, int* ready) {
  SetLowWater(session, kPieceBytes);
  CURLMcode code = curl_multi_poll(session.multi.get(), nullptr, 0,
                                   kPieceWait.count(), ready);
  SetLowWater(session, 1);
  return code;
}

}  // namespace

CURLMcode Await(const CurlSession& session, const std::stop_token& stop) {
  const curl_off_t received = Ask(session, CURLINFO_SIZE_DOWNLOAD_T);
  // Unknown lengths are negative.
  const curl_off_t missing =
      Ask(session, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) - received;
  if (received <= kSmallAnswerBytes) {
    AcknowledgeAtOnce(session);
  } else if (missing > kTailBytes) {
    int ready = 0;
    CURLMcode code = AwaitPiece(session, &ready);
    if (code != CURLM_OK || ready > 0 || stop.stop_requested()) return code;
  }
  return curl_multi_poll(session.multi.get(), nullptr, 0, kLongestPoll.count(),
                         nullptr);
}

CurlPool::CurlPool(CurlOptions options) : options_(std::move(options)) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialised;
}

std::unique_ptr<CurlSession> CurlPool::Take() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<CurlSession>();
  auto session = std::move(idle_.back());
  idle_.pop_back();
  return session;
}

void CurlPool::Give(std::unique_ptr<CurlSession> session) {
  std::lock_guard lock(mutex_);
  if (idle_.size() < options_.max_idle_connections) {
    idle_.push_back(std::move(session));
  }
}

}  // namespace vexaa::http
