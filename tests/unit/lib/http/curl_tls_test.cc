#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "lib/base/digest.h"
#include "lib/http/curl_transport.h"
#include "tests/unit/lib/http/tls_server.h"

namespace vexaa::http {
namespace {

using base::Code;

class CurlTlsTest : public ::testing::Test {
 protected:
  // A refused client hangs up on the server's write.
  CurlTlsTest() { signal(SIGPIPE, SIG_IGN); }

  base::Result<Response> Get(const TlsServer& server, const TlsOptions& tls) {
    CurlTransport transport({.tls = tls});
    Request request;
    request.url = server.url() + "/";
    return transport.Send(request, {});
  }

  const Certificate server_ = MakeCertificate("127.0.0.1");
  const Certificate client_ = MakeCertificate("127.0.0.2");
};

TEST_F(CurlTlsTest, TrustsTheAuthorityItWasGiven) {
  TlsServer server(server_, "");
  auto response = Get(server, {.ca_pem = server_.pem});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "secret");
}

TEST_F(CurlTlsTest, ReadsTheAuthorityFromAFile) {
  auto file = std::filesystem::temp_directory_path() /
              ("vexaa-test-" + base::RandomHex(6) + ".pem");
  std::ofstream(file) << server_.pem;
  TlsServer server(server_, "");
  auto response = Get(server, {.ca_file = file});
  std::filesystem::remove(file);
  EXPECT_TRUE(response.ok()) << response.status();
}

TEST_F(CurlTlsTest, RefusesAServerNobodyVouchesFor) {
  TlsServer server(server_, "");
  for (const TlsOptions& tls :
       {TlsOptions{}, TlsOptions{.ca_pem = client_.pem}}) {
    auto response = Get(server, tls);
    EXPECT_EQ(response.status().code(), Code::kPermissionDenied);
    EXPECT_EQ(response.status().detail(), "PEER_FAILED_VERIFICATION");
  }
}

TEST_F(CurlTlsTest, RefusesTheCertificateOfAnotherHost) {
  TlsServer server(client_, "");
  auto response = Get(server, {.ca_pem = client_.pem});
  EXPECT_EQ(response.status().code(), Code::kPermissionDenied);
}

TEST_F(CurlTlsTest, ShowsItsOwnCertificate) {
  TlsServer server(server_, client_.pem);
  EXPECT_FALSE(Get(server, {.ca_pem = server_.pem}).ok());
  auto response = Get(server, {.ca_pem = server_.pem,
                               .certificate_pem = client_.pem,
                               .key_pem = client_.key_pem});
  EXPECT_TRUE(response.ok()) << response.status();
}

TEST_F(CurlTlsTest, NamesACertificateFileItCannotRead) {
  TlsServer server(server_, "");
  auto response = Get(server, {.ca_file = "/nonexistent/ca.pem"});
  EXPECT_EQ(response.status().code(), Code::kInvalidArgument);
}

TEST_F(CurlTlsTest, IgnoresProxiesOfTheEnvironment) {
  setenv("https_proxy", "http://127.0.0.1:1", 1);
  TlsServer server(server_, "");
  auto response = Get(server, {.ca_pem = server_.pem});
  unsetenv("https_proxy");
  EXPECT_TRUE(response.ok()) << response.status();
}

}  // namespace
}  // namespace vexaa::http
