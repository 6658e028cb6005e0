#include "lib/kube/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;
using testing::ElementsAre;
using testing::IsEmpty;

class WatchDecoderTest : public testing::Test {
 protected:
  Status Feed(std::string_view chunk) {
    return decoder_.Feed(chunk, [this](std::string_view line) {
      lines_.emplace_back(line);
      return Status::Ok();
    });
  }

  WatchDecoder decoder_{16};
  std::vector<std::string> lines_;
};

TEST_F(WatchDecoderTest, CutsLinesOutOfOneChunk) {
  ASSERT_TRUE(Feed("one\ntwo\n\nthree\n").ok());
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
}

TEST_F(WatchDecoderTest, JoinsALineThatComesByteByByte) {
  for (const char c : std::string("one\ntwo\n")) {
    ASSERT_TRUE(Feed(std::string_view(&c, 1)).ok());
  }
  EXPECT_THAT(lines_, ElementsAre("one", "two"));
}

TEST_F(WatchDecoderTest, HoldsAHalfLineForEver) {
  ASSERT_TRUE(Feed("one\ntw").ok());
  EXPECT_THAT(lines_, ElementsAre("one"));
}

TEST_F(WatchDecoderTest, RefusesALineAboveTheLimit) {
  ASSERT_TRUE(Feed("0123456789").ok());
  EXPECT_EQ(Feed("0123456789").code(), Code::kDataLoss);
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(WatchDecoderTest, TakesALineOfExactlyTheLimit) {
  ASSERT_TRUE(Feed("0123456789abcdef\n").ok());
  EXPECT_THAT(lines_, ElementsAre("0123456789abcdef"));
}

TEST_F(WatchDecoderTest, EndsWhereTheReaderRefuses) {
  int count = 0;
  const Status status = decoder_.Feed("a\nb\n", [&](std::string_view) {
    ++count;
    return Status(Code::kAborted, "enough");
  });
  EXPECT_EQ(status.code(), Code::kAborted);
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace vexaa::kube
