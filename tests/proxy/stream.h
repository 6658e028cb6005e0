// A TCP connection in clear text or in TLS, for the proxy's one thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>

namespace vexaa::proxy {

using OnDone = std::function<void(boost::system::error_code, size_t)>;

class Stream {
 public:
  virtual ~Stream() = default;
  virtual void Handshake(OnDone done) = 0;
  virtual void Read(boost::asio::mutable_buffer into, OnDone done) = 0;
  virtual void Write(boost::asio::const_buffer from, OnDone done) = 0;
  virtual boost::asio::ip::tcp::socket& socket() = 0;

  // No more bytes go out; the other side sees an orderly end.
  void Finish();
  // Lets go at once; the other side sees a reset when `reset`.
  void Close(bool reset);
};

std::unique_ptr<Stream> MakePlainStream(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Stream> MakeTlsServerStream(boost::asio::ip::tcp::socket socket,
                                            boost::asio::ssl::context& context);
// `host` is asked for by name unless it is an address.
std::unique_ptr<Stream> MakeTlsClientStream(boost::asio::ip::tcp::socket socket,
                                            boost::asio::ssl::context& context,
                                            const std::string& host);

}  // namespace vexaa::proxy
