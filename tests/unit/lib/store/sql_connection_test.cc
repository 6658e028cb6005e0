#include "lib/store/sql_connection.h"

#include <gtest/gtest.h>

#include "lib/store/job_sql.h"

namespace vexaa::store {
namespace {

TEST(SqlRow, ReadsNullAsNothing) {
  SqlRow row;
  row.Add(std::nullopt);
  EXPECT_TRUE(row.IsNull(0));
  EXPECT_EQ(row.Text(0), "");
  EXPECT_EQ(row.Int(0), 0);
  EXPECT_FALSE(row.Time(0));
}

TEST(SqlRow, ReadsNumbersOfFullWidth) {
  SqlRow row;
  row.Add("18446744073709551615");
  row.Add("-9223372036854775808");
  EXPECT_EQ(row.Uint(0), UINT64_MAX);
  EXPECT_EQ(row.Int(1), INT64_MIN);
}

TEST(SqlRow, ATimeSurvivesTheWayToTheServerAndBack) {
  base::Time time(std::chrono::microseconds(1'795'240'655'123'456));
  SqlParam sent = ToParam(time);
  SqlRow row;
  row.Add(std::get<std::string>(sent));
  EXPECT_EQ(std::get<std::string>(sent).find_first_of("TZ"), std::string::npos);
  EXPECT_EQ(row.Time(0), time);
}

TEST(SqlParams, AnEmptyTextIsNull) {
  EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(TextOrNull("")));
  EXPECT_EQ(std::get<std::string>(TextOrNull("x")), "x");
  EXPECT_TRUE(
      std::holds_alternative<std::nullptr_t>(ToParam(std::optional<int>())));
}

TEST(SqlText, AListHasOneMarkForEachItem) {
  EXPECT_EQ(sql::WithList("id IN (%s) LIMIT 1", 3), "id IN (?, ?, ?) LIMIT 1");
  EXPECT_EQ(sql::WithList("id IN (%s)", 1), "id IN (?)");
}

TEST(TlsMode, HasANameForEachMode) {
  EXPECT_EQ(ParseTlsMode("verify-full"), TlsMode::kVerifyFull);
  EXPECT_EQ(ParseTlsMode("verify-ca"), TlsMode::kVerifyCa);
  EXPECT_EQ(ParseTlsMode("off"), TlsMode::kOff);
  EXPECT_EQ(ParseTlsMode("required"), std::nullopt);
}

TEST(SqlConnection, RefusesTlsWithoutACaFile) {
  SqlOptions options;
  auto opened = SqlConnection::Open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), base::Code::kInvalidArgument);
  EXPECT_NE(opened.status().message().find("database.caFile"),
            std::string::npos);
}

TEST(SqlConnection, NamesTheServerItCannotReach) {
  SqlOptions options;
  options.tls = TlsMode::kOff;
  options.port = 1;
  options.user = "vexaa";
  options.password = "a-secret";
  options.database = "jobs";
  auto opened = SqlConnection::Open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), base::Code::kUnavailable);
  EXPECT_NE(opened.status().message().find("vexaa@127.0.0.1:1/jobs"),
            std::string::npos);
  EXPECT_EQ(opened.status().message().find("a-secret"), std::string::npos);
}

}  // namespace
}  // namespace vexaa::store
