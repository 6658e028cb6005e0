#include "lib/kube/audio_job_client.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_http_transport.h"
#include "tests/fakes/manual_clock.h"
#include "tests/unit/lib/kube/media_access.h"

namespace vexaa::kube {
namespace {

class AudioJobClientTest : public testing::Test {
 protected:
  base::ManualClock clock_;
  http::FakeHttpTransport http_;
  ApiClient api_{MediaAccess(), http_, clock_};
  RestAudioJobClient client_{api_, "team=a"};
};

TEST_F(AudioJobClientTest, KnowsWhatIsDeletedFromWhatLeftTheSelector) {
  struct Case {
    int status;
    std::string body;
    bool deleted;
  };
  for (const Case& each : {
           Case{404, R"({"reason":"NotFound","message":"not found"})", true},
           Case{200, R"({"metadata":{"name":"talk","uid":"u"}})", false},
           Case{200, R"({"metadata":{"name":"talk","uid":"new"}})", true},
           Case{200,
                R"({"metadata":{"name":"talk","uid":"u",)"
                R"("deletionTimestamp":"2026-01-01T00:00:00Z"}})",
                true},
       }) {
    http_.Answer(each.status, each.body);
    auto deleted = client_.IsDeleted("talk", "u", {});
    ASSERT_TRUE(deleted.ok()) << deleted.status();
    EXPECT_EQ(*deleted, each.deleted) << each.body;
  }
  EXPECT_EQ(http_.sent().at(0).url,
            "https://api:6443/apis/vexaa.io/v1alpha1/namespaces/media/"
            "audiojobs/talk");
}

TEST_F(AudioJobClientTest, DoesNotTakeAnErrorForADeletion) {
  http_.Answer(500, R"({"reason":"InternalError","message":"etcd is away"})");
  EXPECT_FALSE(client_.IsDeleted("talk", "u", {}).ok());
  http_.Answer(200, R"({"metadata":{}})");
  EXPECT_FALSE(client_.IsDeleted("talk", "u", {}).ok());
}

TEST_F(AudioJobClientTest, AsksNothingWhereItSeesAll) {
  RestAudioJobClient all(api_, "");
  auto deleted = all.IsDeleted("talk", "u", {});
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_TRUE(*deleted);
  EXPECT_TRUE(http_.sent().empty());
}

}  // namespace
}  // namespace vexaa::kube
