#include "lib/base/status.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>

namespace vexaa::base {
namespace {

Result<std::unique_ptr<int>> Halved(int number) {
  if (number % 2 != 0) return Status(Code::kInvalidArgument, "is odd");
  return std::make_unique<int>(number / 2);
}

Result<int> Quartered(int number) {
  ASSIGN_OR_RETURN(std::unique_ptr<int> half, Halved(number));
  ASSIGN_OR_RETURN(auto quarter, Halved(*half));
  return *quarter;
}

Status CanBeQuartered(int number) {
  RETURN_IF_ERROR(Quartered(number).status());
  return Status::Ok();
}

TEST(Status, IsOkWithoutAMessageAtFirst) {
  Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.ToString(), "OK");
}

TEST(Status, TellsCodeDetailAndMessage) {
  Status status(Code::kNotFound, "no such object", "NoSuchKey");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.ToString(), "NOT_FOUND(NoSuchKey): no such object");
  EXPECT_EQ(Status(Code::kInternal, "").ToString(), "INTERNAL");
  std::ostringstream out;
  out << status;
  EXPECT_EQ(out.str(), status.ToString());
}

TEST(Status, TakesContextAndKeepsTheRest) {
  Status status =
      Status(Code::kUnavailable, "timed out", "SlowDown").WithContext("put");
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.detail(), "SlowDown");
  EXPECT_EQ(status.message(), "put: timed out");
  EXPECT_TRUE(Status::Ok().WithContext("put").ok());
  EXPECT_EQ(Status::Ok().WithContext("put").message(), "");
}

TEST(Status, NamesEveryCodeDifferently) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code)
    names.insert(CodeName(static_cast<Code>(code)));
  EXPECT_EQ(names.size(), static_cast<size_t>(Code::kInternal) + 1);
}

TEST(Result, HoldsAValueOrTheReasonWhyNot) {
  Result<std::unique_ptr<int>> good = Halved(8);
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(good.status().ok());
  EXPECT_EQ(**good, 4);
  EXPECT_EQ(Halved(7).status().message(), "is odd");
}

TEST(Result, GivesItsValueAway) {
  std::unique_ptr<int> half = Halved(8).value();
  EXPECT_EQ(*half, 4);
}

TEST(Result, PassesErrorsUpThroughTheMacros) {
  EXPECT_EQ(*Quartered(12), 3);
  EXPECT_EQ(Quartered(6).status().message(), "is odd");
  EXPECT_TRUE(CanBeQuartered(4).ok());
  EXPECT_EQ(CanBeQuartered(5).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace vexaa::base
