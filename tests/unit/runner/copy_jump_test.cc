// Clips of copied sound around a jump of the source's times: they hold what an
// encoded clip of the same place holds, to the sample.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/jobs/reason.h"
#include "tests/unit/runner/copies.h"
#include "tests/unit/runner/media/movie_maker.h"

namespace vexaa::runner {
namespace {

constexpr double kJumpAt = 2, kJumpBy = 0.5;  // seconds

struct JumpCase {
  const char* codec;
  const char* container;
  int rate;
  int tolerance = 0;  // of 32,768: what Opus remembers
};

class CopyOverAJump : public testing::TestWithParam<JumpCase> {
 protected:
  void ExpectAsEncoded(const jobs::Clip& clip) {
    SCOPED_TRACE("from " + std::to_string(clip.start_us));
    const auto wanted = Decode(movie_, clip);
    Made copy = Make(movie_,
                     R"({"codec":"copy","container":")" +
                         std::string(GetParam().container) + "\"}",
                     clip);
    ASSERT_TRUE(copy.status.ok()) << copy.status;
    EXPECT_EQ(copy.output.samples, wanted.size() / 2);
    EXPECT_EQ(copy.output.note.find("cut at packets"), std::string::npos)
        << copy.output.note;
    EXPECT_LE(FarthestFrom(wanted, 0, Decode(copy.file), copy.output.samples),
              GetParam().tolerance);
  }

  const std::vector<std::byte> movie_ =
      media::EncodeMovie({.format = "matroska",
                          .codec = GetParam().codec,
                          .seconds = 4,
                          .sample_rate = GetParam().rate,
                          .jump_at_seconds = kJumpAt,
                          .jump_by_seconds = kJumpBy});
};

TEST_P(CopyOverAJump, HoldsWhatAnEncodedClipHolds) {
  ExpectAsEncoded({1'950'000, 800'000});  // the jump is inside
  ExpectAsEncoded({2'400'000, 800'000});  // the start is jumped over
  ExpectAsEncoded({2'520'000, 800'000});  // in what a decoder hears before
  ExpectAsEncoded({2'000'000, 510'000});  // 10 ms behind the jump are wanted
}

TEST_P(CopyOverAJump, SaysWhenTheTimesJumpOverTheWholeClip) {
  Made none = Make(movie_, R"({"codec":"copy"})", {2'200'000, 100'000});
  EXPECT_EQ(jobs::ReasonOf(none.status), jobs::Reason::kInvalidJob);
  EXPECT_NE(none.status.message().find("jump over it"), std::string::npos)
      << none.status;
}

INSTANTIATE_TEST_SUITE_P(Codecs, CopyOverAJump,
                         testing::Values(JumpCase{"libmp3lame", "m4a", 44'100},
                                         JumpCase{"libmp3lame", "mp3", 44'100},
                                         JumpCase{"aac", "m4a", 48'000},
                                         JumpCase{"libopus", "ogg", 48'000,
                                                  200},
                                         JumpCase{"flac", "m4a", 44'100},
                                         JumpCase{"pcm_s16le", "wav", 48'000}),
                         [](const auto& info) {
                           return std::string(info.param.codec) + "_to_" +
                                  info.param.container;
                         });

}  // namespace
}  // namespace vexaa::runner
