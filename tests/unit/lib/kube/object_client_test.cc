#include "lib/kube/object_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lib/base/time_text.h"
#include "tests/fakes/fake_http_transport.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::kube {
namespace {

class ObjectClientTest : public testing::Test {
 protected:
  static ClusterAccess Access() {
    ClusterAccess access;
    access.server = "https://api";
    access.name_space = "media";
    return access;
  }

  base::ManualClock clock_;
  http::FakeHttpTransport http_;
  ApiClient api_{Access(), http_, clock_};
  ObjectClient objects_{api_, "vexaa-controller", "pod-1"};
};

TEST_F(ObjectClientTest, FindsTheUidOfAConfigMap) {
  http_.Answer(200, R"({"metadata":{"name":"release","uid":"u-9"}})");
  const auto ref = objects_.FindConfigMap("release", {});
  ASSERT_TRUE(ref.ok()) << ref.status();
  EXPECT_EQ(ref->uid, "u-9");
  EXPECT_EQ(ref->kind, "ConfigMap");
  EXPECT_EQ(http_.sent().at(0).url,
            "https://api/api/v1/namespaces/media/configmaps/release");
}

TEST_F(ObjectClientTest, WritesAnEventThatDescribeShows) {
  http_.Answer(201, "{}");
  EventRecord event;
  event.about = {"v1", "Pod", "vexaa-job-7-1", "u-1"};
  event.type = EventType::kWarning;
  event.reason = "InputNotFound";
  event.message = std::string(2000, 'x') + "\xff";
  event.time = *base::ParseRfc3339("2026-11-21T05:00:00.123456Z");
  ASSERT_TRUE(objects_.CreateEvent(event, {}).ok());
  const auto body = nlohmann::json::parse(http_.sent().at(0).body);
  EXPECT_EQ(body["involvedObject"]["uid"], "u-1");
  EXPECT_EQ(body["involvedObject"]["namespace"], "media");
  EXPECT_EQ(body["type"], "Warning");
  EXPECT_EQ(body["reason"], "InputNotFound");
  EXPECT_EQ(body["message"].get<std::string>().size(), 1024);
  EXPECT_EQ(body["lastTimestamp"], "2026-11-21T05:00:00Z");
  EXPECT_EQ(body["source"]["component"], "vexaa-controller");
  EXPECT_THAT(body["metadata"]["name"].get<std::string>(),
              testing::StartsWith("vexaa-job-7-1."));
}

}  // namespace
}  // namespace vexaa::kube
