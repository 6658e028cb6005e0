#include "lib/kube/watch_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/lib/kube/proto_text.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;
using testing::ElementsAre;
using testing::IsEmpty;

class WatchFramesTest : public testing::Test {
 protected:
  Status Feed(std::string_view chunk) {
    return cutter_.Feed(chunk, [this](std::string_view frame) {
      frames_.emplace_back(frame);
      return Status::Ok();
    });
  }

  WatchFrames cutter_{16};
  std::vector<std::string> frames_;
};

TEST_F(WatchFramesTest, CutsFramesOutOfOneChunk) {
  ASSERT_TRUE(
      Feed(ProtoFrame("one") + ProtoFrame("two") + ProtoFrame("")).ok());
  EXPECT_THAT(frames_, ElementsAre("one", "two", ""));
}

TEST_F(WatchFramesTest, JoinsAFrameThatComesByteByByte) {
  for (const char c : ProtoFrame("one") + ProtoFrame("two"))
    ASSERT_TRUE(Feed(std::string_view(&c, 1)).ok());
  EXPECT_THAT(frames_, ElementsAre("one", "two"));
}

TEST_F(WatchFramesTest, HoldsAHalfFrameForEver) {
  ASSERT_TRUE(Feed(ProtoFrame("one") + ProtoFrame("two").substr(0, 6)).ok());
  EXPECT_THAT(frames_, ElementsAre("one"));
}

TEST_F(WatchFramesTest, TakesAFrameOfExactlyTheLimitAndNoLongerOne) {
  ASSERT_TRUE(Feed(ProtoFrame("0123456789abcdef")).ok());
  EXPECT_THAT(frames_, ElementsAre("0123456789abcdef"));
  EXPECT_EQ(Feed(ProtoFrame("0123456789abcdefg").substr(0, 4)).code(),
            Code::kDataLoss);
}

TEST_F(WatchFramesTest, EndsWhereTheReaderRefuses) {
  int count = 0;
  const Status status =
      cutter_.Feed(ProtoFrame("a") + ProtoFrame("b"), [&](std::string_view) {
        ++count;
        return Status(Code::kAborted, "no more");
      });
  EXPECT_EQ(status.code(), Code::kAborted);
  EXPECT_EQ(count, 1);
  EXPECT_THAT(frames_, IsEmpty());
}

}  // namespace
}  // namespace vexaa::kube
