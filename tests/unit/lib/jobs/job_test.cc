#include "lib/jobs/job.h"

#include <gtest/gtest.h>

#include <limits>

namespace vexaa::jobs {
namespace {

TEST(Job, NamesItsPodsByIdAndAttempt) {
  EXPECT_EQ(PodNameFor({JobId(42), 3}), "vexaa-job-42-3");
  EXPECT_EQ(PodNameFor({JobId(std::numeric_limits<uint64_t>::max()), 1}),
            "vexaa-job-18446744073709551615-1");
}

TEST(Job, FindsItsAttemptInAPodsName) {
  AttemptId attempt{JobId(42), 3};
  EXPECT_EQ(ParsePodName(PodNameFor(attempt)), attempt);
}

TEST(Job, TakesNoOtherNameForAPodOfOurs) {
  for (const char* name :
       {"", "vexaa-job-", "vexaa-job-1", "vexaa-job-1-", "vexaa-job--1",
        "vexaa-job-1-0", "vexaa-job-1--1", "vexaa-job-01-1", "vexaa-job-1-01",
        "vexaa-job-1-1-1", "vexaa-job-+1-1", "vexaa-job-1-1 ", "Vexaa-job-1-1",
        "vexaa-job-18446744073709551616-1", "vexaa-job-1-2147483648",
        "vexaa-job-../1-1", "job-1-1"})
    EXPECT_FALSE(ParsePodName(name)) << name;
}

TEST(Job, ProvesItsAttemptByAToken) {
  Job job;
  job.id = JobId(42);
  job.attempt = 3;
  job.claim_nonce = "00ff";
  EXPECT_EQ(AttemptToken(job), "42.3.00ff");
  EXPECT_EQ(job.attempt_id(), (AttemptId{JobId(42), 3}));
}

}  // namespace
}  // namespace vexaa::jobs
