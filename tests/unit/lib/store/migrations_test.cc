#include "lib/store/migrations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <string>

#include "lib/store/migrator.h"

namespace vexaa::store {
namespace {

std::string Upper(std::string_view text) {
  // Comments may name what the SQL must not hold.
  std::string sql =
      std::regex_replace(std::string(text), std::regex("--[^\n]*"), "");
  std::transform(sql.begin(), sql.end(), sql.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  return sql;
}

TEST(Migrations, AreNumberedFromOneWithoutGaps) {
  int version = 0;
  for (const Migration& migration : EmbeddedMigrations())
    EXPECT_EQ(migration.version, ++version) << migration.name;
  EXPECT_GT(version, 0);
}

TEST(Migrations, NeedNoMoreThanTheOwnerOfOneSchemaHas) {
  std::regex forbidden(
      R"(\b(TRIGGER|FUNCTION|EVENT|ROLE|USER|GRANT|DELIMITER|DEFINER *=)\b)");
  for (const Migration& migration : EmbeddedMigrations())
    EXPECT_FALSE(std::regex_search(Upper(migration.up), forbidden))
        << migration.name;
}

// MD5 and SHA1 left MySQL in 9.6; the rest one of the two servers never had.
TEST(Migrations, UseOnlyWhatBothServersTake) {
  std::regex one_sided(
      R"(->|\b(RETURNING|UUID_TO_BIN|BIN_TO_UUID|FOR SHARE|MD5|SHA1|UCA1400|)"
      R"(0900|IF NOT EXISTS (ADD|DROP)|OR REPLACE (TABLE|PROCEDURE))\b)");
  for (const Migration& migration : EmbeddedMigrations())
    EXPECT_FALSE(std::regex_search(Upper(migration.up), one_sided))
        << migration.name;
}

TEST(Migrations, ADirtySchemaSaysWhatToDo) {
  base::Status status = CheckSchemaVersion({16, true}, 18);
  EXPECT_EQ(status.code(), base::Code::kFailedPrecondition);
  EXPECT_NE(status.message().find("SET version = 15, dirty = 0"),
            std::string::npos);
}

TEST(Migrations, AnOldSchemaNamesTheCommand) {
  EXPECT_TRUE(CheckSchemaVersion({18, false}, 18).ok());
  EXPECT_TRUE(CheckSchemaVersion({19, false}, 18).ok());
  base::Status status = CheckSchemaVersion({0, false}, 18);
  EXPECT_NE(status.message().find("vexaa-controller migrate"),
            std::string::npos);
}

}  // namespace
}  // namespace vexaa::store
