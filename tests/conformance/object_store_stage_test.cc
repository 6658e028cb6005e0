// Objects as they are made: staged, published, aborted, under any key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/digest.h"
#include "tests/conformance/object_store_suite.h"

namespace vexaa::objects {

using base::AsBytes;
using base::Code;
using base::Status;

TEST_P(ObjectStoreSuite, ShowsNothingBeforeComplete) {
  ObjectPath path = Path("staged");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, "0123456789");
  EXPECT_EQ(HeadCode(path), Code::kNotFound);
  ASSERT_TRUE(store().Complete(path, id, staged, {}).ok());
  EXPECT_EQ(Read(path, 0, 10), "0123456789");
}

TEST_P(ObjectStoreSuite, InspectsWhatWasSealed) {
  ObjectPath path = Path("inspected");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, Pattern(bench_->part_bytes() + 7));
  EXPECT_EQ(staged.size_bytes, bench_->part_bytes() + 7);
  auto seen = store().Inspect(path, id, {});
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_TRUE(*seen == staged);
}

TEST_P(ObjectStoreSuite, PublishesPartsStoredInAnyOrder) {
  ObjectPath path = Path("late-head");
  std::string id = Stage(path);
  uint64_t size = bench_->part_bytes();
  std::string content = Pattern(size + 100);
  std::string_view view = content;
  auto last =
      store().PutPart(path, id, 2, size, AsBytes(view.substr(size)), {});
  auto head =
      store().PutPart(path, id, 1, size, AsBytes(view.substr(0, size)), {});
  ASSERT_TRUE(last.ok() && head.ok()) << last.status() << head.status();
  auto staged = store().Seal(path, id, {*last, *head});
  ASSERT_TRUE(staged.ok()) << staged.status();
  ASSERT_TRUE(store().Complete(path, id, *staged, {}).ok());
  EXPECT_EQ(Read(path, 0, content.size()), content);
}

TEST_P(ObjectStoreSuite, StoresAPartAgain) {
  ObjectPath path = Path("again");
  std::string id = Stage(path);
  Upload(path, id, "0123456789");
  StagedObject staged = Upload(path, id, "0123456789");
  ASSERT_TRUE(store().Complete(path, id, staged, {}).ok());
  EXPECT_EQ(Read(path, 0, 10), "0123456789");
}

TEST_P(ObjectStoreSuite, CompletesOnlyOnce) {
  ObjectPath path = Path("twice");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, "0123456789");
  ASSERT_TRUE(store().Complete(path, id, staged, {}).ok());
  Status again = store().Complete(path, id, staged, {});
  EXPECT_EQ(again.code(), Code::kNotFound);
  EXPECT_EQ(again.detail(), kNotStaged);
  EXPECT_EQ(store().Inspect(path, id, {}).status().code(), Code::kNotFound);
  EXPECT_EQ(Read(path, 0, 10), "0123456789");
}

TEST_P(ObjectStoreSuite, RefusesChangedParts) {
  ObjectPath path = Path("changed");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, "0123456789");
  StagedObject other = staged;
  other.size_bytes = 9;
  EXPECT_EQ(store().Complete(path, id, other, {}).code(),
            Code::kFailedPrecondition);
  other = staged;
  other.digest[0] = other.digest[0] == 'a' ? 'b' : 'a';
  EXPECT_EQ(store().Complete(path, id, other, {}).code(),
            Code::kFailedPrecondition);
  EXPECT_EQ(HeadCode(path), Code::kNotFound);
}

TEST_P(ObjectStoreSuite, RefusesPartsStoredOverTheSealedOnes) {
  ObjectPath path = Path("overwritten");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, "0123456789");
  PutParts(path, id, "9876543210abc");
  Status refused = store().Complete(path, id, staged, {});
  EXPECT_EQ(refused.code(), Code::kFailedPrecondition);
  EXPECT_EQ(refused.detail(), kStagedChanged);
  EXPECT_EQ(HeadCode(path), Code::kNotFound);
}

TEST_P(ObjectStoreSuite, RefusesOtherPartsOfTheSameSize) {
  ObjectPath path = Path("same-size");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, "0123456789");
  // File times step with the kernel's tick: write until one shows.
  for (int i = 0; i < 1000000 && *store().Inspect(path, id, {}) == staged;
       ++i) {
    PutParts(path, id, "9876543210");
  }
  EXPECT_EQ(store().Complete(path, id, staged, {}).code(),
            Code::kFailedPrecondition);
  EXPECT_EQ(HeadCode(path), Code::kNotFound);
}

TEST_P(ObjectStoreSuite, AbortsAsOftenAsAsked) {
  ObjectPath path = Path("aborted");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, "0123456789");
  EXPECT_TRUE(store().Abort(path, id, {}).ok());
  EXPECT_TRUE(store().Abort(path, id, {}).ok());
  EXPECT_EQ(store().Inspect(path, id, {}).status().code(), Code::kNotFound);
  EXPECT_EQ(store().Complete(path, id, staged, {}).code(), Code::kNotFound);
  EXPECT_EQ(HeadCode(path), Code::kNotFound);
}

TEST_P(ObjectStoreSuite, LeavesThePublishedObjectToALateAbort) {
  ObjectPath path = Path("late-abort");
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, "0123456789");
  ASSERT_TRUE(store().Complete(path, id, staged, {}).ok());
  EXPECT_TRUE(store().Abort(path, id, {}).ok());
  EXPECT_EQ(Read(path, 0, 10), "0123456789");
}

TEST_P(ObjectStoreSuite, FindsOpenUploadsOfExactlyThatKey) {
  ObjectPath path = Path("audio/a");
  std::string first = Stage(path);
  std::string second = Stage(path);
  Stage(Path("audio/a.mp3"));
  Stage(Path("audio/ab/c"));
  Stage(Path("audio/b"));
  auto found = store().FindOpen(path, {});
  ASSERT_TRUE(found.ok()) << found.status();
  std::vector<std::string> ids;
  for (const OpenUpload& upload : *found) ids.push_back(upload.upload_id);
  EXPECT_THAT(ids, ::testing::UnorderedElementsAre(first, second));
  ASSERT_TRUE(store().Abort(path, first, {}).ok());
  EXPECT_EQ(store().FindOpen(path, {})->size(), 1u);
  EXPECT_TRUE(store().FindOpen(Path("audio"), {})->empty());
}

TEST_P(ObjectStoreSuite, KeepsUploadsOfOneKeyApart) {
  ObjectPath path = Path("rivals");
  std::string first = Stage(path);
  std::string second = Stage(path);
  StagedObject staged = Upload(path, first, "first");
  StagedObject other = Upload(path, second, "second");
  ASSERT_TRUE(store().Complete(path, first, staged, {}).ok());
  EXPECT_EQ(Read(path, 0, 5), "first");
  ASSERT_TRUE(store().Complete(path, second, other, {}).ok());
  EXPECT_EQ(Read(path, 0, 6), "second");
}

TEST_P(ObjectStoreSuite, HoldsAnEmptyObject) {
  ObjectPath path = Path("empty");
  Publish(path, "");
  auto info = store().Head(path, {});
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->size_bytes, 0u);
  EXPECT_EQ(Read(path, 0, 0), "");
}

TEST_P(ObjectStoreSuite, TakesOddKeys) {
  std::vector<std::string> keys = {
      "a b/c d.mp4",
      "plus+equals=at@colon:",
      "it's (a) & b # 100%.mp4",
      "%41%2F%",
      "\xC3\xA4\xE6\x97\xA5\xF0\x9F\x8E\xA7.mp3",
      "~-_.!*,;?",
      "a\\b\"c<d>|e",
      ".hidden",
      " blanks ",
      " ",
      std::string(200, 'n') + "/" + std::string(255, 'x')};
  for (const std::string& key : keys) {
    SCOPED_TRACE(key);
    ObjectPath path = Path(key);
    std::string id = Stage(path);
    auto found = store().FindOpen(path, {});
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->size(), 1u);
    EXPECT_EQ(found->front().upload_id, id);
    StagedObject staged = Upload(path, id, key);
    Status status = store().Complete(path, id, staged, {});
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(Read(path, 0, key.size()), key);
  }
}

TEST_P(ObjectStoreSuite, TakesKeysThatAreNoFileNames) {
  if (!bench_->keys_are_free()) GTEST_SKIP() << "keys are paths of files here";
  for (const std::string& key :
       {std::string("folder/"), std::string("a//b"), std::string(1024, 'k')}) {
    SCOPED_TRACE(key);
    ObjectPath path = Path(key);
    std::string id = Stage(path);
    EXPECT_EQ(store().FindOpen(path, {})->size(), 1u);
    StagedObject staged = Upload(path, id, "x");
    Status status = store().Complete(path, id, staged, {});
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(Read(path, 0, 1), "x");
  }
}

}  // namespace vexaa::objects
