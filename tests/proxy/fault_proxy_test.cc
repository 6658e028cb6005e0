// Every fault, as an HTTP client and its server see it.
#include "tests/proxy/fault_proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "lib/base/unique_fd.h"
#include "lib/http/curl_transport.h"
#include "tests/unit/lib/http/loopback_server.h"

namespace vexaa::proxy {
namespace {

using base::Result;
using testing::HasSubstr;

class FaultProxyTest : public testing::Test {
 protected:
  void SetUp() override { StartProxy({}); }

  void StartProxy(ProxyOptions options) {
    options.upstream = *ParseUpstream(server_.url());
    auto started = FaultProxy::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    proxy_ = std::move(*started);
    http::CurlOptions curl;
    curl.tls.ca_pem = proxy_->ca_pem();
    transport_ = std::make_unique<http::CurlTransport>(curl);
  }

  Result<http::Response> Send(const std::string& method,
                              const std::string& path,
                              const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.url = (proxy_->ca_pem().empty() ? "http" : "https") +
                  ("://127.0.0.1:" + std::to_string(proxy_->port()) + path);
    request.body = std::as_bytes(std::span(body));
    request.timeout = timeout_;
    request.send_once = true;
    received_.clear();
    return transport_->Send(
        request, {},
        [this](const http::Response&, std::span<const std::byte> bytes) {
          received_.append(reinterpret_cast<const char*>(bytes.data()),
                           bytes.size());
          return base::Status::Ok();
        });
  }
  // curl's word for what went wrong; "" when all went well.
  std::string Error(const std::string& method, const std::string& path) {
    return Send(method, path).status().detail();
  }
  int Add(FaultKind kind, Rule rule = {}) {
    rule.fault.kind = kind;
    return proxy_->Add(rule);
  }

  std::atomic<int> requests_ = 0;
  http::LoopbackServer server_{[this](http::Connection& connection) {
    for (std::string text; !(text = connection.ReadRequest()).empty();) {
      ++requests_;
      connection.Write(
          "HTTP/1.1 206 Partial\r\nContent-Length: 10\r\nX-Kind: real\r\n\r\n");
      if (!text.starts_with("HEAD")) connection.Write("0123456789");
    }
  }};
  std::unique_ptr<FaultProxy> proxy_;
  std::unique_ptr<http::CurlTransport> transport_;
  base::Duration timeout_ = std::chrono::seconds(30);
  std::string received_;
};

TEST_F(FaultProxyTest, PassesWhatMeetsNoRule) {
  for (const char* method : {"GET", "PUT", "HEAD", "GET"}) {
    auto response = Send(method, "/a?b=c", std::string(300'000, 'x'));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, 206);
    EXPECT_EQ(response->Find("x-kind"), "real");
  }
  EXPECT_EQ(received_, "0123456789");
  auto log = proxy_->Log();
  ASSERT_EQ(log.size(), 4u);
  EXPECT_EQ(log[1].what, "PUT /a?b=c");
  EXPECT_EQ(log[1].bytes_up, 300'000u);
  EXPECT_EQ(log[1].bytes_down, 10u);
  EXPECT_EQ(log[2].bytes_down, 0u);
  EXPECT_EQ(proxy_->State().connections, 4u);
}

TEST_F(FaultProxyTest, ResetsBeforeTheServerSeesARequest) {
  int rule = Add(FaultKind::kReset, {.method = "GET", .skip = 1});
  EXPECT_EQ(Error("GET", "/"), "");
  EXPECT_EQ(Error("GET", "/"), "RECV_ERROR");
  EXPECT_EQ(Error("GET", "/"), "");
  EXPECT_EQ(requests_, 2);
  EXPECT_EQ(proxy_->MetCount(rule), 1);
}

TEST_F(FaultProxyTest, AnswersInPlaceOfTheServer) {
  Rule rule{.path = "/pods$"};
  rule.fault.status = 429;
  rule.fault.headers = {{"Retry-After", "7"}};
  rule.fault.body = "slow down";
  Add(FaultKind::kAnswer, rule);
  auto refused = Send("PUT", "/pods", "spec");
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->Find("retry-after"), "7");
  EXPECT_EQ(refused->body, "slow down");
  EXPECT_EQ(requests_, 0);
  EXPECT_EQ(Error("PUT", "/pods"), "");
}

TEST_F(FaultProxyTest, LosesTheReplyToWhatWasApplied) {
  Add(FaultKind::kLoseReply, {.method = "POST"});
  EXPECT_EQ(Error("POST", "/"), "RECV_ERROR");
  EXPECT_EQ(requests_, 1);
  auto log = proxy_->Log();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].status, 206);  // the server had answered in full
  EXPECT_EQ(log[0].bytes_down, 10u);
}

TEST_F(FaultProxyTest, EditsAReply) {
  Rule rule;
  rule.fault.status = 200;
  rule.fault.headers = {{"X-Kind", "edited"}};
  Add(FaultKind::kEdit, rule);
  auto response = Send("GET", "/");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->Find("x-kind"), "edited");
  EXPECT_EQ(received_, "0123456789");
}

TEST_F(FaultProxyTest, CutsAReplyAfterSoManyBytesOfItsBody) {
  for (int64_t after : {-1, 0, 4, 9}) {
    Rule rule;
    rule.fault.after = after;
    Add(FaultKind::kCut, rule);
    EXPECT_EQ(Error("GET", "/"), after < 0 ? "GOT_NOTHING" : "PARTIAL_FILE");
    EXPECT_EQ(received_,
              std::string("0123456789").substr(0, std::max<int64_t>(after, 0)));
  }
}

TEST_F(FaultProxyTest, CutsAnUploadAfterSoManyBytesOfItsBody) {
  Rule rule;
  rule.fault.way = Way::kUp;
  rule.fault.after = 1000;
  Add(FaultKind::kCut, rule);
  EXPECT_FALSE(Send("PUT", "/", std::string(1 << 20, 'x')).ok());
  EXPECT_EQ(requests_, 0);
}

TEST_F(FaultProxyTest, FallsSilentAfterSoManyBytes) {
  // Long enough for what comes before the silence on any machine.
  timeout_ = std::chrono::seconds(3);
  Rule rule;
  rule.fault.after = 4;
  Add(FaultKind::kStall, rule);
  EXPECT_EQ(Error("GET", "/"), "OPERATION_TIMEDOUT");
  EXPECT_EQ(received_, "0123");
  EXPECT_EQ(requests_, 1);
}

TEST_F(FaultProxyTest, TellsThatAReplyCameAndIsKeptBack) {
  Rule rule{.method = "POST"};
  rule.fault.after = -1;
  Add(FaultKind::kStall, rule);
  EXPECT_EQ(Error("GET", "/"), "");
  EXPECT_EQ(proxy_->State().stalled_connections, 0u);
  std::string error;
  std::jthread client([&] { error = Error("POST", "/"); });
  while (proxy_->State().stalled_connections == 0) std::this_thread::yield();
  EXPECT_EQ(requests_, 2);  // it was applied
  proxy_->ResetAll();
  client.join();
  EXPECT_NE(error, "");
  EXPECT_EQ(proxy_->State().stalled_connections, 0u);
}

TEST_F(FaultProxyTest, LogsWhatARuleWouldBeMatchedAgainstAndWhenItCame) {
  int64_t before = MonotonicMicros();
  EXPECT_EQ(Error("GET", "/a?b=c"), "");
  EXPECT_EQ(Error("GET", "/d"), "");
  auto log = proxy_->Log();
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].text, "/a?b=c");
  EXPECT_GE(log[0].at_us, before);
  EXPECT_GE(log[1].at_us, log[0].at_us);
}

TEST_F(FaultProxyTest, HoldsARequestUntilItIsReleased) {
  int rule = Add(FaultKind::kHold, {.method = "PUT"});
  Result<http::Response> response = base::Status(base::Code::kInternal, "");
  std::jthread client(
      [&] { response = Send("PUT", "/", std::string(500'000, 'x')); });
  while (proxy_->MetCount(rule) == 0) std::this_thread::yield();
  EXPECT_EQ(requests_, 0);
  EXPECT_EQ(proxy_->Release(rule), 1);
  client.join();
  EXPECT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(requests_, 1);
}

TEST_F(FaultProxyTest, CutsOffWhatARuleHoldsWhenTheRuleIsRemoved) {
  int rule = Add(FaultKind::kHold);
  std::string error;
  std::jthread client([&] { error = Error("GET", "/"); });
  while (proxy_->MetCount(rule) == 0) std::this_thread::yield();
  proxy_->Remove(rule);
  client.join();
  EXPECT_EQ(error, "RECV_ERROR");
  EXPECT_EQ(requests_, 0);
}

TEST_F(FaultProxyTest, RefusesConnectionsAndTakesThemAgain) {
  proxy_->Refuse(true);
  EXPECT_EQ(Error("GET", "/"), "COULDNT_CONNECT");
  proxy_->Refuse(false);
  EXPECT_EQ(Error("GET", "/"), "");
}

// Otherwise somebody else's connection could take the port meanwhile.
TEST_F(FaultProxyTest, KeepsItsPortWhileItRefuses) {
  proxy_->Refuse(true);
  base::UniqueFd other(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(proxy_->port());
  EXPECT_NE(::bind(other.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof address),
            0);
}

TEST_F(FaultProxyTest, StandsStillWhilePaused) {
  proxy_->Pause(true);
  std::string error = "none yet";
  std::jthread client([&] { error = Error("GET", "/"); });
  while (proxy_->State().connections == 0) std::this_thread::yield();
  EXPECT_EQ(requests_, 0);
  proxy_->Pause(false);
  client.join();
  EXPECT_EQ(error, "");
}

TEST_F(FaultProxyTest, ActsOnConnectionsAsAWhole) {
  Rule rule{.target = Target::kConnection};
  rule.fault.after = 20;
  Add(FaultKind::kCut, rule);
  EXPECT_FALSE(Send("GET", "/").ok());
  Add(FaultKind::kReset, {.target = Target::kConnection});
  // The reset may come before curl has seen its connection made.
  EXPECT_THAT(Error("GET", "/"),
              testing::AnyOf("RECV_ERROR", "COULDNT_CONNECT"));
  EXPECT_EQ(Error("GET", "/"), "");
}

TEST_F(FaultProxyTest, DelaysByItsLink) {
  proxy_->SetLink({.delay = std::chrono::milliseconds(10)});
  auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Error("GET", "/"), "");
  // One round trip connects, one asks: never less, whatever the machine does.
  EXPECT_GE(std::chrono::steady_clock::now() - before,
            std::chrono::milliseconds(40));
}

TEST_F(FaultProxyTest, ListensInTlsWithACertificateOfItsOwn) {
  StartProxy({.listen_tls = true});
  auto response = Send("GET", "/");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(received_, "0123456789");
}

TEST(ParseUpstream, KnowsItsSchemes) {
  EXPECT_EQ(ParseUpstream("mysql://127.0.0.1:3306")->protocol, Protocol::kSql);
  EXPECT_TRUE(ParseUpstream("https://[::1]:6443/")->tls.has_value());
  EXPECT_EQ(ParseUpstream("https://[::1]:6443/")->host, "::1");
  EXPECT_THAT(ParseUpstream("ftp://a:1").status().message(), HasSubstr("ftp"));
  EXPECT_FALSE(ParseUpstream("http://nohost").ok());
}

}  // namespace
}  // namespace vexaa::proxy
