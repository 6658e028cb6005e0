#include "lib/kube/rest_pod_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lib/base/digest.h"
#include "lib/kube/api_error.h"
#include "tests/fakes/fake_http_transport.h"
#include "tests/fakes/manual_clock.h"
#include "tests/unit/lib/kube/media_access.h"
#include "tests/unit/lib/kube/proto_text.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr char kPod[] =
    R"({"metadata":{"name":"p","uid":"u","resourceVersion":"5"}})";

std::string Line(const std::string& type, const std::string& version) {
  return R"({"type":")" + type +
         R"(","object":{"metadata":{"name":"p","uid":"u","resourceVersion":")" +
         version + "\"}}}\n";
}

class RestPodClientTest : public testing::Test {
 protected:
  base::ManualClock clock_;
  http::FakeHttpTransport http_;
  std::vector<std::pair<std::string, int>> seen_;
  ApiClient api_{
      MediaAccess(), http_, clock_,
      [this](std::string_view verb, int s) { seen_.emplace_back(verb, s); }};
  RestPodClient pods_{api_};
};

TEST_F(RestPodClientTest, CreatesWithTheManifestAndTheToken) {
  http_.Answer(201, kPod);
  const auto pod = pods_.Create(R"({"kind":"Pod"})", {});
  ASSERT_TRUE(pod.ok()) << pod.status();
  EXPECT_EQ(pod->uid, "u");
  const auto sent = http_.sent().at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://api:6443/api/v1/namespaces/media/pods");
  EXPECT_EQ(sent.body, R"({"kind":"Pod"})");
  EXPECT_EQ(sent.Find("Authorization"), "Bearer secret");
  EXPECT_EQ(sent.Find("Content-Type"), "application/json");
  EXPECT_THAT(sent.Find("Accept"), HasSubstr("as=PartialObjectMetadata"));
  EXPECT_THAT(seen_, ElementsAre(Pair("create", 201)));
}

TEST_F(RestPodClientTest, TellsTheServersErrorAndTheObserver) {
  http_.Answer(409, R"({"reason":"AlreadyExists","message":"pods p exists"})");
  const auto pod = pods_.Create("{}", {});
  EXPECT_EQ(pod.status().code(), Code::kAlreadyExists);
  EXPECT_EQ(pod.status().message(), "pods p exists");
  http_.Break("RECV_ERROR");
  EXPECT_EQ(pods_.Create("{}", {}).status().code(), Code::kUnavailable);
  EXPECT_THAT(seen_, ElementsAre(Pair("create", 409), Pair("create", 0)));
}

TEST_F(RestPodClientTest, ListsAllPagesAtTheNewestVersion) {
  http_.Answer(200, R"({"metadata":{"resourceVersion":"9","continue":"a/b="},
    "items":[{"metadata":{"name":"p1","uid":"1"}}]})");
  http_.Answer(200, R"({"metadata":{"resourceVersion":"9"},
    "items":[{"metadata":{"name":"p2","uid":"2"}}]})");
  const auto list = pods_.List("a=b,c=d", {});
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->pods.size(), 2);
  EXPECT_EQ(list->resource_version, "9");
  EXPECT_THAT(http_.sent().at(0).url,
              testing::EndsWith("/pods?limit=500&labelSelector=a%3Db%2Cc%3Dd"));
  EXPECT_THAT(http_.sent().at(1).url, HasSubstr("&continue=a%2Fb%3D"));
}

TEST_F(RestPodClientTest, ListsAnewWhenAPageExpired) {
  http_.Answer(200, R"({"metadata":{"resourceVersion":"9","continue":"t"},
    "items":[{"metadata":{"name":"old","uid":"1"}}]})");
  http_.Answer(410, R"({"reason":"Expired"})");
  http_.Answer(200, R"({"metadata":{"resourceVersion":"12"},
    "items":[{"metadata":{"name":"new","uid":"2"}}]})");
  const auto list = pods_.List("", {});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->pods.size(), 1);
  EXPECT_EQ(list->pods[0].name, "new");
}

TEST_F(RestPodClientTest, NeverReturnsHalfAList) {
  http_.Answer(200, R"({"metadata":{"resourceVersion":"9","continue":"t"},
    "items":[{"metadata":{"name":"p","uid":"1"}}]})");
  http_.Answer(500);
  EXPECT_EQ(pods_.List("", {}).status().code(), Code::kUnavailable);
}

TEST_F(RestPodClientTest, DeletesOnlyTheUidItWasTold) {
  http_.Answer(200, kPod);
  ASSERT_TRUE(pods_.Delete("p", "u", std::chrono::seconds(5), {}).ok());
  const auto sent = http_.sent().at(0);
  EXPECT_EQ(sent.method, "DELETE");
  const auto body = nlohmann::json::parse(sent.body);
  EXPECT_EQ(body["preconditions"]["uid"], "u");
  EXPECT_EQ(body["gracePeriodSeconds"], 5);
}

TEST_F(RestPodClientTest, LeavesTheGracePeriodToThePod) {
  http_.Answer(200, kPod);
  ASSERT_TRUE(pods_.Delete("p", "u", std::nullopt, {}).ok());
  EXPECT_FALSE(nlohmann::json::parse(http_.sent().at(0).body)
                   .contains("gracePeriodSeconds"));
}

TEST_F(RestPodClientTest, KeepsTheEndOfALog) {
  http_.Answer(200, std::string(100, 'x') + "the end\n");
  EXPECT_EQ(*pods_.Logs("p", 8, {}), "the end\n");
  http_.Answer(400, R"({"message":"container is waiting to start"})");
  EXPECT_EQ(pods_.Logs("p", 8, {}).status().code(), Code::kFailedPrecondition);
}

TEST_F(RestPodClientTest, WatchesFromAVersionWithBookmarks) {
  http_.Answer(
      200, Line("ADDED", "6") + Line("NEWTYPE", "7") + Line("DELETED", "8"));
  std::vector<std::string> versions;
  const Status status =
      pods_.Watch({"a=b", "5", std::chrono::seconds(300)},
                  [&](PodEvent event) {
                    versions.push_back(event.pod.resource_version);
                    return Status::Ok();
                  },
                  {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(versions, ElementsAre("6", "8"));
  EXPECT_THAT(http_.sent().at(0).url,
              HasSubstr("?watch=1&allowWatchBookmarks=true&resourceVersion=5"
                        "&timeoutSeconds=300&labelSelector=a%3Db"));
}

TEST_F(RestPodClientTest, AsksForAWatchInProtobufAndReadsWhatItIsGiven) {
  const std::string pod =
      ProtoBytes(1, ProtoBytes(1, "p") + ProtoBytes(5, "u"));
  http_.Answer(200,
               ProtoFrame(ProtoEvent("ADDED", pod)) +
                   ProtoFrame(ProtoEvent("NEWTYPE", pod)) +
                   ProtoFrame(ProtoEvent("DELETED", pod)),
               {{"content-type",
                 "application/vnd.kubernetes.protobuf;"
                 "stream=watch"}});
  std::vector<PodEventType> types;
  const Status status = pods_.Watch({},
                                    [&](const PodEvent& event) {
                                      types.push_back(event.type);
                                      return Status::Ok();
                                    },
                                    {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(types, ElementsAre(PodEventType::kAdded, PodEventType::kDeleted));
  EXPECT_EQ(http_.sent().at(0).Find("Accept"),
            "application/vnd.kubernetes.protobuf, application/json");
}

TEST_F(RestPodClientTest, EndsAWatchAtAnErrorEvent) {
  http_.Answer(200, Line("ADDED", "6") +
                        R"({"type":"ERROR","object":{"code":410}})"
                        "\n" +
                        Line("ADDED", "7"));
  int count = 0;
  const Status status = pods_.Watch({},
                                    [&](const PodEvent&) {
                                      ++count;
                                      return Status::Ok();
                                    },
                                    {});
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_EQ(count, 1);
}

TEST_F(RestPodClientTest, DropsAHalfLineAtTheEndOfAWatch) {
  const std::string line = Line("ADDED", "6");
  http_.AnswerCut(200, line + line.substr(0, 30), {});
  int count = 0;
  const Status status = pods_.Watch({},
                                    [&](const PodEvent&) {
                                      ++count;
                                      return Status::Ok();
                                    },
                                    {});
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(count, 1);
}

TEST_F(RestPodClientTest, MapsTheErrorOfARefusedWatch) {
  http_.Answer(429, "", {{"retry-after", "3"}});
  const Status status =
      pods_.Watch({}, [](const PodEvent&) { return Status::Ok(); }, {});
  EXPECT_EQ(RetryAfterOf(status), base::Duration(std::chrono::seconds(3)));
}

class TokenFileTest : public testing::Test {
 protected:
  TokenFileTest()
      : path_(std::filesystem::temp_directory_path() /
              ("vexaa-token-" + base::RandomHex(8))) {}
  ~TokenFileTest() override { std::filesystem::remove(path_); }

  void Write(const std::string& token) { std::ofstream(path_) << token; }
  std::string SentToken() {
    http_.Answer(200, kPod);
    EXPECT_TRUE(pods_.Get("p", {}).ok());
    return http_.sent().back().Find("Authorization");
  }

  ClusterAccess Access() const {
    ClusterAccess access;
    access.server = "https://api";
    access.token_file = path_;
    return access;
  }

  std::filesystem::path path_;
  base::ManualClock clock_;
  http::FakeHttpTransport http_;
  ApiClient api_{Access(), http_, clock_};
  RestPodClient pods_{api_};
};

TEST_F(TokenFileTest, IsReadAgainAfterAMinute) {
  Write("one");
  EXPECT_EQ(SentToken(), "Bearer one");
  Write("two");
  EXPECT_EQ(SentToken(), "Bearer one");
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_EQ(SentToken(), "Bearer two");
}

TEST_F(TokenFileTest, IsReadAgainWhenItWasRefused) {
  Write("one");
  EXPECT_EQ(SentToken(), "Bearer one");
  Write("two");
  http_.Answer(401);
  EXPECT_EQ(pods_.Get("p", {}).status().detail(), "Unauthorized");
  EXPECT_EQ(SentToken(), "Bearer two");
}

TEST_F(TokenFileTest, IsNamedWhenItIsMissing) {
  EXPECT_THAT(pods_.Get("p", {}).status().message(), HasSubstr(path_.string()));
}

}  // namespace
}  // namespace vexaa::kube
