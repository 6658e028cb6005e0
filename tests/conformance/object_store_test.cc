// One suite for every ObjectStore: the fake must behave like the real ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/digest.h"
#include "tests/conformance/object_store_bench.h"
#include "tests/fakes/fake_object_store.h"

namespace vexaa::objects {
namespace {

using base::AsBytes;
using base::Code;
using base::Status;

class FakeBench final : public StoreBench {
 public:
  ObjectStore& store() override { return store_; }
  ObjectPath Path(const std::string& key) override { return {"b", key}; }
  uint64_t part_bytes() const override { return 1000; }
  bool keys_are_free() const override { return true; }

 private:
  FakeObjectStore store_;
};

struct BenchKind {
  const char* name;
  MakeBench make;
};

std::ostream& operator<<(std::ostream& out, const BenchKind& kind) {
  return out << kind.name;
}

std::string Pattern(size_t size, int seed = 0) {
  std::string text(size, '\0');
  uint32_t value = 12345 + static_cast<uint32_t>(seed);
  for (char& c : text) {
    value = value * 1664525 + 1013904223;
    c = static_cast<char>(value >> 24);
  }
  return text;
}

class ObjectStoreSuite : public ::testing::TestWithParam<BenchKind> {
 protected:
  void SetUp() override {
    bench_ = GetParam().make();
    if (!bench_) {
      GTEST_SKIP()
          << "VEXAA_TEST_S3_ENDPOINT is not set: ./dev test starts one";
    }
  }

  ObjectStore& store() { return bench_->store(); }
  ObjectPath Path(const std::string& key) { return bench_->Path(key); }

  StageOptions Options() {
    StageOptions options;
    options.stage_name = "7-" + std::to_string(++staged_);
    options.content_type = "audio/mpeg";
    options.metadata = {{"vexaa-token", "7.1.ab"}, {"vexaa-profile", "wav"}};
    return options;
  }

  std::string Stage(const ObjectPath& path) {
    auto id = store().Stage(path, Options(), {});
    EXPECT_TRUE(id.ok()) << id.status();
    return id.ok() ? *id : "";
  }

  // Cuts `content` into parts; an empty one is one empty part.
  std::vector<Part> PutParts(const ObjectPath& path, const std::string& id,
                             std::string_view content) {
    std::vector<Part> parts;
    uint64_t size = bench_->part_bytes();
    do {
      std::string_view piece = content.substr(0, size);
      content.remove_prefix(piece.size());
      auto part = store().PutPart(path, id, static_cast<int>(parts.size()) + 1,
                                  size, AsBytes(piece), {});
      EXPECT_TRUE(part.ok()) << part.status();
      if (!part.ok()) break;
      parts.push_back(*part);
    } while (!content.empty());
    return parts;
  }

  StagedObject Upload(const ObjectPath& path, const std::string& id,
                      std::string_view content) {
    auto staged = store().Seal(path, id, PutParts(path, id, content));
    EXPECT_TRUE(staged.ok()) << staged.status();
    return staged.ok() ? *staged : StagedObject{};
  }

  void Publish(const ObjectPath& path, std::string_view content) {
    std::string id = Stage(path);
    StagedObject staged = Upload(path, id, content);
    Status status = store().Complete(path, id, staged, {});
    ASSERT_TRUE(status.ok()) << status;
  }

  std::string Read(const ObjectPath& path, uint64_t offset, size_t size,
                   std::string_view etag = "") {
    std::string out(size, '\0');
    auto bytes = std::as_writable_bytes(std::span(out.data(), out.size()));
    Status status = store().ReadRange(path, etag, offset, bytes, {});
    EXPECT_TRUE(status.ok()) << status;
    return out;
  }

  Status ReadStatus(const ObjectPath& path, uint64_t offset, size_t size,
                    std::string_view etag = "") {
    std::vector<std::byte> out(size);
    return store().ReadRange(path, etag, offset, out, {});
  }

  Code HeadCode(const ObjectPath& path) {
    return store().Head(path, {}).status().code();
  }

  std::unique_ptr<StoreBench> bench_;
  int staged_ = 0;
};

TEST_P(ObjectStoreSuite, KeepsOnlyWhatIsWantedOfARange) {
  std::string content = Pattern(100'000);
  ObjectPath path = Path("talk.mp4");
  Publish(path, content);
  std::string first(10, '.'), second(40'000, '.'), last(1, '.');
  auto to = [](std::string& text) {
    return std::as_writable_bytes(std::span(text.data(), text.size()));
  };
  std::vector<WantedBytes> wanted = {
      {100, to(first)}, {20'000, to(second)}, {99'998, to(last)}};
  Status status = store().ReadWanted(path, "", {50, 99'949}, wanted, {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(first, content.substr(100, 10));
  EXPECT_EQ(second, content.substr(20'000, 40'000));
  EXPECT_EQ(last, content.substr(99'998, 1));
}

TEST_P(ObjectStoreSuite, RefusesAWantedRangeOutsideTheObject) {
  ObjectPath path = Path("talk.mp4");
  Publish(path, Pattern(1000));
  std::byte one;
  WantedBytes wanted{10, std::span(&one, 1)};
  Status status =
      store().ReadWanted(path, "", {0, 1001}, std::span(&wanted, 1), {});
  EXPECT_FALSE(status.ok());
}

TEST_P(ObjectStoreSuite, ReadsAnyRange) {
  std::string content = Pattern(bench_->part_bytes() + 1234);
  ObjectPath path = Path("talk.mp4");
  Publish(path, content);
  EXPECT_EQ(Read(path, 0, 1), content.substr(0, 1));
  EXPECT_EQ(Read(path, 0, content.size()), content);
  EXPECT_EQ(Read(path, 100, 500), content.substr(100, 500));
  EXPECT_EQ(Read(path, content.size() - 3, 3),
            content.substr(content.size() - 3));
  EXPECT_EQ(Read(path, 5, 0), "");
}

TEST_P(ObjectStoreSuite, RefusesARangeOutsideTheObject) {
  ObjectPath path = Path("short");
  Publish(path, "0123456789");
  EXPECT_FALSE(ReadStatus(path, 10, 1).ok());
  EXPECT_FALSE(ReadStatus(path, 5, 6).ok());
}

TEST_P(ObjectStoreSuite, DescribesAnObject) {
  ObjectPath path = Path("described");
  Publish(path, "0123456789");
  auto info = store().Head(path, {});
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->size_bytes, 10u);
  EXPECT_NE(info->etag, "");
  EXPECT_EQ(info->metadata["vexaa-token"], "7.1.ab");
  EXPECT_EQ(info->metadata["vexaa-profile"], "wav");
}

TEST_P(ObjectStoreSuite, SaysWhatIsNotThere) {
  ObjectPath path = Path("missing");
  EXPECT_EQ(HeadCode(path), Code::kNotFound);
  EXPECT_EQ(ReadStatus(path, 0, 1).code(), Code::kNotFound);
  EXPECT_EQ(store().Inspect(path, "2~nosuchupload", {}).status().code(),
            Code::kNotFound);
  EXPECT_TRUE(store().Abort(path, "2~nosuchupload", {}).ok());
}

TEST_P(ObjectStoreSuite, ReadsOnlyThePinnedVersion) {
  ObjectPath path = Path("pinned");
  Publish(path, Pattern(100, 1));
  std::string etag = store().Head(path, {})->etag;
  EXPECT_EQ(Read(path, 10, 10, etag), Pattern(100, 1).substr(10, 10));
  Publish(path, Pattern(100, 2));
  EXPECT_EQ(ReadStatus(path, 10, 10, etag).code(), Code::kFailedPrecondition);
  EXPECT_EQ(Read(path, 10, 10), Pattern(100, 2).substr(10, 10));
}

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
  for (std::string key :
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

TEST_P(ObjectStoreSuite, EndsWhenStopped) {
  ObjectPath path = Path("stopped");
  Publish(path, "0123456789");
  std::stop_source stop;
  stop.request_stop();
  std::vector<std::byte> out(1);
  EXPECT_EQ(store().Head(path, stop.get_token()).status().code(),
            Code::kCancelled);
  EXPECT_EQ(store().ReadRange(path, "", 0, out, stop.get_token()).code(),
            Code::kCancelled);
}

std::unique_ptr<StoreBench> MakeFake() { return std::make_unique<FakeBench>(); }

INSTANTIATE_TEST_SUITE_P(
    Stores, ObjectStoreSuite,
    ::testing::Values(BenchKind{"Fake", &MakeFake},
                      BenchKind{"Folder", &MakeFolderBench},
                      BenchKind{"S3", &MakeS3Bench},
                      BenchKind{"S3ByHostName", &MakeS3VirtualHostBench}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace vexaa::objects
