// A body that is received on the thread of who reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <random>
#include <thread>

#include "lib/http/curl_transport.h"
#include "tests/unit/lib/http/loopback_server.h"
#include "tests/unit/lib/http/tls_server.h"

namespace vexaa::http {
namespace {

using base::Code;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Answer(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

auto Always(std::string answer) {
  return [answer](Connection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(answer);
  };
}

std::string LongBody() {
  std::string body(4'000'000, '\0');
  for (size_t i = 0; i < body.size(); ++i) {
    body[i] = static_cast<char>(i * 2654435761u >> 13);
  }
  return body;
}

// Less than it says it has.
constexpr char kBegun[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";

Request Get(const LoopbackServer& server, base::Duration stall_timeout = {}) {
  Request request;
  request.url = server.url() + "/talk.mp4?X-Amz-Signature=secret";
  request.timeout = {};
  request.stall_timeout = stall_timeout;
  return request;
}

class CurlBodyTest : public ::testing::Test {
 protected:
  std::unique_ptr<BodyStream> Open(const LoopbackServer& server) {
    auto body = transport_.Open(Get(server), stop_.get_token());
    EXPECT_TRUE(body.ok()) << body.status();
    return body.ok() ? std::move(*body) : nullptr;
  }

  static std::string Read(BodyStream& body, size_t size) {
    std::string out(size, '\0');
    auto count = body.Read(std::as_writable_bytes(std::span(out)));
    EXPECT_TRUE(count.ok()) << count.status();
    return out.substr(0, count.ok() ? *count : 0);
  }
  static base::Status ReadStatus(BodyStream& body, size_t size) {
    std::vector<std::byte> out(size);
    return body.Read(out).status();
  }

  CurlTransport transport_{{}};
  std::stop_source stop_;
};

TEST_F(CurlBodyTest, GivesItsBytesInOrderInReadsOfAnySize) {
  const std::string content = LongBody();
  LoopbackServer server(Always(Answer("200 OK", content)));
  auto body = Open(server);
  std::minstd_rand random(7);
  std::string taken;
  while (taken.size() < content.size()) {
    size_t size = random() % (random() % 4 == 0 ? 600'000 : 5000) + 1;
    std::string part = Read(*body, size);
    ASSERT_EQ(part.size(), std::min(size, content.size() - taken.size()));
    taken += part;
  }
  EXPECT_TRUE(taken == content);
  EXPECT_EQ(Read(*body, 1), "");
}

TEST_F(CurlBodyTest, DropsWhatIsSkipped) {
  const std::string content = LongBody();
  LoopbackServer server(Always(Answer("200 OK", content)));
  auto body = Open(server);
  size_t at = 0;
  for (size_t skip : {0, 1, 200'000, 3, 1'500'000, 0}) {
    body->Skip(skip);
    at += skip;
    EXPECT_TRUE(Read(*body, 50'000) == content.substr(at, 50'000)) << at;
    at += 50'000;
  }
  body->Skip(content.size());
  EXPECT_EQ(Read(*body, 1), "");
}

TEST_F(CurlBodyTest, ShowsTheAnswerWhateverItIs) {
  LoopbackServer server(Always("HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n" +
                               Answer("503 Slow Down", "<Error/>")));
  auto body = Open(server);
  EXPECT_EQ(body->response().status, 503);
  EXPECT_EQ(body->response().Find("content-length"), "8");
  EXPECT_FALSE(body->response().Find("x-a").has_value());
  EXPECT_EQ(Read(*body, 100), "<Error/>");
}

TEST_F(CurlBodyTest, GivesTheEndOfABodyOfUnknownLength) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdef");
  });
  auto body = Open(server);
  EXPECT_EQ(Read(*body, 4), "abcd");
  EXPECT_EQ(Read(*body, 4), "ef");
}

TEST_F(CurlBodyTest, HasNothingOfAnEmptyBody) {
  LoopbackServer server(Always(Answer("200 OK", "")));
  EXPECT_EQ(Read(*Open(server), 10), "");
}

TEST_F(CurlBodyTest, ReusesTheConnectionOfABodyThatWasReadOut) {
  const std::string content = LongBody();
  LoopbackServer server(Always(Answer("200 OK", content)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Read(*Open(server), content.size()) == content);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlBodyTest, ClosesTheConnectionOfABodyThatIsLeft) {
  std::latch closed(1);
  LoopbackServer server([&](Connection& connection) {
    connection.ReadRequest();
    connection.Write(kBegun);
    connection.WaitForClose();
    closed.count_down();
  });
  EXPECT_EQ(Read(*Open(server), 1), "a");
  closed.wait();
}

TEST_F(CurlBodyTest, ReportsACutBody) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write(kBegun);
  });
  auto body = Open(server);
  EXPECT_EQ(Read(*body, 3), "abc");
  for (int i = 0; i < 2; ++i) {
    base::Status status = ReadStatus(*body, 1);
    EXPECT_EQ(status.code(), Code::kUnavailable);
    EXPECT_EQ(status.detail(), "PARTIAL_FILE");
    EXPECT_THAT(status.message(), Not(HasSubstr("secret")));
  }
}

TEST_F(CurlBodyTest, ReportsWhatKeepsItFromTheAnswer) {
  Request request;
  request.url = "http://127.0.0.1:1/";
  EXPECT_EQ(transport_.Open(request, {}).status().detail(), "COULDNT_CONNECT");
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Le");
  });
  request.url = server.url();
  EXPECT_EQ(transport_.Open(request, {}).status().detail(), "RECV_ERROR");
  request.headers = {{"x-a", "1\r\nx-b: 2"}};
  EXPECT_EQ(transport_.Open(request, {}).status().code(),
            Code::kInvalidArgument);
}

TEST_F(CurlBodyTest, EndsWhenNothingArrives) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write(kBegun);
    connection.WaitForClose();
  });
  auto body = transport_.Open(Get(server, std::chrono::seconds(1)), {});
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(ReadStatus(**body, 10).detail(), "OPERATION_TIMEDOUT");
}

TEST_F(CurlBodyTest, WaitsForNothingWhileItsReaderIsAway) {
  const std::string content = LongBody();
  LoopbackServer server(Always(Answer("200 OK", content)));
  auto body = transport_.Open(Get(server, std::chrono::seconds(1)), {});
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(Read(**body, 10), content.substr(0, 10));
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  EXPECT_TRUE(Read(**body, content.size()) == content.substr(10));
}

TEST_F(CurlBodyTest, EndsAWaitingReadWhenStopped) {
  LoopbackServer server([this](Connection& connection) {
    connection.ReadRequest();
    std::string answer = Answer("200 OK", LongBody());
    connection.Write(std::string_view(answer).substr(0, answer.size() / 2));
    stop_.request_stop();
    connection.WaitForClose();
  });
  auto body = transport_.Open(Get(server), stop_.get_token());
  base::Status status =
      body.ok() ? ReadStatus(**body, 4'000'000) : body.status();
  EXPECT_EQ(status.code(), Code::kCancelled);
}

TEST_F(CurlBodyTest, EndsWaitingForTheHeaderWhenStopped) {
  LoopbackServer server([this](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\n");
    stop_.request_stop();
    connection.WaitForClose();
  });
  auto body = transport_.Open(Get(server), stop_.get_token());
  EXPECT_EQ(body.status().code(), Code::kCancelled);
}

// The TLS library hands over more at once than a reader asks for.
TEST_F(CurlBodyTest, ReadsOverTls) {
  const std::string content = LongBody();
  const Certificate certificate = MakeCertificate("127.0.0.1");
  TlsServer server(certificate, "", content);
  CurlOptions options;
  options.tls.ca_pem = certificate.pem;
  CurlTransport transport(options);
  Request request;
  request.url = server.url();
  auto body = transport.Open(request, {});
  ASSERT_TRUE(body.ok()) << body.status();
  for (size_t at = 0; at < content.size(); at += 1000) {
    ASSERT_TRUE(Read(**body, 1000) == content.substr(at, 1000)) << at;
  }
  EXPECT_EQ(Read(**body, 1), "");
}

}  // namespace
}  // namespace vexaa::http
