#include "tests/conformance/store_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <span>
#include <stdexcept>
#include <string_view>

namespace vexaa::store {
namespace {

constexpr int kPollMilliseconds = 50;

sockaddr_in Address(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

bool Readable(int fd) {
  pollfd item{fd, POLLIN, 0};
  return poll(&item, 1, kPollMilliseconds) > 0;
}

// Waits for data on `fd`, however long the server takes.
void AwaitReply(std::stop_token stop, int fd) {
  while (!stop.stop_requested() && !Readable(fd)) {
  }
}

// One read and one full write; false at the end of either side.
std::string_view Read(int fd, std::span<char> buffer) {
  ssize_t count = recv(fd, buffer.data(), buffer.size(), 0);
  return {buffer.data(), count > 0 ? static_cast<size_t>(count) : 0};
}

bool Write(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t count = send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    data.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// COM_QUERY with the text COMMIT, as one packet.
bool IsCommit(std::string_view packet) {
  constexpr std::string_view kText =
      "\x03"
      "COMMIT";
  return packet.size() == 4 + kText.size() && packet.substr(4) == kText;
}

}  // namespace

SqlProxy::SqlProxy(const std::string& host, int port)
    : host_(host),
      server_port_(port),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Address("127.0.0.1", 0);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), any, size) != 0 ||
      listen(listener_.get(), 16) != 0 ||
      getsockname(listener_.get(), any, &size) != 0)
    throw std::runtime_error("the proxy cannot listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](std::stop_token stop) { Accept(stop); });
}

SqlProxy::~SqlProxy() = default;

void SqlProxy::Accept(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (!Readable(listener_.get())) continue;
    base::UniqueFd client(accept(listener_.get(), nullptr, nullptr));
    if (!client.valid()) continue;
    sessions_.emplace_back(
        [this](std::stop_token ended, base::UniqueFd fd) {
          Serve(ended, std::move(fd));
        },
        std::move(client));
  }
}

void SqlProxy::Serve(std::stop_token stop, base::UniqueFd client) {
  base::UniqueFd server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Address(host_, server_port_);
  if (connect(server.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0)
    return;
  std::array<char, 65536> buffer;
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> fds = {pollfd{client.get(), POLLIN, 0},
                                 pollfd{server.get(), POLLIN, 0}};
    if (poll(fds.data(), fds.size(), kPollMilliseconds) <= 0) continue;
    bool from_client = fds[0].revents != 0;
    std::string_view data =
        Read(from_client ? client.get() : server.get(), buffer);
    if (data.empty()) return;
    CommitFault fault = from_client && IsCommit(data)
                            ? fault_.exchange(CommitFault::kNone)
                            : CommitFault::kNone;
    if (fault == CommitFault::kLoseCommit) return;
    if (!Write(from_client ? server.get() : client.get(), data)) return;
    if (fault == CommitFault::kLoseReply) {
      AwaitReply(stop, server.get());
      return;
    }
  }
}

}  // namespace vexaa::store
