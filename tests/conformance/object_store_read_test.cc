// Objects as they are read: ranges, versions, what is not there.
#include <gtest/gtest.h>

#include "tests/conformance/object_store_suite.h"

namespace vexaa::objects {

using base::Code;
using base::Status;

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

TEST_P(ObjectStoreSuite, ReadsPartByPartWithOneRequest) {
  constexpr size_t kPart = 400'000, kGap = 1000, kParts = 5;
  const std::string content = Pattern(kParts * (kPart + kGap));
  ObjectPath path = Path("talk.mp4");
  Publish(path, content);
  std::string out(kPart, '.');
  WantedBytes wanted{0, std::as_writable_bytes(std::span(out))};
  size_t asked = 0;
  auto next = [&]() -> std::optional<ReadPart> {
    // The one before is complete, and its memory free.
    if (asked > 0) {
      EXPECT_EQ(out, content.substr(wanted.offset, kPart)) << asked;
    }
    out.assign(kPart, '.');
    wanted.offset = asked++ * (kPart + kGap) + kGap;
    return ReadPart{{wanted.offset, kPart}, {&wanted, 1}};
  };
  Status status = store().ReadParts(path, "", {0, content.size()}, next, {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(asked, kParts);
  EXPECT_EQ(out, content.substr(content.size() - kPart));
}

TEST_P(ObjectStoreSuite, EndsAReadWhereNoPartFollows) {
  const std::string content = Pattern(3 << 20);
  ObjectPath path = Path("talk.mp4");
  Publish(path, content);
  std::string out(100, '.');
  WantedBytes wanted{50, std::as_writable_bytes(std::span(out))};
  std::optional<ReadPart> only = ReadPart{{0, 200}, {&wanted, 1}};
  auto next = [&only] { return std::exchange(only, std::nullopt); };
  Status status = store().ReadParts(path, "", {0, content.size()}, next, {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(out, content.substr(50, 100));
  EXPECT_EQ(Read(path, 7, 9), content.substr(7, 9)) << "the next read";
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

}  // namespace vexaa::objects
