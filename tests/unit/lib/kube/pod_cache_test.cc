#include "lib/kube/pod_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.h"

namespace vexaa::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Pod MakePod(const std::string& name, const std::string& uid,
            const std::string& version) {
  Pod pod;
  pod.name = name;
  pod.uid = uid;
  pod.resource_version = version;
  return pod;
}

class PodCacheTest : public testing::Test {
 protected:
  // "name/uid@version", with a "-" in front when it is gone.
  std::vector<std::string> TakeChanges() { return std::exchange(seen_, {}); }

  void Replace(std::vector<Pod> pods) { cache_.Replace({std::move(pods), ""}); }

  base::ManualClock clock_;
  std::vector<std::string> seen_;
  PodCache cache_{clock_,
                  [this](const CachedPod& change) {
                    seen_.push_back((change.gone ? "-" : "") +
                                    change.pod->name + "/" + change.pod->uid +
                                    "@" + change.pod->resource_version);
                  },
                  {.gone_age = std::chrono::minutes(10), .gone_count = 2}};
};

TEST_F(PodCacheTest, KnowsNothingUntilTheFirstList) {
  EXPECT_FALSE(cache_.synced());
  Replace({});
  EXPECT_TRUE(cache_.synced());
}

TEST_F(PodCacheTest, TellsOfEachChange) {
  Replace({MakePod("a", "1", "1")});
  cache_.Apply({PodEventType::kModified, MakePod("a", "1", "2")});
  cache_.Apply({PodEventType::kAdded, MakePod("b", "2", "3")});
  cache_.Apply({PodEventType::kBookmark, MakePod("", "", "4")});
  EXPECT_THAT(TakeChanges(), ElementsAre("a/1@1", "a/1@2", "b/2@3"));
  EXPECT_EQ(cache_.Find("a")->pod->resource_version, "2");
  EXPECT_EQ(cache_.Live().size(), 2);
}

TEST_F(PodCacheTest, KeepsTheLastStateOfADeletedPod) {
  Replace({MakePod("a", "1", "1")});
  Pod last = MakePod("a", "1", "2");
  last.termination.emplace().message = "outcome";
  cache_.Apply({PodEventType::kDeleted, last});
  const auto found = cache_.Find("a");
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->gone);
  EXPECT_EQ(found->pod->termination->message, "outcome");
  EXPECT_THAT(cache_.Live(), IsEmpty());
}

TEST_F(PodCacheTest, MakesADeleteOfWhatIsNoLongerListed) {
  Replace({MakePod("a", "1", "1"), MakePod("b", "2", "1")});
  TakeChanges();
  Replace({MakePod("b", "2", "1")});
  EXPECT_THAT(TakeChanges(), ElementsAre("-a/1@1"));
  EXPECT_TRUE(cache_.Find("a")->gone);
}

TEST_F(PodCacheTest, IsQuietAboutWhatIsListedAgainAsItWas) {
  Replace({MakePod("a", "1", "1"), MakePod("b", "2", "1")});
  TakeChanges();
  Replace({MakePod("a", "1", "1"), MakePod("b", "2", "5")});
  EXPECT_THAT(TakeChanges(), ElementsAre("b/2@5"));
}

TEST_F(PodCacheTest, BuriesAPodThatWasReplacedUnseen) {
  Replace({MakePod("a", "1", "1")});
  TakeChanges();
  Replace({MakePod("a", "2", "9")});
  EXPECT_THAT(TakeChanges(), ElementsAre("-a/1@1", "a/2@9"));
  EXPECT_FALSE(cache_.Find("a")->gone);
}

TEST_F(PodCacheTest, ShowsAPodThatCameBackUnderItsName) {
  Replace({MakePod("a", "1", "1")});
  cache_.Apply({PodEventType::kDeleted, MakePod("a", "1", "2")});
  cache_.Apply({PodEventType::kAdded, MakePod("a", "2", "3")});
  clock_.Advance(std::chrono::hours(1));
  cache_.Apply({PodEventType::kAdded, MakePod("b", "3", "4")});
  ASSERT_TRUE(cache_.Find("a").has_value());  // its forerunner was forgotten
  EXPECT_EQ(cache_.Find("a")->pod->uid, "2");
}

TEST_F(PodCacheTest, ForgetsGonePodsByAgeAndByCount) {
  Replace({});
  for (const char* name : {"a", "b", "c"}) {
    cache_.Apply({PodEventType::kDeleted, MakePod(name, name, "1")});
  }
  EXPECT_FALSE(cache_.Find("a").has_value());
  EXPECT_TRUE(cache_.Find("b").has_value());
  clock_.Advance(std::chrono::minutes(11));
  Replace({});
  EXPECT_FALSE(cache_.Find("c").has_value());
}

TEST_F(PodCacheTest, MayBeReadFromWithinTheCallback) {
  bool found = false;
  PodCache* self = nullptr;
  PodCache cache(clock_, [&](const CachedPod& change) {
    found = self->Find(change.pod->name).has_value();
  });
  self = &cache;
  cache.Apply({PodEventType::kAdded, MakePod("a", "1", "1")});
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace vexaa::kube
