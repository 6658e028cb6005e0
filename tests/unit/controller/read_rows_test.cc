#include "controller/read_rows.h"

#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

jobs::Job Row(uint64_t id, int attempt) {
  jobs::Job job;
  job.id = jobs::JobId(id);
  job.attempt = attempt;
  return job;
}

class ReadRowsTest : public testing::Test {
 protected:
  base::ManualClock clock_;
  ReadRows rows_{clock_};
};

TEST_F(ReadRowsTest, GivesEachRowOnceWithTheTimeItWasReadAt) {
  base::Duration before = clock_.Elapsed();
  clock_.Advance(10ms);
  rows_.Put({Row(1, 2), before});
  auto row = rows_.Take(jobs::JobId(1));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->job.attempt, 2);
  EXPECT_EQ(row->read_at, before);
  EXPECT_FALSE(rows_.Take(jobs::JobId(1)));
}

TEST_F(ReadRowsTest, KeepsTheNewerOfTwoReads) {
  rows_.Put({Row(1, 1), clock_.Elapsed()});
  rows_.Put({Row(1, 2), clock_.Elapsed()});
  EXPECT_EQ(rows_.Take(jobs::JobId(1))->job.attempt, 2);
}

TEST_F(ReadRowsTest, ARowThatWaitedLongIsToBeReadAgain) {
  rows_.Put({Row(1, 1), clock_.Elapsed()});
  clock_.Advance(2s);
  EXPECT_FALSE(rows_.Take(jobs::JobId(1)));
}

TEST_F(ReadRowsTest, ANewTermBeginsWithNone) {
  rows_.Put({Row(1, 1), clock_.Elapsed()});
  rows_.Clear();
  EXPECT_FALSE(rows_.Take(jobs::JobId(1)));
}

}  // namespace
}  // namespace vexaa::controller
