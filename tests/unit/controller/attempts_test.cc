#include "controller/attempts.h"

#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

jobs::Job LiveJob() {
  jobs::Job job;
  job.id = jobs::JobId(7);
  job.attempt = 2;
  job.claim_nonce = "abcd";
  return job;
}

TEST(Attempts, FindsTheAttemptOfALiveToken) {
  Attempts attempts;
  attempts.Note(LiveJob());
  EXPECT_EQ(attempts.FindToken("7.2.abcd"), LiveJob().attempt_id());
}

TEST(Attempts, RefusesTokensOfOtherNoncesAttemptsAndShapes) {
  Attempts attempts;
  attempts.Note(LiveJob());
  for (const char* token : {"7.2.abce", "7.1.abcd", "8.2.abcd", "7.2.", "7.2",
                            "", ".", "x.y.z", "7..abcd"})
    EXPECT_EQ(attempts.FindToken(token), std::nullopt) << token;
}

TEST(Attempts, ForgetsWhatIsOver) {
  Attempts attempts;
  attempts.Note(LiveJob());
  attempts.NoteCreated(LiveJob().attempt_id());
  attempts.Forget(LiveJob().attempt_id());
  EXPECT_EQ(attempts.size(), 0u);
  EXPECT_EQ(attempts.Find(LiveJob().attempt_id()).pods_created, 0);
  EXPECT_EQ(attempts.FindToken("7.2.abcd"), std::nullopt);
}

}  // namespace
}  // namespace vexaa::controller
