#include "lib/http/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <semaphore>

#include "lib/base/digest.h"
#include "tests/unit/lib/http/loopback_server.h"

namespace vexaa::http {
namespace {

using base::Code;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Answer(std::string_view status, std::string_view body,
                   std::string_view headers = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// Answers every request of every connection with the same bytes.
auto Always(std::string answer) {
  return [answer](Connection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(answer);
  };
}

Request Get(const LoopbackServer& server, std::string path = "/") {
  Request request;
  request.url = server.url() + path;
  return request;
}

TEST(CurlTransport, ReturnsStatusHeadersAndBodyOfAnyAnswer) {
  LoopbackServer server(
      Always(Answer("404 Not Found", "gone", "X-Why: A b\r\n")));
  CurlTransport transport({});
  auto response = transport.Send(Get(server), {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "gone");
  EXPECT_EQ(response->Find("x-why"), "A b");
  EXPECT_FALSE(response->Find("x-other").has_value());
}

TEST(CurlTransport, SendsOnlyWhatWasAsked) {
  std::string seen;
  LoopbackServer server([&](Connection& connection) {
    seen = connection.ReadRequest();
    connection.Write(Answer("200 OK", ""));
  });
  std::string body(2 << 20, 'x');  // where curl would ask for 100-continue
  Request request = Get(server, "/a/../b%2Fc?uploadId&x=%7E");
  request.method = "PUT";
  request.headers = {{"x-a", "1"}, {"x-empty", ""}};
  request.body = base::AsBytes(body);
  ASSERT_TRUE(CurlTransport({}).Send(request, {}).ok());
  std::string head = seen.substr(0, seen.find("\r\n\r\n"));
  EXPECT_THAT(head, HasSubstr("PUT /a/../b%2Fc?uploadId&x=%7E HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("x-a: 1"));
  EXPECT_THAT(head, HasSubstr("x-empty:"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 2097152"));
  for (const char* name : {"Expect", "Accept", "User-Agent", "Content-Type"}) {
    EXPECT_THAT(head, Not(HasSubstr(name)));
  }
  EXPECT_EQ(seen.size() - head.size() - 4, body.size());
}

TEST(CurlTransport, SaysTheLengthOfAnEmptyBody) {
  std::string seen;
  LoopbackServer server([&](Connection& connection) {
    seen = connection.ReadRequest();
    connection.Write(Answer("200 OK", ""));
  });
  Request request = Get(server);
  request.method = "PUT";
  ASSERT_TRUE(CurlTransport({}).Send(request, {}).ok());
  EXPECT_THAT(seen, HasSubstr("Content-Length: 0\r\n"));
}

TEST(CurlTransport, ReadsNoBodyAfterHead) {
  LoopbackServer server([](Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
    }
  });
  Request request = Get(server);
  request.method = "HEAD";
  auto response = CurlTransport({}).Send(request, {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->Find("content-length"), "7");
}

TEST(CurlTransport, ReusesItsConnection) {
  LoopbackServer server(Always(Answer("200 OK", "x")));
  CurlTransport transport({});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(transport.Send(Get(server), {}).ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, OpensAConnectionForWhatIsSentOnce) {
  LoopbackServer server(Always(Answer("200 OK", "x")));
  CurlTransport transport({});
  ASSERT_TRUE(transport.Send(Get(server), {}).ok());
  Request request = Get(server);
  request.send_once = true;
  ASSERT_TRUE(transport.Send(request, {}).ok());
  EXPECT_EQ(server.connections(), 2);
}

TEST(CurlTransport, NeverRepeatsWhatIsSentOnce) {
  std::atomic<int> requests = 0;
  LoopbackServer server([&](Connection& connection) {
    if (!connection.ReadRequest().empty()) ++requests;
  });
  Request request = Get(server);
  request.method = "POST";
  request.send_once = true;
  auto response = CurlTransport({}).Send(request, {});
  EXPECT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_EQ(response.status().detail(), "GOT_NOTHING");
  EXPECT_EQ(requests, 1);
}

TEST(CurlTransport, FollowsNoRedirect) {
  LoopbackServer server(
      Always(Answer("307 Moved", "", "Location: http://127.0.0.1:1/\r\n")));
  auto response = CurlTransport({}).Send(Get(server), {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, HandsBodiesOfSuccessToTheTaker) {
  LoopbackServer server(Always(Answer("206 Partial", "abcdef")));
  std::string taken;
  auto take = [&](const Response& response, std::span<const std::byte> bytes) {
    EXPECT_EQ(response.status, 206);
    EXPECT_TRUE(response.Find("content-length").has_value());
    taken.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return base::Status();
  };
  auto response = CurlTransport({}).Send(Get(server), {}, take);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(taken, "abcdef");
  EXPECT_EQ(response->body, "");
}

// Long enough that the transport lets some of it gather.
std::string LongBody() {
  std::string body(4'000'000, '\0');
  for (size_t i = 0; i < body.size(); ++i) {
    body[i] = static_cast<char>(i * 2654435761u >> 13);
  }
  return body;
}

TEST(CurlTransport, TakesAllOfALongBodyInOrder) {
  const std::string body = LongBody();
  LoopbackServer server(Always(Answer("200 OK", body)));
  CurlTransport transport({});
  for (int i = 0; i < 2; ++i) {
    std::string taken;
    auto take = [&](const Response&, std::span<const std::byte> bytes) {
      taken.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return base::Status();
    };
    auto response = transport.Send(Get(server), {}, take);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_TRUE(taken == body);
  }
  EXPECT_EQ(server.connections(), 1);
}

// Long bodies are taken in large pieces, but never waited for.
TEST(CurlTransport, TakesWhatHasComeOfALongBodyThatPauses) {
  const std::string body = LongBody();
  constexpr size_t kPauses[] = {1'100'000, 1'100'001, 1'900'000};
  std::counting_semaphore<> taken_up(0);
  LoopbackServer server([&](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n");
    size_t sent = 0;
    for (size_t pause : kPauses) {
      connection.Write(std::string_view(body).substr(sent, pause - sent));
      sent = pause;
      if (!taken_up.try_acquire_for(std::chrono::seconds(20))) return;
    }
    connection.Write(std::string_view(body).substr(sent));
    connection.WaitForClose();
  });
  std::string taken;
  auto take = [&](const Response&, std::span<const std::byte> bytes) {
    taken.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    for (size_t pause : kPauses) {
      if (taken.size() == pause) taken_up.release();
    }
    return base::Status();
  };
  auto response = CurlTransport({}).Send(Get(server), {}, take);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_TRUE(taken == body);
}

TEST(CurlTransport, KeepsBodiesOfErrorsFromTheTaker) {
  LoopbackServer server(Always(Answer("503 Slow Down", "<Error/>")));
  auto take = [](const Response&, std::span<const std::byte>) {
    ADD_FAILURE() << "an error's body reached the taker";
    return base::Status();
  };
  auto response = CurlTransport({}).Send(Get(server), {}, take);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "<Error/>");
}

TEST(CurlTransport, ReturnsTheTakersError) {
  LoopbackServer server(Always(Answer("200 OK", "abc")));
  auto take = [](const Response&, std::span<const std::byte>) {
    return base::Status(Code::kDataLoss, "not these bytes", "Word");
  };
  auto response = CurlTransport({}).Send(Get(server), {}, take);
  EXPECT_EQ(response.status().code(), Code::kDataLoss);
  EXPECT_EQ(response.status().detail(), "Word");
}

TEST(CurlTransport, RefusesABodyOverItsLimit) {
  LoopbackServer server(Always(Answer("200 OK", std::string(100, 'x'))));
  Request request = Get(server);
  request.max_body_bytes = 99;
  EXPECT_EQ(CurlTransport({}).Send(request, {}).status().code(),
            Code::kResourceExhausted);
}

TEST(CurlTransport, ReportsACutBody) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  });
  auto response = CurlTransport({}).Send(Get(server), {});
  EXPECT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_EQ(response.status().detail(), "PARTIAL_FILE");
}

// libcurl takes what has come of it for the whole.
TEST(CurlTransport, ReportsACutHeader) {
  for (const char* method : {"HEAD", "GET"}) {
    LoopbackServer server([](Connection& connection) {
      connection.ReadRequest();
      connection.Write(
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"a\"\r\nX-Amz-Me");
    });
    Request request = Get(server);
    request.method = method;
    auto response = CurlTransport({}).Send(request, {});
    EXPECT_EQ(response.status().code(), Code::kUnavailable) << method;
    EXPECT_EQ(response.status().detail(), "RECV_ERROR") << method;
  }
}

TEST(CurlTransport, ReportsARefusedConnection) {
  Request request;
  request.url = "http://127.0.0.1:1/p?X-Amz-Signature=secret";
  auto response = CurlTransport({}).Send(request, {});
  EXPECT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_EQ(response.status().detail(), "COULDNT_CONNECT");
  EXPECT_THAT(response.status().message(), Not(HasSubstr("secret")));
}

// .invalid is nobody's by RFC 6761: no resolver finds it.
TEST(CurlTransport, SaysEveryTimeThatAHostIsNotFound) {
  CurlTransport transport({});
  Request request;
  request.url = "http://nobody.invalid/";
  for (int tries = 0; tries < 3; ++tries) {
    auto response = transport.Send(request, {});
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.status().code(), Code::kUnavailable)
        << response.status();
  }
}

TEST(CurlTransport, EndsAtItsTimeout) {
  LoopbackServer server(
      [](Connection& connection) { connection.WaitForClose(); });
  Request request = Get(server);
  request.timeout = std::chrono::milliseconds(50);
  auto response = CurlTransport({}).Send(request, {});
  EXPECT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_EQ(response.status().detail(), "OPERATION_TIMEDOUT");
}

TEST(CurlTransport, EndsWhenNothingArrives) {
  LoopbackServer server(
      [](Connection& connection) { connection.WaitForClose(); });
  Request request = Get(server);
  request.timeout = {};
  request.stall_timeout = std::chrono::seconds(1);
  auto response = CurlTransport({}).Send(request, {});
  EXPECT_EQ(response.status().detail(), "OPERATION_TIMEDOUT");
}

TEST(CurlTransport, EndsAWaitingCallWhenStopped) {
  std::latch received(1);
  LoopbackServer server([&](Connection& connection) {
    connection.ReadRequest();
    received.count_down();
    connection.WaitForClose();
  });
  Request request = Get(server);
  request.timeout = {};
  request.stall_timeout = {};
  std::stop_source stop;
  std::jthread stopper([&] {
    received.wait();
    stop.request_stop();
  });
  auto response = CurlTransport({}).Send(request, stop.get_token());
  EXPECT_EQ(response.status().code(), Code::kCancelled);
}

TEST(CurlTransport, EndsALongBodyWhenStopped) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    std::string answer = Answer("200 OK", LongBody());
    connection.Write(std::string_view(answer).substr(0, answer.size() / 2));
    connection.WaitForClose();
  });
  Request request = Get(server);
  request.timeout = {};
  request.stall_timeout = {};
  std::stop_source stop;
  size_t taken = 0;
  auto take = [&](const Response&, std::span<const std::byte> bytes) {
    taken += bytes.size();
    if (taken > 1'000'000) stop.request_stop();
    return base::Status();
  };
  auto response = CurlTransport({}).Send(request, stop.get_token(), take);
  EXPECT_EQ(response.status().code(), Code::kCancelled);
}

TEST(CurlTransport, RefusesLineBreaksInHeaders) {
  CurlTransport transport({});
  Request request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"x-a", "1\r\nx-b: 2"}};
  EXPECT_EQ(transport.Send(request, {}).status().code(),
            Code::kInvalidArgument);
}

TEST(CurlTransport, SpeaksOnlyHttp) {
  CurlTransport transport({});
  Request request;
  request.url = "file:///etc/passwd";
  auto response = transport.Send(request, {});
  EXPECT_EQ(response.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(response.status().detail(), "UNSUPPORTED_PROTOCOL");
}

TEST(CurlTransport, ServesManyThreads) {
  LoopbackServer server(Always(Answer("200 OK", std::string(100000, 'x'))));
  CurlTransport transport({});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        auto response = transport.Send(Get(server), {});
        ASSERT_TRUE(response.ok()) << response.status();
        ASSERT_EQ(response->body.size(), 100000u);
      }
    });
  }
}

}  // namespace
}  // namespace vexaa::http
