// The proxy without its thread: listens, makes sessions, and changes what they
// share. Everything runs on the thread of `io`.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/proxy/fault_proxy.h"
#include "tests/proxy/session.h"

namespace vexaa::proxy {

class Core {
 public:
  Core(boost::asio::io_context& io, ProxyOptions options);
  base::Status Start();
  void CloseAll(bool reset);

  uint16_t port() const { return listen_at_.port(); }
  const std::string& ca_pem() const { return ca_pem_; }
  Shared& shared() { return shared_; }
  void Remove(int rule);
  int Release(int rule);
  base::Status Refuse(bool refuse);
  void Pause(bool pause);
  ProxyState State() const;
  std::deque<Seen>& log() { return log_; }

 private:
  using Tls = std::optional<boost::asio::ssl::context>;

  base::Status Resolve();
  base::Status PrepareTls();
  base::Status Bind();
  base::Status Listen();
  void Accept();
  void Serve(boost::asio::ip::tcp::socket socket);
  std::unique_ptr<Filter> MakeFilter(Wire& wire);
  void Note(const Seen& seen);

  boost::asio::io_context& io_;
  const ProxyOptions options_;
  Shared shared_;
  Tls client_tls_;  // towards clients
  Tls server_tls_;  // towards the server
  std::string ca_pem_;
  boost::asio::ip::tcp::endpoint server_;
  boost::asio::ip::tcp::endpoint listen_at_;
  boost::asio::ip::tcp::acceptor acceptor_;  // bound; listens unless refusing_
  bool refusing_ = false;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::deque<Seen> log_;
};

}  // namespace vexaa::proxy
