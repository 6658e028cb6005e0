#include "lib/objects/output_identity.h"

#include <gtest/gtest.h>

#include <optional>

#include "lib/jobs/reason.h"

namespace vexaa::objects {
namespace {

constexpr char kSource[] = "s3://videos/talk.mp4";

ObjectInfo ObjectOf(const char* token, const char* settings = "digest",
                    const char* source = kSource) {
  ObjectInfo info;
  info.metadata = MetadataOf(IdentityOf(token, source, "mp3-128k", settings));
  return info;
}

bool Allows(Overwrite mode, const ObjectInfo& existing,
            const char* token = "12.2.abc") {
  base::Status free = CheckExisting(
      std::optional(existing), IdentityOf(token, kSource, "mp3-128k", "digest"),
      mode, "s3://audio/talk.mp3");
  EXPECT_TRUE(free.ok() || jobs::ReasonOf(free) == jobs::Reason::kOutputExists);
  return free.ok();
}

TEST(OutputIdentity, LetsAJobReplaceWhatItsOwnEarlierAttemptPublished) {
  for (Overwrite mode : {Overwrite::kNothing, Overwrite::kOwnResults}) {
    EXPECT_TRUE(Allows(mode, ObjectOf("12.2.abc")));
    EXPECT_TRUE(Allows(mode, ObjectOf("12.1.xyz")));
  }
}

TEST(OutputIdentity, TakesNoOtherJobsResultForThat) {
  EXPECT_FALSE(Allows(Overwrite::kNothing, ObjectOf("13.1.xyz")));
  EXPECT_FALSE(Allows(Overwrite::kNothing, ObjectOf("1.1.xyz")));
  EXPECT_FALSE(Allows(Overwrite::kNothing, ObjectOf("12.1.xyz", "other")));
  EXPECT_FALSE(Allows(Overwrite::kNothing,
                      ObjectOf("12.1.xyz", "digest", "s3://videos/b.mp4")));
  EXPECT_FALSE(Allows(Overwrite::kNothing, ObjectOf("")));
  EXPECT_FALSE(Allows(Overwrite::kNothing, ObjectInfo{}));
}

// "hand" is no job.
TEST(OutputIdentity, KnowsNoAttemptsOfRunsByHand) {
  EXPECT_FALSE(Allows(Overwrite::kNothing, ObjectOf("hand.1234"), "hand.5678"));
}

}  // namespace
}  // namespace vexaa::objects
