#include "lib/store/sql_error.h"

#include <gtest/gtest.h>

namespace vexaa::store {
namespace {

TEST(SqlError, RunsALostRaceAgain) {
  for (int number : {1213, 1205, 1020, 1180})
    EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kRetry) << number;
}

TEST(SqlError, ReconnectsWhenTheConnectionIsGone) {
  for (int number : {2006, 2013, 2055, 1927, 4031, 1053, 2003, 2030})
    EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kReconnect) << number;
}

TEST(SqlError, ResolvesTheWriterAgainWhenItIsReadOnly) {
  for (int number : {1290, 1792, 1836, 1047})
    EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kFailover) << number;
}

TEST(SqlError, SlowsDownWhenTheServerIsFull) {
  for (int number : {1040, 1203, 1226})
    EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kOverload) << number;
}

TEST(SqlError, KnowsTheConstraintErrorsOfBothServers) {
  EXPECT_EQ(ClassifySqlError(3819), SqlErrorClass::kRefused);
  EXPECT_EQ(ClassifySqlError(4025), SqlErrorClass::kRefused);
}

TEST(SqlError, OnlyTheFirstFourClassesAreWorthARepeat) {
  for (int number : {1213, 2013, 1290, 1040})
    EXPECT_TRUE(IsTransient(ClassifySqlError(number))) << number;
  for (int number : {0, 1062, 3819, 1045, 1146, 1064})
    EXPECT_FALSE(IsTransient(ClassifySqlError(number))) << number;
}

TEST(SqlError, CarriesTheNumberAsDetail) {
  base::Status status = SqlStatus(1213, "Deadlock found");
  EXPECT_EQ(status.code(), base::Code::kUnavailable);
  EXPECT_EQ(status.detail(), "1213");
  EXPECT_EQ(SqlErrorNumber(status), 1213);
  EXPECT_EQ(ClassOfStatus(status.WithContext("claim")), SqlErrorClass::kRetry);
}

TEST(SqlError, OtherStatusesHaveNoNumber) {
  base::Status status(base::Code::kAborted, "busy", "OutputBusy");
  EXPECT_EQ(SqlErrorNumber(status), 0);
  EXPECT_EQ(ClassOfStatus(status), SqlErrorClass::kOther);
  EXPECT_EQ(ClassOfStatus(base::Status::Ok()), SqlErrorClass::kNone);
}

}  // namespace
}  // namespace vexaa::store
