#include "lib/metrics/admin_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "lib/base/unique_fd.h"

namespace vexaa::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AdminServerTest : public testing::Test {
 protected:
  void Start(AdminOptions options = {}) {
    options.address = "127.0.0.1";
    server_.emplace(options, registry_);
    server_->Handle("POST", "/progress", [](const AdminRequest& request) {
      return AdminResponse{.body = "got " +
                                   std::to_string(request.body.size()) +
                                   request.headers.at("authorization")};
    });
    ASSERT_TRUE(server_->Start().ok());
    ASSERT_NE(server_->port(), 0);
  }

  base::UniqueFd Connect() const {
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                      sizeof(address)),
              0);
    return fd;
  }

  static void Send(const base::UniqueFd& fd, const std::string& text) {
    (void)send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }

  // All that comes until the server closes.
  static std::string ReadAll(const base::UniqueFd& fd) {
    std::string all(1 << 16, '\0');
    size_t size = 0;
    ssize_t count = 0;
    while ((count = recv(fd.get(), all.data() + size, all.size() - size, 0)) >
           0) {
      size += static_cast<size_t>(count);
    }
    all.resize(size);
    return all;
  }

  std::string Exchange(const std::string& text) const {
    const base::UniqueFd fd = Connect();
    Send(fd, text);
    return ReadAll(fd);
  }

  Registry registry_;
  std::optional<AdminServer> server_;
};

TEST_F(AdminServerTest, AnswersProbesAndScrapes) {
  Start();
  EXPECT_THAT(Exchange("GET /livez HTTP/1.1\r\nHost: x\r\n"
                       "Connection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\r\n\r\nok\n")));
  EXPECT_THAT(Exchange("GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n"
                       "Connection: close\r\n\r\n"),
              HasSubstr("process_resident_memory_bytes"));
}

TEST_F(AdminServerTest, KeepsAConnectionForTheNextRequest) {
  Start();
  const std::string text = Exchange(
      "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(text, AllOf(HasSubstr("ok\n"), HasSubstr("ready\n")));
}

TEST_F(AdminServerTest, HandsABodyToItsHandler) {
  Start();
  EXPECT_THAT(Exchange("POST /progress HTTP/1.1\r\nHost: x\r\n"
                       "Authorization: Bearer t\r\nContent-Length: 4\r\n"
                       "Connection: close\r\n\r\nabcd"),
              HasSubstr("got 4Bearer t"));
}

TEST_F(AdminServerTest, AnswersHeadWithoutABody) {
  Start();
  const std::string text =
      Exchange("HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(text,
              AllOf(HasSubstr("Content-Length: 3"), Not(HasSubstr("ok"))));
}

TEST_F(AdminServerTest, SendsAllowWithARefusedMethod) {
  Start();
  EXPECT_THAT(Exchange("DELETE /livez HTTP/1.1\r\nHost: x\r\n"
                       "Connection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET, HEAD")));
}

TEST_F(AdminServerTest, RefusesABodyAboveTheLimit) {
  Start({.max_body_bytes = 10});
  EXPECT_THAT(Exchange("POST /progress HTTP/1.1\r\nHost: x\r\n"
                       "Content-Length: 11\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(AdminServerTest, RefusesAChunkedBodyAboveTheLimit) {
  Start({.max_body_bytes = 10});
  EXPECT_THAT(Exchange("POST /progress HTTP/1.1\r\nHost: x\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n"
                       "b\r\nabcdefghijk\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(AdminServerTest, RefusesAHeaderAboveTheLimit) {
  Start();
  EXPECT_THAT(Exchange("GET /livez HTTP/1.1\r\nX: " + std::string(9000, 'x') +
                       "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
}

TEST_F(AdminServerTest, RefusesWhatIsNotHttp) {
  Start();
  EXPECT_THAT(Exchange("hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(AdminServerTest, CutsOffACallerWhoNeverEndsItsHeader) {
  Start({.timeout = std::chrono::milliseconds(50)});
  EXPECT_EQ(Exchange("GET /livez HTTP/1.1\r\n"), "");
}

TEST_F(AdminServerTest, CutsOffACallerWhoNeverEndsItsBody) {
  Start({.timeout = std::chrono::milliseconds(50)});
  EXPECT_EQ(Exchange("POST /progress HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 10\r\n\r\nabc"),
            "");
}

TEST_F(AdminServerTest, ClosesConnectionsAboveTheCap) {
  Start({.max_connections = 1});
  const base::UniqueFd first = Connect();
  const std::string get = "GET /livez HTTP/1.1\r\nHost: x\r\n";
  // One answer proves that the first connection is counted.
  Send(first, get + "\r\n");
  char byte = 0;
  ASSERT_EQ(recv(first.get(), &byte, 1, 0), 1);
  EXPECT_EQ(Exchange(get + "Connection: close\r\n\r\n"), "");
}

TEST_F(AdminServerTest, ServesAgainWhenAConnectionEnded) {
  Start({.max_connections = 1});
  for (int i = 0; i < 3; ++i) {
    // The server may see the next connection before the last one's end.
    std::string text;
    while (text.empty()) {
      text = Exchange(
          "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    EXPECT_THAT(text, HasSubstr("ok\n"));
  }
}

TEST_F(AdminServerTest, SaysWhichPortItCannotHave) {
  Start();
  AdminServer second({.address = "127.0.0.1", .port = server_->port()},
                     registry_);
  const base::Status status = second.Start();
  EXPECT_EQ(status.code(), base::Code::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr(std::to_string(server_->port())));
  AdminServer third({.address = "here"}, registry_);
  EXPECT_EQ(third.Start().code(), base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace vexaa::metrics
