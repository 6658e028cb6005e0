#include "lib/objects/store_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/jobs/reason.h"
#include "tests/fakes/fake_object_store.h"

namespace vexaa::objects {
namespace {

using ::testing::HasSubstr;

TEST(StoreSet, FindsTheStoreByItsBucket) {
  FakeObjectStore one, two, folder;
  StoreSet set({{"a-videos", &one}, {"b-videos", &two}}, &folder);
  EXPECT_EQ(set.Find("s3://a-videos/k")->store, &one);
  EXPECT_EQ(set.Find("s3://b-videos/k")->store, &two);
  EXPECT_EQ(set.Find("file:///k")->store, &folder);
}

TEST(StoreSet, RefusesWhatNobodyServes) {
  FakeObjectStore one;
  StoreSet set({{"videos", &one}}, nullptr);
  for (const char* uri : {"s3://others/k", "file:///k"}) {
    auto found = set.Find(uri);
    EXPECT_EQ(jobs::ReasonOf(found.status()), jobs::Reason::kInvalidJob);
    EXPECT_THAT(found.status().message(), HasSubstr("not served here"));
  }
}

}  // namespace
}  // namespace vexaa::objects
