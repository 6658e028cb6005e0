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

std::string ReadStream(ObjectStream& stream, uint64_t offset, size_t size) {
  std::string out(size, '.');
  Status status = stream.Read(offset, std::as_writable_bytes(std::span(out)));
  EXPECT_TRUE(status.ok()) << offset << ": " << status;
  return out;
}

TEST_P(ObjectStoreSuite, StreamsAnObjectAndDropsWhatIsPassed) {
  const std::string content = Pattern(5'000'000);
  ObjectPath path = Path("talk.mp4");
  Publish(path, content);
  auto stream = store().OpenStream(path, "", {100, 4'999'900}, {});
  ASSERT_TRUE(stream.ok()) << stream.status();
  const std::pair<uint64_t, size_t> reads[] = {
      {100, 1},        {101, 300'000},       {300'101, 10},
      {500'000, 7},    {500'007, 2'000'000}, {4'000'000, 0},
      {4'100'000, 64}, {4'100'064, 899'935}, {4'999'999, 1}};
  for (const auto& [offset, size] : reads) {
    EXPECT_EQ(ReadStream(**stream, offset, size), content.substr(offset, size))
        << offset;
  }
}

TEST_P(ObjectStoreSuite, ReadsOnAfterAStreamThatWasLeft) {
  const std::string content = Pattern(3 << 20);
  ObjectPath path = Path("talk.mp4");
  Publish(path, content);
  for (int i = 0; i < 2; ++i) {
    auto stream = store().OpenStream(path, "", {0, content.size()}, {});
    ASSERT_TRUE(stream.ok()) << stream.status();
    EXPECT_EQ(ReadStream(**stream, 50, 100), content.substr(50, 100));
  }
  EXPECT_EQ(Read(path, 7, 9), content.substr(7, 9));
}

TEST_P(ObjectStoreSuite, StreamsOnlyThePinnedVersion) {
  ObjectPath path = Path("pinned");
  Publish(path, Pattern(100, 1));
  std::string etag = store().Head(path, {})->etag;
  {
    auto stream = store().OpenStream(path, etag, {10, 90}, {});
    ASSERT_TRUE(stream.ok()) << stream.status();
    EXPECT_EQ(ReadStream(**stream, 10, 10), Pattern(100, 1).substr(10, 10));
  }
  Publish(path, Pattern(100, 2));
  auto stream = store().OpenStream(path, etag, {10, 90}, {});
  EXPECT_EQ(stream.status().code(), Code::kFailedPrecondition);
}

TEST_P(ObjectStoreSuite, StreamsNothingThatIsNotThere) {
  ObjectPath path = Path("short");
  EXPECT_EQ(store().OpenStream(path, "", {0, 1}, {}).status().code(),
            Code::kNotFound);
  Publish(path, "0123456789");
  EXPECT_FALSE(store().OpenStream(path, "", {10, 1}, {}).ok());
}

TEST_P(ObjectStoreSuite, StopsAStream) {
  const std::string content = Pattern(3 << 20);
  ObjectPath path = Path("stopped");
  Publish(path, content);
  std::stop_source stop;
  auto stream =
      store().OpenStream(path, "", {0, content.size()}, stop.get_token());
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ(ReadStream(**stream, 0, 10), content.substr(0, 10));
  stop.request_stop();
  std::string out(1 << 20, '.');
  EXPECT_EQ(
      (*stream)->Read(1 << 20, std::as_writable_bytes(std::span(out))).code(),
      Code::kCancelled);
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
