// The proxy's control port: one JSON object a line, one line of answer each.
// tests/proxy/README.md has the commands.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>

#include "tests/proxy/core.h"

namespace vexaa::proxy {

// The answer to one line; never throws.
std::string RunCommand(Core& core, const std::string& line);

class Control {
 public:
  // The references must outlive the control. `on_quit` is called for "quit".
  Control(boost::asio::io_context& io, Core& core,
          std::function<void()> on_quit);
  base::Status Start();
  uint16_t port() const { return port_; }

 private:
  struct Client;
  void Accept();
  void Read(const std::shared_ptr<Client>& client);

  Core& core_;
  const std::function<void()> on_quit_;
  boost::asio::ip::tcp::acceptor acceptor_;
  uint16_t port_ = 0;
};

}  // namespace vexaa::proxy
