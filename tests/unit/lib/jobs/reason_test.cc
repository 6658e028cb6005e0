#include "lib/jobs/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace vexaa::jobs {
namespace {

using base::ExitCode;

// The closed set as the documentation lists it.
constexpr char kDocumented[] =
    "Queued Started Running Publishing Succeeded Cancelled InputNotFound "
    "InputAccessDenied InputChanged InputUnreadable InputTooLarge "
    "NoAudioStream UnsupportedCodec CorruptInput OutputAccessDenied "
    "OutputExists OutputBusy OutputTooLarge StorageUnavailable OutOfMemory "
    "DeadlineExceeded Evicted NodeLost PodLost ImagePullFailed Unschedulable "
    "QuotaExceeded PodRejected RunnerCrashed InvalidJob InvalidConfig "
    "Internal";

TEST(Reason, IsTheDocumentedSetAndNoMore) {
  std::istringstream words(kDocumented);
  std::set<std::string> documented;
  for (std::string word; words >> word;) documented.insert(word);
  std::set<std::string> ours;
  for (Reason reason : AllReasons()) ours.emplace(ReasonName(reason));
  EXPECT_EQ(ours, documented);
  EXPECT_EQ(ours.size(), AllReasons().size()) << "two reasons share a name";
}

TEST(Reason, IsFoundByItsName) {
  for (Reason reason : AllReasons())
    EXPECT_EQ(ParseReason(ReasonName(reason)), reason);
  EXPECT_EQ(ParseReason("inputnotfound"), std::nullopt);
  EXPECT_EQ(ParseReason(""), std::nullopt);
}

TEST(Reason, TravelsInAStatus) {
  for (Reason reason : AllReasons()) {
    base::Status status = Fail(reason, "a sentence");
    EXPECT_FALSE(status.ok()) << ReasonName(reason);
    EXPECT_EQ(ReasonOf(status), reason);
    EXPECT_EQ(status.message(), "a sentence");
  }
  EXPECT_EQ(ReasonOf(base::Status(base::Code::kNotFound, "x", "NoSuchKey")),
            std::nullopt);
  EXPECT_EQ(ReasonOf(base::Status::Ok()), std::nullopt);
}

TEST(Reason, FollowsTheTableOfClasses) {
  struct Row {
    ReasonClass expected;
    std::vector<Reason> reasons;
  };
  using enum Reason;
  const std::vector<Row> rows = {
      {ReasonClass::kProgress,
       {kQueued, kStarted, kRunning, kPublishing, kSucceeded, kCancelled}},
      {ReasonClass::kJobFault,
       {kInputNotFound, kInputAccessDenied, kInputUnreadable, kInputTooLarge,
        kNoAudioStream, kUnsupportedCodec, kCorruptInput, kOutputAccessDenied,
        kOutputExists, kOutputTooLarge, kInvalidJob}},
      {ReasonClass::kTemporary,
       {kInputChanged, kStorageUnavailable, kOutOfMemory, kDeadlineExceeded,
        kRunnerCrashed, kInternal}},
      {ReasonClass::kDisruption, {kEvicted, kNodeLost, kPodLost}},
      {ReasonClass::kBackPressure,
       {kOutputBusy, kUnschedulable, kQuotaExceeded}},
      {ReasonClass::kDeployment,
       {kImagePullFailed, kPodRejected, kInvalidConfig}}};
  size_t count = 0;
  for (const Row& row : rows) {
    count += row.reasons.size();
    for (Reason reason : row.reasons)
      EXPECT_EQ(ClassOf(reason), row.expected) << ReasonName(reason);
  }
  EXPECT_EQ(count, AllReasons().size());
}

TEST(Reason, ExitsAsTheDocumentationSays) {
  EXPECT_EQ(ExitCodeFor(Reason::kSucceeded), ExitCode::kOk);
  EXPECT_EQ(ExitCodeFor(Reason::kInvalidJob), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeFor(Reason::kNoAudioStream), ExitCode::kData);
  EXPECT_EQ(ExitCodeFor(Reason::kInputNotFound), ExitCode::kNoInput);
  EXPECT_EQ(ExitCodeFor(Reason::kStorageUnavailable), ExitCode::kUnavailable);
  EXPECT_EQ(ExitCodeFor(Reason::kInternal), ExitCode::kSoftware);
  EXPECT_EQ(ExitCodeFor(Reason::kInputChanged), ExitCode::kTemporary);
  EXPECT_EQ(ExitCodeFor(Reason::kInputAccessDenied), ExitCode::kNoPermission);
  EXPECT_EQ(ExitCodeFor(Reason::kInvalidConfig), ExitCode::kConfig);
  EXPECT_EQ(ExitCodeFor(Reason::kDeadlineExceeded), ExitCode::kStopped);
}

TEST(Reason, NeverExitsZeroOnAFailure) {
  for (Reason reason : AllReasons()) {
    bool failed = ClassOf(reason) != ReasonClass::kProgress;
    EXPECT_TRUE(!failed || ExitCodeFor(reason) != ExitCode::kOk)
        << ReasonName(reason);
  }
}

}  // namespace
}  // namespace vexaa::jobs
