#include "lib/metrics/admin_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <utility>

#include "lib/metrics/admin_session.h"

namespace vexaa::metrics {

namespace asio = boost::asio;
using asio::ip::tcp;

class AdminServer::Impl {
 public:
  Impl(AdminOptions options, const Registry& registry)
      : router(registry),
        options_(std::move(options)),
        acceptor_(context_),
        pause_(context_) {}
  ~Impl() { Stop(); }

  base::Status Start();
  void Stop();
  uint16_t port() const { return port_; }

  AdminRouter router;

 private:
  base::Status Listen();
  void Accept();
  void Serve(tcp::socket socket);

  const AdminOptions options_;
  size_t connection_count_ = 0;  // of the server's thread
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  uint16_t port_ = 0;
  std::jthread thread_;
};

base::Status AdminServer::Impl::Start() {
  if (base::Status status = Listen(); !status.ok()) {
    return status.WithContext("admin port " + options_.address + ":" +
                              std::to_string(options_.port));
  }
  Accept();
  thread_ = std::jthread([this] { context_.run(); });
  return base::Status::Ok();
}

base::Status AdminServer::Impl::Listen() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (error) {
    return {base::Code::kInvalidArgument, "not an IP address"};
  }
  const tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error)
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (error) return {base::Code::kUnavailable, error.message()};
  return base::Status::Ok();
}

void AdminServer::Impl::Accept() {
  acceptor_.async_accept(
      [this](boost::system::error_code error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (!error) {
          Serve(std::move(socket));
          return Accept();
        }
        // Out of descriptors: trying at once would spin.
        pause_.expires_after(std::chrono::milliseconds(100));
        pause_.async_wait([this](boost::system::error_code stopped) {
          if (!stopped) Accept();
        });
      });
}

void AdminServer::Impl::Serve(tcp::socket socket) {
  if (connection_count_ >= options_.max_connections) return;  // closes it
  ++connection_count_;
  std::make_shared<AdminSession>(
      std::move(socket), router,
      SessionLimits{options_.timeout, options_.max_body_bytes},
      [this] { --connection_count_; })
      ->ReadHeader();
}

void AdminServer::Impl::Stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

AdminServer::AdminServer(AdminOptions options, const Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(options), registry)) {}

AdminServer::~AdminServer() = default;

void AdminServer::Handle(std::string method, std::string path_prefix,
                         AdminHandler handler) {
  impl_->router.Handle(std::move(method), std::move(path_prefix),
                       std::move(handler));
}

void AdminServer::AddReadyCheck(std::string name, ReadyCheck check) {
  impl_->router.AddReadyCheck(std::move(name), std::move(check));
}

base::Status AdminServer::Start() { return impl_->Start(); }

void AdminServer::Stop() { impl_->Stop(); }

uint16_t AdminServer::port() const { return impl_->port(); }

}  // namespace vexaa::metrics
