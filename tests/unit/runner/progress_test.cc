#include "runner/progress.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/fakes/fake_http_transport.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::runner {
namespace {

using std::chrono::seconds;

jobs::RunProgress At(double percent) {
  return {
      .percent = percent, .speed = 20, .media_seconds = 75, .bytes_read = 10};
}

class ReporterTest : public ::testing::Test {
 protected:
  // Intervals pass until the transport has answered all it expects.
  void TickUntilAsked() {
    while (http_.steps_left() > 0) {
      clock_.WaitForSleeper(seconds(2));
      clock_.Advance(seconds(2));
    }
  }

  base::ManualClock clock_;
  http::FakeHttpTransport http_;
  std::ostringstream log_text_;
  base::Logger log_{log_text_, base::LogFormat::kJson, base::LogLevel::kInfo,
                    clock_};
  ProgressBoard board_;
};

TEST_F(ReporterTest, PostsWithTheAttemptsTokenWhenSomethingChanged) {
  http_.Answer(204);
  board_.Set(At(25));
  {
    ProgressReporter reporter(board_, http_, clock_, log_, "http://c/progress",
                              "7.1.abc");
    TickUntilAsked();
    // Nothing changed: an interval passes without a request.
    clock_.WaitForSleeper(seconds(2));
    clock_.Advance(seconds(2));
    clock_.WaitForSleeper(seconds(2));
    EXPECT_EQ(http_.sent().size(), 1u);
    http_.Answer(204);
    board_.Set(At(30));
    TickUntilAsked();
  }
  ASSERT_EQ(http_.sent().size(), 2u);
  const http::SentRequest sent = http_.sent()[0];
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "http://c/progress");
  EXPECT_EQ(sent.Find("Authorization"), "Bearer 7.1.abc");
  auto progress = jobs::ParseRunProgress(sent.body);
  ASSERT_TRUE(progress.ok());
  EXPECT_EQ(progress->percent, 25);
}

// A percent of ten hours takes minutes: the row still moves, but less often.
TEST_F(ReporterTest, PostsLessThanAPercentEveryThirdTime) {
  http_.Answer(204);
  board_.Set(At(25));
  ProgressReporter reporter(board_, http_, clock_, log_, "http://c/", "t");
  TickUntilAsked();
  for (int tick = 1; tick <= 6; ++tick) {
    clock_.WaitForSleeper(seconds(2));
    http_.Answer(204);
    board_.Set(At(25 + 0.1 * tick));
    clock_.Advance(seconds(2));
  }
  clock_.WaitForSleeper(seconds(2));
  EXPECT_EQ(http_.sent().size(), 3u);
}

TEST_F(ReporterTest, WarnsOnceWhenNobodyListens) {
  {
    ProgressReporter reporter(board_, http_, clock_, log_, "http://c/", "t");
    for (double percent : {1, 2}) {
      board_.Set(At(percent));
      http_.Break("COULDNT_CONNECT");
      TickUntilAsked();
      // The reporter is back in its sleep: it has dealt with the answer.
      clock_.WaitForSleeper(seconds(2));
    }
  }
  const std::string log = log_text_.str();
  EXPECT_NE(log.find("Progress was not taken"), std::string::npos);
  EXPECT_EQ(log.find("Progress was not taken"),
            log.rfind("Progress was not taken"));
}

TEST(ProgressText, IsABarOfConstantWidth) {
  EXPECT_EQ(ProgressBar(At(50)),
            "[====================>                   ]  50 %  1:15  20x");
  EXPECT_EQ(ProgressBar(At(0)).size(), ProgressBar(At(100)).size());
  EXPECT_EQ(ProgressBar(At(250)), ProgressBar(At(100)));
}

TEST(ProgressText, ShowsHoursWhenThereAreAny) {
  EXPECT_EQ(
      ProgressLine({.percent = 99.9, .speed = 1.26, .media_seconds = 3725}),
      "99 % done, 1:02:05 of audio, 1.3 times as fast as playing it");
}

TEST(ProgressDisplay, EndsTheLineOfItsBar) {
  base::ManualClock clock;
  ProgressBoard board;
  std::ostringstream out;
  {
    ProgressDisplay display(board, clock, out, ProgressDisplay::Style::kBar);
    board.Set(At(100));
  }
  EXPECT_TRUE(out.str().starts_with("\r["));
  EXPECT_TRUE(out.str().ends_with("20x\n"));
}

TEST(ProgressDisplay, ShowsNothingBeforeTheFirstSound) {
  base::ManualClock clock;
  ProgressBoard board;
  std::ostringstream out;
  { ProgressDisplay display(board, clock, out, ProgressDisplay::Style::kBar); }
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressBoard, TellsItsListener) {
  ProgressBoard board;
  double told = 0;
  board.OnSet([&](const jobs::RunProgress& now) { told = now.percent; });
  board.Set(At(30));
  EXPECT_EQ(told, 30);
}

}  // namespace
}  // namespace vexaa::runner
