#include "lib/http/curl_transport.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>

#include "lib/http/curl_error.h"
#include "lib/http/url.h"

namespace vexaa::http {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr long kStallBytesPerSecond = 1024;
// Larger reads mean fewer calls: one part of 8 MiB in 32 instead of 512.
constexpr long kBufferBytes = 256 * 1024;
constexpr size_t kMaxHeaderBytes = 64 * 1024;
constexpr std::chrono::milliseconds kLongestPoll(1000);

using EasyPtr = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using MultiPtr = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

// One connection's worth of curl: the multi handle keeps the connection and
// can be woken from another thread, which curl_easy_perform cannot.
struct Session {
  MultiPtr multi{curl_multi_init(), curl_multi_cleanup};
  EasyPtr easy{curl_easy_init(), curl_easy_cleanup};
};

long Milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration)
      .count();
}

// Rounded up: libcurl takes whole seconds and reads 0 as "never".
long Seconds(base::Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

int OnSocket(void* user, curl_socket_t socket, curlsocktype) {
  auto timeout = static_cast<unsigned>(
      Milliseconds(static_cast<const CurlOptions*>(user)->dead_peer_timeout));
  // Runners are child processes of a local controller: no socket of ours may
  // outlive us in one.
  (void)fcntl(socket, F_SETFD, FD_CLOEXEC);
  // Best effort: keepalive still notices a dead peer where this is refused.
  (void)setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout,
                   sizeof(timeout));
  return CURL_SOCKOPT_OK;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void Trim(std::string_view& text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

// One call: curl's callbacks collect the answer here.
class Exchange {
 public:
  Exchange(const Request& request, const OnBody& on_body)
      : request_(request), on_body_(on_body) {}

  void OnHeaderLine(std::string_view line) {
    if (line.starts_with("HTTP/")) return StartAnswer(line);
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes) {
      return Fail("the answer's headers are longer than 64 KiB");
    }
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string_view value = line.substr(colon + 1);
    Trim(value);
    response_.headers.emplace_back(LowerCase(line.substr(0, colon)), value);
  }

  void OnBodyBytes(std::span<const std::byte> bytes) {
    bool success = response_.status / 100 == 2;
    if (on_body_ && success) {
      status_ = on_body_(response_, bytes);
      return;
    }
    if (response_.body.size() + bytes.size() > request_.max_body_bytes) {
      return Fail("the answer is longer than " +
                  std::to_string(request_.max_body_bytes) + " bytes");
    }
    response_.body.append(reinterpret_cast<const char*>(bytes.data()),
                          bytes.size());
  }

  const Status& status() const { return status_; }
  Response TakeResponse() { return std::move(response_); }

 private:
  // Also after a 1xx answer: only the last one's headers count.
  void StartAnswer(std::string_view line) {
    response_ = Response();
    header_bytes_ = 0;
    size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      response_.status = std::atoi(std::string(line.substr(space, 5)).c_str());
    }
  }
  void Fail(std::string message) {
    status_ = Status(Code::kResourceExhausted, std::move(message));
  }

  const Request& request_;
  const OnBody& on_body_;
  Response response_;
  size_t header_bytes_ = 0;
  Status status_;
};

// Any other count than `bytes` ends the transfer with CURLE_WRITE_ERROR.
size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  exchange->OnHeaderLine({data, size * count});
  return exchange->status().ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

size_t OnWrite(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  exchange->OnBodyBytes(std::as_bytes(std::span(data, size * count)));
  return exchange->status().ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

// Sets options and remembers the first that was refused.
class Setup {
 public:
  explicit Setup(CURL* easy) : easy_(easy) {}
  template <typename T>
  void Set(CURLoption option, T value) {
    if (error_ == CURLE_OK) error_ = curl_easy_setopt(easy_, option, value);
  }
  void SetText(CURLoption option, const std::string& text) {
    if (!text.empty()) Set(option, text.c_str());
  }
  // The PEM text must outlive the transfer: it is not copied.
  void SetPem(CURLoption option, const std::string& text) {
    if (text.empty()) return;
    curl_blob blob{const_cast<char*>(text.data()), text.size(),
                   CURL_BLOB_NOCOPY};
    Set(option, &blob);
  }
  CURLcode error() const { return error_; }

 private:
  CURL* easy_;
  CURLcode error_ = CURLE_OK;
};

void SetTls(Setup& setup, const TlsOptions& tls) {
  setup.Set(CURLOPT_SSL_VERIFYPEER, 1L);
  setup.Set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!tls.ca_file.empty() || !tls.ca_pem.empty()) {
    // Debian's libcurl adds the system's folder even when a file is named.
    setup.Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    setup.Set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  }
  setup.SetText(CURLOPT_CAINFO, tls.ca_pem.empty() ? tls.ca_file : "");
  setup.SetPem(CURLOPT_CAINFO_BLOB, tls.ca_pem);
  setup.SetText(CURLOPT_SSLCERT,
                tls.certificate_pem.empty() ? tls.certificate_file : "");
  setup.SetPem(CURLOPT_SSLCERT_BLOB, tls.certificate_pem);
  setup.SetText(CURLOPT_SSLKEY, tls.key_pem.empty() ? tls.key_file : "");
  setup.SetPem(CURLOPT_SSLKEY_BLOB, tls.key_pem);
}

void SetConnection(Setup& setup, const CurlOptions& options) {
  setup.Set(CURLOPT_NOSIGNAL, 1L);
  setup.Set(CURLOPT_PROTOCOLS_STR, "http,https");
  setup.Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  setup.Set(CURLOPT_FOLLOWLOCATION, 0L);
  setup.Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  setup.Set(CURLOPT_PROXY, options.proxy.c_str());  // "" ignores http_proxy
  setup.SetText(CURLOPT_USERAGENT, options.user_agent);
  setup.Set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(options.connect_timeout));
  setup.Set(CURLOPT_TCP_KEEPALIVE, 1L);
  setup.Set(CURLOPT_TCP_KEEPIDLE, 30L);
  setup.Set(CURLOPT_TCP_KEEPINTVL, 15L);
  setup.Set(CURLOPT_SOCKOPTFUNCTION, &OnSocket);
  setup.Set(CURLOPT_SOCKOPTDATA, &options);
  setup.Set(CURLOPT_BUFFERSIZE, kBufferBytes);
  // A stop must not wait for a name server.
  setup.Set(CURLOPT_QUICK_EXIT, 1L);
}

// A method with a body, or one that says so by "Content-Length: 0".
bool CarriesBody(const Request& request) {
  return !request.body.empty() || request.method == "POST" ||
         request.method == "PUT" || request.method == "PATCH";
}

void SetMethod(Setup& setup, const Request& request) {
  if (request.method == "HEAD") return setup.Set(CURLOPT_NOBODY, 1L);
  if (CarriesBody(request)) {
    // Sent from the caller's memory, never copied, and seekable for curl.
    const char* data = request.body.empty()
                           ? ""
                           : reinterpret_cast<const char*>(request.body.data());
    setup.Set(CURLOPT_POST, 1L);
    setup.Set(CURLOPT_POSTFIELDSIZE_LARGE,
              static_cast<curl_off_t>(request.body.size()));
    setup.Set(CURLOPT_POSTFIELDS, data);
    setup.Set(CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
  }
  setup.Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetRequest(Setup& setup, const Request& request) {
  setup.Set(CURLOPT_URL, request.url.c_str());
  setup.Set(CURLOPT_PATH_AS_IS, 1L);
  SetMethod(setup, request);
  setup.Set(CURLOPT_TIMEOUT_MS, Milliseconds(request.timeout));
  setup.Set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  setup.Set(CURLOPT_LOW_SPEED_TIME, Seconds(request.stall_timeout));
  if (request.send_once) {
    setup.Set(CURLOPT_FRESH_CONNECT, 1L);
    setup.Set(CURLOPT_FORBID_REUSE, 1L);
  }
}

bool HasControlByte(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) !=
         std::string_view::npos;
}

Result<HeaderList> MakeHeaders(const Request& request) {
  // Without a value: what curl would add by itself and nobody asked for.
  std::vector<std::string> lines = {"Expect:", "Accept:"};
  bool typed = false;
  for (const auto& [name, value] : request.headers) {
    if (HasControlByte(name) || HasControlByte(value) || name.empty()) {
      return Status(Code::kInvalidArgument,
                    "header " + name + " holds a line break");
    }
    typed = typed || LowerCase(name) == "content-type";
    if (LowerCase(name) == "accept") std::erase(lines, "Accept:");
    lines.push_back(value.empty() ? name + ";" : name + ": " + value);
  }
  if (!typed) lines.push_back("Content-Type:");
  HeaderList list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return Status(Code::kInternal, "out of memory");
    (void)list.release();
    list.reset(longer);
  }
  return list;
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
      code = curl_multi_poll(multi, nullptr, 0, kLongestPoll.count(), nullptr);
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
  if (HasControlByte(request.url) || HasControlByte(request.method)) {
    return Status(Code::kInvalidArgument, "a URL holds a line break");
  }
  ASSIGN_OR_RETURN(HeaderList headers, MakeHeaders(request));
  std::unique_ptr<Session> session = pool_->Take();
  if (!session->easy || !session->multi) {
    return Status(Code::kInternal, "libcurl gave no handle");
  }
  Exchange exchange(request, on_body);
  char message[CURL_ERROR_SIZE] = "";
  curl_easy_reset(session->easy.get());
  Setup setup(session->easy.get());
  SetConnection(setup, pool_->options());
  SetTls(setup, pool_->options().tls);
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
  if (code.ok()) pool_->Give(std::move(session));
  if (!code.ok()) return code.status().WithContext(NameOf(request));
  if (!exchange.status().ok()) {
    return exchange.status().WithContext(NameOf(request));
  }
  if (*code != CURLE_OK) return CurlError(*code, NameOf(request), message);
  return exchange.TakeResponse();
}

}  // namespace vexaa::http
