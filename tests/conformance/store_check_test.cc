// The SELECT of db/examples.sql that lists the rows an INSERT would refuse:
// what it says beside what the servers say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/store_examples.h"

namespace vexaa::store {
namespace {

using testing::HasSubstr;

constexpr const char* kColumns[] = {
    "source_uri",      "output_uri",      "profile",  "options",
    "queue_name",      "batch",           "priority", "max_attempts",
    "timeout_seconds", "idempotency_key", "labels",   "run_at",
    "desired_state",   "traceparent"};
// The columns of one job, as SQL literals in the order of kColumns.
using RowValues = std::vector<std::string>;

class CheckTest : public ExamplesTest {
 protected:
  // What the SELECT of "check" says of these rows in the place of its own.
  std::string CheckOf(const std::vector<RowValues>& rows) {
    std::string text = examples_.at("check")[0];
    size_t begin = text.find("/* your rows */");
    size_t end = text.find("/* end of your rows */");
    EXPECT_NE(end, std::string::npos);
    std::string selects;
    for (const RowValues& row : rows) {
      selects += selects.empty() ? "SELECT " : " UNION ALL SELECT ";
      for (size_t i = 0; i < row.size(); ++i)
        selects += (i == 0 ? "" : ", ") + row[i] + " AS " + kColumns[i];
    }
    text.replace(begin, end - begin, selects);
    auto found = user_->Query(text);
    EXPECT_TRUE(found.ok()) << found.status();
    std::string said;
    if (!found.ok()) return said;
    for (const SqlRow& row : *found)
      said += (said.empty() ? "" : "; ") + row.Text(1);
    return said;
  }
  static std::string InsertOf(const std::vector<RowValues>& rows) {
    std::string names, values;
    for (const char* name : kColumns)
      names += std::string(names.empty() ? "" : ", ") + name;
    for (const RowValues& row : rows) {
      values += values.empty() ? "(" : ", (";
      for (size_t i = 0; i < row.size(); ++i)
        values += (i == 0 ? "" : ", ") + row[i];
      values += ")";
    }
    return "INSERT INTO jobs (" + names + ") VALUES " + values;
  }
  // The check's words for these rows must be those of their INSERT, and it
  // must be silent where the INSERT is taken.
  void ExpectTheSame(const std::vector<RowValues>& rows) {
    std::string said = CheckOf(rows);
    base::Status inserted = user_->Run(InsertOf(rows));
    EXPECT_EQ(inserted.ok(), said.empty()) << InsertOf(rows) << "\n"
                                           << inserted << "\n"
                                           << said;
    if (!said.empty() && said.find(' ') == std::string::npos) {
      EXPECT_THAT(inserted.message(), HasSubstr(said)) << InsertOf(rows);
    }
    MustRun(*root_,
            "DELETE FROM jobs WHERE idempotency_key <> 'taken' OR "
            "idempotency_key IS NULL");
  }
};

// What the SELECT says of a row, beside what the server says of its INSERT.
TEST_P(CheckTest, TheCheckRefusesWhatAnInsertRefuses) {
  Insert("source_uri, idempotency_key", "('s3://a/b', 'taken')");
  const std::string long_text = "REPEAT('k', 3000)";
  const std::vector<std::string> good = {
      "'s3://a/b'", "'s3://a/c'",   "'wav'", "'{}'",
      "'default'",  "'b'",          "-5",    "100",
      "1",          "'k1'",         "'{}'",  "'2030-01-02'",
      "'run'",      "'00-ab-cd-01'"};
  struct Change {
    size_t column;
    std::string value;
  };
  const std::vector<Change> changes = {
      {0, "NULL"},
      {0, "'talk.mp4'"},
      {0, "'S3://a/b'"},
      {0, "'s3://b'"},
      {0, "CONCAT('s3://a/', " + long_text + ")"},
      {1, "'x.mp3'"},
      {1, "'s3://a/b'"},
      {1, long_text},
      {2, "'Wav'"},
      {2, "''"},
      {2, "NULL"},
      {3, "'{bad'"},
      {3, "'[1]'"},
      {4, "'No Such'"},
      {4, "NULL"},
      {4, long_text},
      {5, "''"},
      {5, long_text},
      {6, "99999"},
      {6, "NULL"},
      {7, "0"},
      {7, "101"},
      {8, "0"},
      {8, "604801"},
      {9, "''"},
      {9, "'taken'"},
      {9, long_text},
      {10, "'\"text\"'"},
      {10, "'{'"},
      {0, "'file:///a'"},
      {1, "NULL"},
      {3, "NULL"},
      {5, "NULL"},
      {9, "NULL"},
      {10, "NULL"},
      {11, "'2040-01-01 00:00:00'"},
      {11, "TIMESTAMP '2038-01-19 03:14:08'"},
      {11, "'2038-01-19 03:14:07'"},
      {11, "CURRENT_TIMESTAMP(6) + INTERVAL 1 HOUR"},
      {11, "CURRENT_TIMESTAMP(6) + INTERVAL 30 YEAR"},
      {11, "'1970-01-01 00:00:00'"},
      {11, "'1970-01-01 00:00:01'"},
      {11, "'0000-00-00'"},
      {11, "'2027-02-30'"},
      {11, "'tomorrow'"},
      {11, "''"},
      {11, "'2027-01-02T03:04:05'"},
      {11, "'2027-01-02T03:04:05Z'"},
      {11, "NULL"},
      {12, "'cancelled'"},
      {12, "'Run'"},
      {12, "'stop'"},
      {12, "''"},
      {12, "NULL"},
      {12, long_text},
      {13, long_text},
      {13, "REPEAT('0', 255)"},
      {13, "REPEAT('0', 256)"},
      {13, "_utf8mb4 X'C3BC'"},
      {13, "NULL"},
  };
  for (const Change& change : changes) {
    std::vector<std::string> row = good;
    row[change.column] = change.value;
    ExpectTheSame({row});
  }
}

TEST_P(CheckTest, TheCheckListsAllButOneOfAKey) {
  const RowValues first = {"'s3://a/1'", "NULL", "'wav'", "NULL", "'default'",
                           "NULL",       "0",    "5",     "60",   "'k'",
                           "NULL",       "NULL", "'run'", "NULL"};
  auto with_key = [&](const char* key) {
    RowValues row = first;
    row[9] = key;
    return row;
  };
  ExpectTheSame({first, with_key("'K'"), with_key("'l'")});
  ExpectTheSame({with_key("NULL"), with_key("NULL")});
  ExpectTheSame({first, with_key("'l'"), with_key("'k '")});
  ExpectTheSame({first, with_key("'l'"), first, first});
  EXPECT_EQ(CheckOf({first, with_key("'l'"), first, first}),
            "another of your rows has this idempotency_key; "
            "another of your rows has this idempotency_key");
}

TEST_P(CheckTest, TheCheckWarnsOfNamesThatNobodyMade) {
  std::vector<std::string> row = {
      "'s3://a/b'", "NULL", "'wav'", "NULL", "'nobody'", "NULL",  "0",
      "5",          "60",   "NULL",  "NULL", "NULL",     "'run'", "NULL"};
  EXPECT_THAT(CheckOf({row}), HasSubstr("no such queue"));
  row[2] = "'nothing'";
  EXPECT_THAT(CheckOf({row}), HasSubstr("no such profile"));
}

INSTANTIATE_TEST_SUITE_P(, CheckTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         [](const auto& info) {
                           return ServerName(info.param);
                         });

}  // namespace
}  // namespace vexaa::store
