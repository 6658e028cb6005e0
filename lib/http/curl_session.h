// Connections of libcurl, kept and reused.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "lib/http/curl_transport.h"

namespace vexaa::http {

// One connection's worth of curl: the multi handle keeps the connection and
// can be woken from another thread, which curl_easy_perform cannot.
// Thread-compatible.
struct CurlSession {
  using EasyPtr = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
  using MultiPtr = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

  MultiPtr multi{curl_multi_init(), curl_multi_cleanup};
  EasyPtr easy{curl_easy_init(), curl_easy_cleanup};
  curl_socket_t socket = CURL_SOCKET_BAD;  // of the connection in use
};

// Waits until there is something to do for the transfer, a second at most: a
// long body is let gather a little.
CURLMcode Await(const CurlSession& session, const std::stop_token& stop);

// Thread-safe.
class CurlPool {
 public:
  explicit CurlPool(CurlOptions options);

  const CurlOptions& options() const { return options_; }
  std::unique_ptr<CurlSession> Take();
  void Give(std::unique_ptr<CurlSession> session);

 private:
  const CurlOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlSession>> idle_;  // guarded by mutex_
};

}  // namespace vexaa::http
