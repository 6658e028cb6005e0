#include "lib/kube/watch_policy.h"

#include <gtest/gtest.h>

namespace vexaa::kube {
namespace {

using base::Code;
using base::Duration;
using base::Status;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::BackoffPolicy kBackoff{milliseconds(800), seconds(30)};
constexpr double kMiddle = 0.5;  // no jitter

const Status kCut(Code::kUnavailable, "cut", "RECV_ERROR");
const Status kExpired(Code::kFailedPrecondition, "too old", "Expired");

NextStep After(WatchReport report, int failures = 0) {
  return AfterWatch(report, failures, kBackoff, kMiddle);
}

WatchReport Ended(Status status, Duration lasted = seconds(60),
                  int event_count = 1) {
  return {std::move(status), event_count, lasted, false};
}

TEST(AfterList, WatchesWhenItSucceeded) {
  const NextStep next = AfterList(Status::Ok(), 3, kBackoff, kMiddle);
  EXPECT_EQ(next.resume, Resume::kWatch);
  EXPECT_EQ(next.delay, Duration::zero());
  EXPECT_EQ(next.failures, 3);  // a list that works proves no watch
}

TEST(AfterList, WaitsLongerAfterEachFailureUpToTheCap) {
  Duration last{};
  for (int failures = 0; failures < 5; ++failures) {
    const NextStep next = AfterList(kCut, failures, kBackoff, kMiddle);
    EXPECT_EQ(next.resume, Resume::kList);
    EXPECT_GT(next.delay, last);
    last = next.delay;
  }
  EXPECT_EQ(AfterList(kCut, 50, kBackoff, kMiddle).delay, seconds(30));
}

TEST(AfterList, WaitsAsLongAsTheServerAsks) {
  const Status busy(Code::kUnavailable, "busy", "RetryAfter=20");
  EXPECT_EQ(AfterList(busy, 0, kBackoff, kMiddle).delay, seconds(20));
}

TEST(AfterWatch, GoesOnAtOnceWhenTheServerEndedIt) {
  const NextStep next = After(Ended(Status::Ok()), 4);
  EXPECT_EQ(next.resume, Resume::kWatch);
  EXPECT_EQ(next.delay, Duration::zero());
  EXPECT_EQ(next.failures, 0);
}

TEST(AfterWatch, WaitsAfterAVeryShortOneWithoutEvents) {
  const NextStep next = After(Ended(Status::Ok(), milliseconds(10), 0), 0);
  EXPECT_EQ(next.resume, Resume::kWatch);
  EXPECT_EQ(next.delay, milliseconds(800));
  EXPECT_EQ(next.failures, 1);
}

TEST(AfterWatch, ResumesAtTheSameVersionAfterACut) {
  const NextStep next = After(Ended(kCut));
  EXPECT_EQ(next.resume, Resume::kWatch);
  EXPECT_GT(next.delay, Duration::zero());
}

TEST(AfterWatch, ListsWhenItIsCutAgainAndAgain) {
  EXPECT_EQ(After(Ended(kCut, seconds(1)), 3).resume, Resume::kWatch);
  EXPECT_EQ(After(Ended(kCut, seconds(1)), 4).resume, Resume::kList);
}

TEST(AfterWatch, ForgetsThePastAfterTwoGoodMinutes) {
  const NextStep next = After(Ended(kCut, seconds(120)), 9);
  EXPECT_EQ(next.failures, 1);
  EXPECT_EQ(next.delay, milliseconds(800));
}

TEST(AfterWatch, ListsAtOnceWhenItsVersionExpired) {
  const NextStep next = After(Ended(kExpired));
  EXPECT_EQ(next.resume, Resume::kList);
  EXPECT_EQ(next.delay, Duration::zero());
}

TEST(AfterWatch, ListsAtAPaceWhenVersionsKeepExpiring) {
  const NextStep next = After(Ended(kExpired, seconds(0), 0), 1);
  EXPECT_EQ(next.resume, Resume::kList);
  EXPECT_GT(next.delay, Duration::zero());
}

TEST(AfterWatch, ListsWhenTheServerIsBehindOurVersion) {
  const Status ahead(Code::kUnavailable, "too large",
                     "ResourceVersionTooLarge");
  EXPECT_EQ(After(Ended(ahead)).resume, Resume::kList);
}

TEST(AfterWatch, ListsAfterWhatItCannotRead) {
  const Status bad(Code::kDataLoss, "not JSON");
  EXPECT_EQ(After(Ended(bad)).resume, Resume::kList);
  EXPECT_GT(After(Ended(bad)).delay, Duration::zero());
}

TEST(AfterWatch, ResumesAtOnceWhenItWasSilent) {
  WatchReport report = Ended(Status(Code::kCancelled, "stopped"));
  report.silent = true;
  const NextStep next = After(report, 0);
  EXPECT_EQ(next.resume, Resume::kWatch);
  EXPECT_EQ(next.delay, Duration::zero());
}

constexpr Duration kFar = std::chrono::hours(1);

TEST(RelistDelay, MovesByATenthAndIsShortAfterAFailure) {
  const Duration every = std::chrono::minutes(10);
  EXPECT_EQ(RelistDelay(Status::Ok(), every, kMiddle), every);
  EXPECT_EQ(RelistDelay(Status::Ok(), every, 0.0), every * 9 / 10);
  EXPECT_LE(RelistDelay(Status::Ok(), every, 0.999), every * 11 / 10);
  EXPECT_EQ(RelistDelay(kCut, every, kMiddle), std::chrono::minutes(1));
  EXPECT_EQ(RelistDelay(kCut, seconds(7), kMiddle), seconds(7));
}

TEST(WatchTimeout, StaysBelowTheSilenceLimitUntilABookmarkWasSeen) {
  EXPECT_EQ(WatchTimeout({}, kFar, 0.0), seconds(90));
  EXPECT_LE(WatchTimeout({}, kFar, 0.999), seconds(120));
  const WatchHistory bookmarks{.bookmark_seen = true};
  EXPECT_EQ(WatchTimeout(bookmarks, kFar, 0.0), seconds(300));
  EXPECT_LE(WatchTimeout(bookmarks, kFar, 0.999), seconds(600));
}

TEST(WatchTimeout, IsShortAfterSilenceToProveTheServerAlive) {
  EXPECT_EQ(WatchTimeout({true, true}, kFar, 0.5), seconds(15));
}

TEST(WatchTimeout, EndsWhenAListIsDueButIsNeverVeryShort) {
  const WatchHistory bookmarks{.bookmark_seen = true};
  EXPECT_EQ(WatchTimeout(bookmarks, milliseconds(59500), 0.5), seconds(60));
  EXPECT_EQ(WatchTimeout(bookmarks, seconds(1), 0.5), seconds(5));
  EXPECT_EQ(WatchTimeout(bookmarks, seconds(-1), 0.5), seconds(5));
}

}  // namespace
}  // namespace vexaa::kube
