#include "tests/unit/lib/http/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

#include <cstdlib>

namespace vexaa::http {
namespace {

size_t BodyLength(const std::string& head) {
  size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0
                                 : std::strtoul(&head[at + 16], nullptr, 10);
}

}  // namespace

std::string Connection::ReadRequest() {
  char chunk[65536];
  while (true) {
    size_t end = buffered_.find("\r\n\r\n");
    if (end != std::string::npos) {
      size_t total = end + 4 + BodyLength(buffered_.substr(0, end));
      if (buffered_.size() >= total) {
        std::string request = buffered_.substr(0, total);
        buffered_.erase(0, total);
        return request;
      }
    }
    ssize_t count = ::recv(fd_, chunk, sizeof(chunk), 0);
    if (count <= 0) return "";
    buffered_.append(chunk, static_cast<size_t>(count));
  }
}

void Connection::Write(std::string_view data) {
  while (!data.empty()) {
    ssize_t count = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    data.remove_prefix(static_cast<size_t>(count));
  }
}

void Connection::WaitForClose() {
  char chunk[4096];
  while (::recv(fd_, chunk, sizeof(chunk), 0) > 0) {
  }
}

LoopbackServer::LoopbackServer(std::function<void(Connection&)> serve)
    : serve_(std::move(serve)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), raw, size) != 0 ||
      ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), raw, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { Accept(); });
}

LoopbackServer::~LoopbackServer() {
  stopping_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  std::list<std::jthread> handlers;
  {
    std::lock_guard lock(mutex_);
    for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
    handlers.swap(handlers_);
  }
}

std::string LoopbackServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void LoopbackServer::Accept() {
  while (!stopping_) {
    int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_;
    std::lock_guard lock(mutex_);
    open_.push_back(fd);
    handlers_.emplace_back([this, fd] { Handle(fd); });
  }
}

void LoopbackServer::Handle(int fd) {
  Connection connection(fd);
  serve_(connection);
  std::lock_guard lock(mutex_);
  open_.remove(fd);
  ::close(fd);
}

}  // namespace vexaa::http
