// One connection of the admin port: reads a request, answers, again. Lives as
// long as an operation of its own is under way; used on the server's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "lib/base/clock.h"
#include "lib/metrics/admin_router.h"

namespace vexaa::metrics {

struct SessionLimits {
  base::Duration timeout;
  size_t max_body_bytes;
};

// Shared: every pending operation of a connection keeps it alive.
class AdminSession : public std::enable_shared_from_this<AdminSession> {
 public:
  // `router` must outlive the session; `on_end` is called when it is gone.
  AdminSession(boost::asio::ip::tcp::socket socket, const AdminRouter& router,
               SessionLimits limits, std::function<void()> on_end);
  ~AdminSession();

  void ReadHeader();
  void Close();

 private:
  using Parser =
      boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Response =
      boost::beast::http::response<boost::beast::http::string_body>;

  void ReadBody();
  void OnRequest();
  // An answer to what could not be read; the connection ends with it.
  void Refuse(int status, std::string text);
  void Write(const AdminResponse& answer, bool keep_alive, bool with_body);
  void Arm();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;  // made anew for each request
  Response response_;
  std::optional<
      boost::beast::http::response_serializer<boost::beast::http::string_body>>
      serializer_;
  const AdminRouter& router_;
  const SessionLimits limits_;
  const std::function<void()> on_end_;
};

}  // namespace vexaa::metrics
