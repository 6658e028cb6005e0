// One request under way on a connection of the pool. Thread-compatible; stays
// where it is, because curl points into it.
#pragma once

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "lib/base/status.h"
#include "lib/http/curl_exchange.h"
#include "lib/http/curl_session.h"
#include "lib/http/curl_setup.h"

namespace vexaa::http {

class CurlCall {
 public:
  // `write` and `taker` are curl's for the body. All but `stop` must outlive
  // the call.
  CurlCall(CurlPool& pool, const Request& request, CurlExchange& exchange,
           curl_write_callback write, void* taker, std::stop_token stop);
  // Closes the connection of a call that has not ended.
  ~CurlCall();
  CurlCall(const CurlCall&) = delete;
  CurlCall& operator=(const CurlCall&) = delete;

  // Once, before all else.
  base::Status Begin();
  // Does what can be done without waiting. False: the call has ended, and what
  // came of it is in End().
  base::Result<bool> Step();
  // Waits until there is something to do, or for some time.
  base::Status Await();
  // The `write` that said CURL_WRITEFUNC_PAUSE gets the same bytes again.
  base::Status GoOn();
  // OK: the answer is whole.
  base::Status End();

 private:
  base::Status Prepare();
  base::Status Failed(CURLMcode code) const;

  CurlPool& pool_;
  const Request& request_;
  CurlExchange& exchange_;
  const curl_write_callback write_;
  void* const taker_;
  const std::stop_token stop_;
  const std::string name_;  // "GET http://host/path"
  std::unique_ptr<CurlSession> session_;
  SocketSetup sockets_;
  const curl_socket_t kept_socket_;
  HeaderList headers_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  bool added_ = false;
  std::optional<CURLcode> result_;  // of the call that has ended
  std::optional<std::stop_callback<std::function<void()>>> wake_;
};

}  // namespace vexaa::http
