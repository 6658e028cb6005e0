#include "controller/local/attempt_record.h"

#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

base::Time At(int64_t micros) { return base::Time(base::Duration(micros)); }

TEST(AttemptRecord, ReadsBackWhatItWrote) {
  AttemptRecord record{.name = "vexaa-job-7-1",
                       .uid = "u",
                       .boot_id = "b",
                       .labels = {{"vexaa.io/claim", "abc"}, {"odd", "\"\n"}},
                       .created_at = At(1'795'239'575'123'456),
                       .timeout_seconds = 3600};
  auto parsed = ParseRecord(FormatRecord(record));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, record);
}

TEST(AttemptRecord, RefusesDamage) {
  std::string text = FormatRecord({});
  for (size_t size = 0; size + 2 < text.size(); ++size)
    EXPECT_FALSE(ParseRecord(text.substr(0, size)).ok()) << size;
  EXPECT_FALSE(ParseRecord("[]").ok());
  EXPECT_FALSE(ParseRecord(R"({"name": 1})").ok());
}

TEST(AttemptRecord, ReadsBackAnExit) {
  ExitStatus exit{.code = 139, .signal = 11, .finished_at = At(5)};
  EXPECT_EQ(*ParseExit(FormatExit(exit)), exit);
  EXPECT_FALSE(ParseExit("{}").ok());
  EXPECT_FALSE(ParseExit("").ok());
}

TEST(AttemptRecord, FindsPidAndStartTimeInAProcStat) {
  auto id = ParseProcStat(
      "4711 (vexaa-runner) S 1 4711 4711 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 3 "
      "0 987654 1000 200 18446744073709551615\n");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->pid, 4711);
  EXPECT_EQ(id->start_time, 987654u);
}

TEST(AttemptRecord, IsNotFooledByAProcessName) {
  auto id = ParseProcStat(
      "12 (a) S 1 (b) R 1 12 12 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->start_time, 77u);
}

TEST(AttemptRecord, RefusesWhatIsNoProcStat) {
  for (const char* text :
       {"", "12", "12 (x", "12 (x)", "12 (x) S 1 2", "x (x) S 1", "-3 (x) S 1",
        "12 (x) S 1 12 12 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77"})
    EXPECT_FALSE(ParseProcStat(text)) << text;
}

}  // namespace
}  // namespace vexaa::controller
