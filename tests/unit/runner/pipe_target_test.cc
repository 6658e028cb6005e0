#include "runner/pipe_target.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "lib/base/digest.h"
#include "lib/base/unique_fd.h"
#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

class PipeTargetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as in the program
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    reader_ = base::UniqueFd(ends[0]);
    writer_ = base::UniqueFd(ends[1]);
  }

  std::string ReadAll() {
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(reader_.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<size_t>(n));
    return text;
  }

  base::UniqueFd reader_, writer_;
};

TEST_F(PipeTargetTest, PassesEverythingOnInOrder) {
  PipeTarget target(writer_.get());
  ASSERT_TRUE(target.Open("", 0, {}).ok());
  EXPECT_EQ(target.sink().head_bytes(), 0u);
  const std::string big(300'000, 'x');
  std::string read;
  std::jthread reader([&] { read = ReadAll(); });
  EXPECT_TRUE(target.sink().Write(base::AsBytes("head")).ok());
  EXPECT_TRUE(target.sink().Write(base::AsBytes(big)).ok());
  EXPECT_TRUE(target.sink().Finish({}).ok());
  writer_.Reset();
  reader.join();
  EXPECT_EQ(read, "head" + big);
  jobs::OutputResult result;
  EXPECT_TRUE(target.Seal(result).ok());
  EXPECT_EQ(result.crc32, base::Hex32(base::Crc32(base::AsBytes(read))));
  EXPECT_EQ(target.open_upload(), "");
}

TEST_F(PipeTargetTest, SaysWhenTheReaderHasGone) {
  PipeTarget target(writer_.get());
  ASSERT_TRUE(target.Open("", 0, {}).ok());
  reader_.Reset();
  base::Status written = target.sink().Write(base::AsBytes("x"));
  EXPECT_EQ(jobs::ReasonOf(written), jobs::Reason::kStorageUnavailable);
  EXPECT_NE(written.message().find("reader has gone"), std::string::npos);
}

TEST_F(PipeTargetTest, StopsWhileNobodyReads) {
  PipeTarget target(writer_.get());
  std::stop_source stop;
  ASSERT_TRUE(target.Open("", 0, stop.get_token()).ok());
  const std::string big(1 << 20, 'x');
  base::Status written;
  std::jthread writer(
      [&] { written = target.sink().Write(base::AsBytes(big)); });
  stop.request_stop();
  writer.join();
  EXPECT_EQ(written.code(), base::Code::kCancelled);
}

}  // namespace
}  // namespace vexaa::runner
