#include "runner/formats.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "lib/jobs/profile.h"

namespace vexaa::runner {
namespace {

TEST(Formats, AreDocumentedAsTheCodeHasThem) {
  std::ifstream file(VEXAA_DOCS "/formats.md");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, FormatsMarkdown())
      << "make it anew: vexaa-runner formats --markdown > docs/formats.md";
}

TEST(Formats, NameEveryCodecAndProfile) {
  for (jobs::Codec codec : jobs::AllCodecs())
    EXPECT_NE(FormatsText().find("\n" + std::string(jobs::CodecName(codec))),
              std::string::npos)
        << jobs::CodecName(codec);
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    EXPECT_NE(FormatsText().find("\n" + profile.name), std::string::npos)
        << profile.name;
}

TEST(Formats, TellWhatAnHourTakes) {
  const std::string text = FormatsMarkdown();
  for (const char* row :
       {"| mp3-128k | mp3 | .mp3 | 128 | 44.1 | 2 | 58 |",
        "| speech-16k | pcm_s16le | .wav | - | 16 | 1 | 115 |",
        "| wav | pcm_s16le | .wav | - | the source's | the source's | 635 |"})
    EXPECT_NE(text.find(row), std::string::npos) << row;
}

}  // namespace
}  // namespace vexaa::runner
