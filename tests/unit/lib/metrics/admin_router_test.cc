#include "lib/metrics/admin_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace vexaa::metrics {
namespace {

using testing::HasSubstr;

AdminRequest Get(std::string path) {
  return {.method = "GET", .path = std::move(path)};
}

AdminHandler Says(std::string text) {
  return [text](const AdminRequest&) { return AdminResponse{.body = text}; };
}

class AdminRouterTest : public testing::Test {
 protected:
  Registry registry_;
  AdminRouter router_{registry_};
};

TEST_F(AdminRouterTest, IsAliveWithoutAskingAnybody) {
  router_.AddReadyCheck("database", [] {
    return base::Status(base::Code::kUnavailable, "no connection");
  });
  EXPECT_EQ(router_.Answer(Get("/livez")).status, 200);
  EXPECT_EQ(router_.Answer(Get("/healthz")).status, 200);
}

TEST_F(AdminRouterTest, IsReadyWhenEveryCheckIs) {
  router_.AddReadyCheck("database", [] { return base::Status::Ok(); });
  const AdminResponse answer = router_.Answer(Get("/readyz"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "[+] database ok\nready\n");
}

TEST_F(AdminRouterTest, SaysWhichPartIsNotReadyAndWhy) {
  router_.AddReadyCheck("database", [] { return base::Status::Ok(); });
  router_.AddReadyCheck("pods", [] {
    return base::Status(base::Code::kUnavailable, "not listed yet");
  });
  const AdminResponse answer = router_.Answer(Get("/readyz"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body,
            "[+] database ok\n[-] pods: not listed yet\nnot ready\n");
}

TEST_F(AdminRouterTest, ShowsMetricsInTheTextFormat) {
  registry_.AddCounter("c_total", "C.");
  const AdminResponse answer = router_.Answer(Get("/metrics"));
  EXPECT_THAT(answer.content_type, HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer.body, HasSubstr("c_total 0\n"));
}

TEST_F(AdminRouterTest, GivesAPathToTheLongestPrefix) {
  router_.Handle("GET", "/progress", Says("short"));
  router_.Handle("GET", "/progress/all", Says("long"));
  EXPECT_EQ(router_.Answer(Get("/progress/7")).body, "short");
  EXPECT_EQ(router_.Answer(Get("/progress/all/7")).body, "long");
  EXPECT_EQ(router_.Answer(Get("/progressive")).status, 404);
}

TEST_F(AdminRouterTest, HandsTheWholeRequestToItsHandler) {
  AdminRequest seen;
  router_.Handle("POST", "/progress", [&](const AdminRequest& request) {
    seen = request;
    return AdminResponse{.status = 204};
  });
  const AdminRequest sent{"POST", "/progress", "a=1", {{"k", "v"}}, "body"};
  EXPECT_EQ(router_.Answer(sent).status, 204);
  EXPECT_EQ(seen.body, "body");
  EXPECT_EQ(seen.query, "a=1");
  EXPECT_EQ(seen.headers.at("k"), "v");
}

TEST_F(AdminRouterTest, RefusesOtherMethodsAndNamesTheAllowedOnes) {
  router_.Handle("POST", "/progress", Says("ok"));
  const AdminResponse post = router_.Answer({"POST", "/livez", "", {}, ""});
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.allow, "GET, HEAD");
  EXPECT_EQ(router_.Answer(Get("/progress")).allow, "POST");
}

TEST_F(AdminRouterTest, AnswersHeadLikeGet) {
  EXPECT_EQ(router_.Answer({"HEAD", "/livez", "", {}, ""}).status, 200);
}

TEST_F(AdminRouterTest, TurnsAHandlersExceptionIntoAnAnswer) {
  router_.Handle("GET", "/bad", [](const AdminRequest&) -> AdminResponse {
    throw std::runtime_error("broken");
  });
  EXPECT_EQ(router_.Answer(Get("/bad")).status, 500);
}

}  // namespace
}  // namespace vexaa::metrics
