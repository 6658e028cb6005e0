#include "lib/store/job_rows.h"

#include <gtest/gtest.h>

#include "lib/base/time_text.h"

namespace vexaa::store {
namespace {

SqlRow ProfileRow(const char* codec, const char* bitrate) {
  SqlRow row;
  row.Add("mine");
  row.Add(codec);
  row.Add(bitrate);
  row.Add(std::nullopt);
  row.Add("1");
  row.Add(std::nullopt);  // quality
  row.Add("mka");
  row.Add("1");  // copy_if_fits
  return row;
}

SqlRow JobRow(const char* state, const char* reason) {
  SqlRow row;
  for (int column = 0; column < 33; ++column) {
    if (column == 10) {
      row.Add(state);
    } else if (column == 11) {
      row.Add(reason);
    } else if (column == 32) {
      row.Add("2026-11-21 07:30:00.000001");
    } else {
      row.Add(std::to_string(column));
    }
  }
  return row;
}

TEST(FitText, KeepsWhatFits) {
  EXPECT_EQ(FitText("grüße", 100), "grüße");
  EXPECT_EQ(FitText("", 0), "");
}

TEST(FitText, CutsBetweenCharacters) {
  EXPECT_EQ(FitText("grüße", 3), "gr");
  EXPECT_EQ(FitText("grüße", 4), "grü");
  EXPECT_EQ(FitText("a\xF0\x9F\x8E\xB5", 4), "a");
}

TEST(FitText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(FitText("a\xFF"
                    "b",
                    10),
            "a?b");
  EXPECT_EQ(FitText("\xC0\xAF", 10), "??");            // overlong
  EXPECT_EQ(FitText("\xED\xA0\x80", 10), "???");       // surrogate
  EXPECT_EQ(FitText("\xF4\x90\x80\x80", 10), "????");  // past U+10FFFF
  EXPECT_EQ(FitText("ab\xE2\x82", 10), "ab??");        // cut off
}

TEST(FitTail, KeepsTheEnd) {
  EXPECT_EQ(FitTail("one\ntwo\n", 4), "two\n");
  EXPECT_EQ(FitTail("grüße", 4), "ße" + std::string());
  EXPECT_EQ(FitTail("aü", 1), "");
}

TEST(ProfileFromRow, ReadsNullAsTheSourcesOwn) {
  auto profile = ProfileFromRow(ProfileRow("mp3", "64000"));
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->name, "mine");
  EXPECT_EQ(profile->bitrate, 64'000);
  EXPECT_EQ(profile->sample_rate, 0);
  EXPECT_EQ(profile->channels, 1);
  EXPECT_FALSE(profile->quality);
  EXPECT_EQ(profile->container, jobs::Container::kMka);
  EXPECT_TRUE(profile->copy_if_fits);
}

TEST(ProfileFromRow, LeavesOutWhatCannotBeMade) {
  EXPECT_FALSE(ProfileFromRow(ProfileRow("theora", "64000")));
  EXPECT_FALSE(ProfileFromRow(ProfileRow("mp3", "1")));
}

TEST(JobFromRow, PutsEachColumnInItsField) {
  auto job = JobFromRow(JobRow("running", "Running"));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->id, jobs::JobId(0));
  EXPECT_EQ(job->source_uri, "1");
  EXPECT_EQ(job->queue_name, "5");
  EXPECT_EQ(job->timeout_seconds, 8);
  EXPECT_TRUE(job->cancel_wanted);
  EXPECT_EQ(job->state, jobs::JobState::kRunning);
  EXPECT_EQ(job->attempt, 13);
  EXPECT_EQ(job->plan, "16");
  EXPECT_EQ(job->publisher, "19");
  EXPECT_EQ(job->traceparent, "28");
  EXPECT_EQ(job->cr_namespace, "29");
  EXPECT_EQ(job->cr_name, "30");
  EXPECT_EQ(job->cr_uid, "31");
  EXPECT_EQ(base::FormatRfc3339(job->as_of), "2026-11-21T07:30:00.000001Z");
}

TEST(JobFromRow, RefusesAStateItDoesNotKnow) {
  EXPECT_EQ(JobFromRow(JobRow("paused", "Running")).status().code(),
            base::Code::kInternal);
  EXPECT_EQ(JobFromRow(JobRow("running", "Bored")).status().code(),
            base::Code::kInternal);
}

}  // namespace
}  // namespace vexaa::store
