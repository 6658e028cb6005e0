#include "lib/http/curl_transport.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <mutex>
#include <utility>

#include "lib/http/curl_error.h"
#include "lib/http/curl_exchange.h"
#include "lib/http/curl_setup.h"

namespace vexaa::http {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr std::chrono::milliseconds kLongestPoll(1000);

using EasyPtr = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using MultiPtr = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

// One connection's worth of curl: the multi handle keeps the connection and
// can be woken from another thread, which curl_easy_perform cannot.
struct Session {
  MultiPtr multi{curl_multi_init(), curl_multi_cleanup};
  EasyPtr easy{curl_easy_init(), curl_easy_cleanup};
  curl_socket_t socket = CURL_SOCKET_BAD;  // of the connection in use
};

// Larger answers come in full segments: they are acknowledged as they are.
constexpr curl_off_t kSmallAnswerBytes = 64 * 1024;
// A long body is taken in few large pieces, if they come soon. Waking for each
// segment of what comes at 1 GB/s doubles the CPU time of receiving it.
constexpr int kPieceBytes = 512 * 1024;
constexpr std::chrono::milliseconds kPieceWait(10);
// Somebody waits for the end: it is taken as it comes. Leaves room for what a
// TLS library has taken from the socket already.
constexpr curl_off_t kTailBytes = 2 * kPieceBytes;

curl_off_t Ask(const Session& session, CURLINFO what) {
  curl_off_t count = 0;
  (void)curl_easy_getinfo(session.easy.get(), what, &count);
  return count;
}

// Acknowledges what has come. A server that writes an answer in pieces (the
// header, each chunk, its length and its end), and leaves Nagle's algorithm on
// (radosgw does), sends a short piece only after that, and an acknowledgement
// otherwise waits 40 ms for a packet to ride on.
void AcknowledgeAtOnce(const Session& session) {
  const int on = 1;
  (void)setsockopt(session.socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

// A socket counts as readable once so many bytes have come, or its end.
void SetLowWater(const Session& session, int bytes) {
  (void)setsockopt(session.socket, SOL_SOCKET, SO_RCVLOWAT, &bytes,
                   sizeof(bytes));
}

// Waits for a piece of a long body. The mark is down again afterwards, so a
// connection that stalls, or is used for another answer, shows all it has.
CURLMcode AwaitPiece(const Session& session, int* ready) {
  SetLowWater(session, kPieceBytes);
  CURLMcode code = curl_multi_poll(session.multi.get(), nullptr, 0,
                                   kPieceWait.count(), ready);
  SetLowWater(session, 1);
  return code;
}

// Waits until there is something to do, once `received` bytes of the body have
// come.
CURLMcode Await(const Session& session, curl_off_t received,
                const std::stop_token& stop) {
  // Unknown lengths are negative.
  curl_off_t missing =
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

// Any other count than `bytes` ends the transfer with CURLE_WRITE_ERROR.
size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<CurlExchange*>(user);
  std::string_view line(data, size * count);
  exchange->OnHeaderLine(line);
  return exchange->status().ok() ? line.size() : CURL_WRITEFUNC_ERROR;
}

size_t OnWrite(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<CurlExchange*>(user);
  exchange->OnBodyBytes(std::as_bytes(std::span(data, size * count)));
  return exchange->status().ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

// "GET http://host/path": the query may hold a signature.
std::string NameOf(const Request& request) {
  return request.method + " " + request.url.substr(0, request.url.find('?'));
}

}  // namespace

class CurlTransport::Pool {
 public:
  explicit Pool(CurlOptions options) : options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)initialised;
  }

  const CurlOptions& options() const { return options_; }

  std::unique_ptr<Session> Take() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Session>();
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
  }

  void Give(std::unique_ptr<Session> session) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < options_.max_idle_connections) {
      idle_.push_back(std::move(session));
    }
  }

 private:
  const CurlOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;  // guarded by mutex_
};

namespace {

// Runs the prepared easy handle to its end.
Result<CURLcode> Run(Session& session, std::stop_token stop) {
  CURLM* multi = session.multi.get();
  std::stop_callback wake(stop, [multi] { (void)curl_multi_wakeup(multi); });
  int running = 1;
  while (running > 0) {
    if (stop.stop_requested()) return Status(Code::kCancelled, "stopped");
    CURLMcode code = curl_multi_perform(multi, &running);
    if (code == CURLM_OK && running > 0) {
      code = Await(session, Ask(session, CURLINFO_SIZE_DOWNLOAD_T), stop);
    }
    if (code != CURLM_OK) {
      return Status(Code::kInternal, curl_multi_strerror(code));
    }
  }
  int left = 0;
  CURLMsg* message = curl_multi_info_read(multi, &left);
  if (message == nullptr) return Status(Code::kInternal, "curl says nothing");
  return message->data.result;
}

// Adds and removes the easy handle; removing closes an unfinished connection.
Result<CURLcode> Perform(Session& session, std::stop_token stop) {
  CURLMcode added =
      curl_multi_add_handle(session.multi.get(), session.easy.get());
  if (added != CURLM_OK) {
    return Status(Code::kInternal, curl_multi_strerror(added));
  }
  Result<CURLcode> result = Run(session, stop);
  curl_multi_remove_handle(session.multi.get(), session.easy.get());
  return result;
}

}  // namespace

CurlTransport::CurlTransport(CurlOptions options)
    : pool_(std::make_unique<Pool>(std::move(options))) {}
CurlTransport::~CurlTransport() = default;

Result<Response> CurlTransport::Send(const Request& request,
                                     std::stop_token stop,
                                     const OnBody& on_body) {
  RETURN_IF_ERROR(CheckLines(request));
  ASSIGN_OR_RETURN(HeaderList headers, MakeHeaders(request));
  std::unique_ptr<Session> session = pool_->Take();
  if (!session->easy || !session->multi) {
    return Status(Code::kInternal, "libcurl gave no handle");
  }
  CurlExchange exchange(request, on_body);
  const curl_socket_t kept = session->socket;
  char message[CURL_ERROR_SIZE] = "";
  curl_easy_reset(session->easy.get());
  Setup setup(session->easy.get());
  SocketSetup sockets{pool_->options(), session->socket};
  SetConnection(setup, sockets);
  SetRequest(setup, request);
  setup.Set(CURLOPT_HTTPHEADER, headers.get());
  setup.Set(CURLOPT_ERRORBUFFER, &message[0]);
  setup.Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  setup.Set(CURLOPT_HEADERDATA, &exchange);
  setup.Set(CURLOPT_WRITEFUNCTION, &OnWrite);
  setup.Set(CURLOPT_WRITEDATA, &exchange);
  if (setup.error() != CURLE_OK) {
    return CurlError(setup.error(), NameOf(request), message);
  }
  Result<CURLcode> code = Perform(*session, stop);
  curl_easy_reset(session->easy.get());  // forgets the pointers of this call
  // That call's own connection is closed; the one before it is used next.
  if (request.send_once) session->socket = kept;
  // A handle that failed is not used again: after a name that was not found
  // libcurl 7.88 refuses it the buffer size (BAD_FUNCTION_ARGUMENT).
  if (code.ok() && *code == CURLE_OK) pool_->Give(std::move(session));
  if (!code.ok()) return code.status().WithContext(NameOf(request));
  if (!exchange.status().ok()) {
    return exchange.status().WithContext(NameOf(request));
  }
  if (*code != CURLE_OK) return CurlError(*code, NameOf(request), message);
  if (!exchange.has_whole_header()) {
    return CurlError(CURLE_RECV_ERROR, NameOf(request),
                     "the connection ended within the answer's header");
  }
  return exchange.TakeResponse();
}

}  // namespace vexaa::http
