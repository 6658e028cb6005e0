#include "lib/http/curl_setup.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <vector>

#include "lib/http/curl_exchange.h"

namespace vexaa::http {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr long kStallBytesPerSecond = 1024;
// Larger pieces mean fewer calls: one part of 8 MiB in 16 instead of 512. What
// is received is copied on: a piece that stays in a core's cache.
constexpr long kSendBufferBytes = 512 * 1024;
constexpr long kReceiveBufferBytes = 128 * 1024;

long Milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration)
      .count();
}

// Rounded up: libcurl takes whole seconds and reads 0 as "never".
long Seconds(base::Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

int OnSocket(void* user, curl_socket_t socket, curlsocktype) {
  auto* setup = static_cast<SocketSetup*>(user);
  setup->opened = socket;
  auto timeout =
      static_cast<unsigned>(Milliseconds(setup->options.dead_peer_timeout));
  // Runners are child processes of a local controller: no socket of ours may
  // outlive us in one.
  (void)fcntl(socket, F_SETFD, FD_CLOEXEC);
  // Best effort: keepalive still notices a dead peer where this is refused.
  (void)setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout,
                   sizeof(timeout));
  return CURL_SOCKOPT_OK;
}

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
    setup.Set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBufferBytes);
  }
  setup.Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

bool HasControlByte(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) !=
         std::string_view::npos;
}

}  // namespace

void SetConnection(Setup& setup, SocketSetup& sockets) {
  const CurlOptions& options = sockets.options;
  SetTls(setup, options.tls);
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
  setup.Set(CURLOPT_SOCKOPTDATA, &sockets);
  setup.Set(CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  // A stop must not wait for a name server.
  setup.Set(CURLOPT_QUICK_EXIT, 1L);
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

Status CheckLines(const Request& request) {
  if (HasControlByte(request.url) || HasControlByte(request.method)) {
    return Status(Code::kInvalidArgument, "a URL holds a line break");
  }
  for (const auto& [name, value] : request.headers) {
    if (HasControlByte(name) || HasControlByte(value) || name.empty()) {
      return Status(Code::kInvalidArgument,
                    "header " + name + " holds a line break");
    }
  }
  return Status::Ok();
}

Result<HeaderList> MakeHeaders(const Request& request) {
  // Without a value: what curl would add by itself and nobody asked for.
  std::vector<std::string> lines = {"Expect:", "Accept:"};
  bool typed = false;
  for (const auto& [name, value] : request.headers) {
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

}  // namespace vexaa::http
