#include "tests/proxy/stream.h"

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace vexaa::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class PlainStream final : public Stream {
 public:
  explicit PlainStream(tcp::socket socket) : socket_(std::move(socket)) {}

  void Handshake(OnDone done) override { done({}, 0); }
  void Read(asio::mutable_buffer into, OnDone done) override {
    socket_.async_read_some(into, std::move(done));
  }
  void Write(asio::const_buffer from, OnDone done) override {
    asio::async_write(socket_, from, std::move(done));
  }
  tcp::socket& socket() override { return socket_; }

 private:
  tcp::socket socket_;
};

class TlsStream final : public Stream {
 public:
  TlsStream(tcp::socket socket, asio::ssl::context& context,
            asio::ssl::stream_base::handshake_type side)
      : stream_(std::move(socket), context), side_(side) {}

  void AskFor(const std::string& host) {
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    (void)SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
  }
  void Handshake(OnDone done) override {
    stream_.async_handshake(
        side_, [done = std::move(done)](boost::system::error_code error) {
          done(error, 0);
        });
  }
  void Read(asio::mutable_buffer into, OnDone done) override {
    stream_.async_read_some(into, std::move(done));
  }
  void Write(asio::const_buffer from, OnDone done) override {
    asio::async_write(stream_, from, std::move(done));
  }
  tcp::socket& socket() override { return stream_.next_layer(); }

 private:
  asio::ssl::stream<tcp::socket> stream_;
  const asio::ssl::stream_base::handshake_type side_;
};

}  // namespace

void Stream::Finish() {
  boost::system::error_code ignored;
  socket().shutdown(tcp::socket::shutdown_send, ignored);
}

void Stream::Close(bool reset) {
  boost::system::error_code ignored;
  // Lingering for no time is how a socket sends a reset.
  if (reset) socket().set_option(asio::socket_base::linger(true, 0), ignored);
  socket().close(ignored);
}

std::unique_ptr<Stream> MakePlainStream(tcp::socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<Stream> MakeTlsServerStream(tcp::socket socket,
                                            asio::ssl::context& context) {
  return std::make_unique<TlsStream>(std::move(socket), context,
                                     asio::ssl::stream_base::server);
}

std::unique_ptr<Stream> MakeTlsClientStream(tcp::socket socket,
                                            asio::ssl::context& context,
                                            const std::string& host) {
  auto stream = std::make_unique<TlsStream>(std::move(socket), context,
                                            asio::ssl::stream_base::client);
  stream->AskFor(host);
  return stream;
}

}  // namespace vexaa::proxy
