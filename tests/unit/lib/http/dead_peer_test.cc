// Peers that vanish without a word: a server that takes a request and never
// answers, or stops in the middle of a body, leaves the connection open as a
// dead host does.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <optional>

#include "lib/http/curl_transport.h"
#include "lib/http/url.h"
#include "tests/unit/lib/http/loopback_server.h"

namespace vexaa::http {
namespace {

using base::Code;

constexpr char kWhole[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr char kHalf[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
constexpr std::chrono::milliseconds kTimeout(200);
// Of what is answered.
constexpr std::chrono::seconds kPatience(60);

Request Get(const LoopbackServer& server, base::Duration timeout) {
  Request request;
  request.url = server.url() + "/";
  request.timeout = timeout;
  return request;
}

TEST(DeadPeer, EndsACallInTheMiddleOfItsBodyAtItsTimeout) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write(kHalf);
    connection.WaitForClose();
  });
  auto cut = CurlTransport({}).Send(Get(server, kTimeout), {});
  EXPECT_EQ(cut.status().code(), Code::kUnavailable);
  EXPECT_EQ(cut.status().detail(), "OPERATION_TIMEDOUT");
}

// The first caller pays for a kept connection that died: the next one gets a
// connection of its own.
TEST(DeadPeer, IsNotAskedAgainOnTheConnectionThatDied) {
  std::atomic<int> connections = 0;
  LoopbackServer server([&](Connection& connection) {
    const bool dies = ++connections == 1;
    connection.ReadRequest();
    connection.Write(kWhole);
    if (dies) return connection.WaitForClose();
    while (!connection.ReadRequest().empty()) connection.Write(kWhole);
  });
  CurlTransport transport({});
  ASSERT_TRUE(transport.Send(Get(server, kPatience), {}).ok());
  auto silent = transport.Send(Get(server, kTimeout), {});
  EXPECT_EQ(silent.status().detail(), "OPERATION_TIMEDOUT");
  EXPECT_EQ(connections, 1);
  auto answered = transport.Send(Get(server, kPatience), {});
  ASSERT_TRUE(answered.ok()) << answered.status();
  EXPECT_EQ(answered->body, "ok");
  EXPECT_EQ(connections, 2);
}

// This process's own end of its connection to that port.
std::optional<int> ClientSocket(uint16_t port) {
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    const int found =
        getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
    if (found == 0 && peer.sin_family == AF_INET &&
        ntohs(peer.sin_port) == port)
      return fd;
  }
  return std::nullopt;
}

int OptionOf(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  EXPECT_EQ(getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

// A watch has no time-out of its own: the kernel asks whether its server lives.
TEST(DeadPeer, IsFoundByTheKernelWhereNobodyWaitsForAnAnswer) {
  std::optional<int> client;
  std::atomic<uint16_t> port = 0;
  LoopbackServer server([&](Connection& connection) {
    connection.ReadRequest();
    client = ClientSocket(port);
    if (client) {
      EXPECT_EQ(OptionOf(*client, SOL_SOCKET, SO_KEEPALIVE), 1);
      EXPECT_EQ(OptionOf(*client, IPPROTO_TCP, TCP_KEEPIDLE), 30);
      EXPECT_EQ(OptionOf(*client, IPPROTO_TCP, TCP_KEEPINTVL), 15);
      EXPECT_EQ(OptionOf(*client, IPPROTO_TCP, TCP_USER_TIMEOUT), 45'000);
    }
    connection.Write(kWhole);
  });
  port = ParseUrl(server.url())->port;
  Request watch = Get(server, base::Duration::zero());
  watch.stall_timeout = base::Duration::zero();
  EXPECT_TRUE(CurlTransport({}).Send(watch, {}).ok());
  EXPECT_TRUE(client);
}

}  // namespace
}  // namespace vexaa::http
