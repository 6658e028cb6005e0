#include "runner/media/sink_io.h"

#include <gtest/gtest.h>

#include <string_view>

#include "lib/jobs/reason.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::media {
namespace {

void Put(SinkIo& io, std::string_view text) {
  avio_write(io.context(), reinterpret_cast<const unsigned char*>(text.data()),
             static_cast<int>(text.size()));
  avio_flush(io.context());
}

std::string FileOf(SinkIo& io, MemorySink& sink) {
  EXPECT_TRUE(sink.Finish(io.head()).ok());
  auto file = sink.File();
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

TEST(SinkIo, GivesTheHeadLastAndTheRestInOrder) {
  MemorySink sink(4);
  SinkIo io(sink);
  Put(io, "abc");
  Put(io, "defg");
  EXPECT_EQ(io.size(), 7u);
  EXPECT_EQ(FileOf(io, sink), "abcdefg");
}

TEST(SinkIo, PatchesInsideTheHeadAndGoesOnAtTheEnd) {
  MemorySink sink(4);
  SinkIo io(sink);
  Put(io, "abcdefg");
  EXPECT_EQ(avio_seek(io.context(), 1, SEEK_SET), 1);
  Put(io, "XY");
  EXPECT_EQ(avio_seek(io.context(), 7, SEEK_SET), 7);
  Put(io, "h");
  EXPECT_TRUE(io.status().ok()) << io.status();
  EXPECT_EQ(FileOf(io, sink), "aXYdefgh");
}

TEST(SinkIo, RecordsASeekBehindTheHead) {
  MemorySink sink(4);
  SinkIo io(sink);
  Put(io, "abcdefg");
  EXPECT_LT(avio_seek(io.context(), 5, SEEK_SET), 0);
  EXPECT_EQ(jobs::ReasonOf(io.status()), jobs::Reason::kInternal);
}

TEST(SinkIo, RecordsAPatchThatRunsOutOfTheHead) {
  MemorySink sink(4);
  SinkIo io(sink);
  Put(io, "abcdefg");
  EXPECT_EQ(avio_seek(io.context(), 2, SEEK_SET), 2);
  Put(io, "WXYZ");
  EXPECT_EQ(jobs::ReasonOf(io.status()), jobs::Reason::kInternal);
}

TEST(SinkIo, CannotSeekInAPipe) {
  MemorySink sink(0);
  SinkIo io(sink);
  EXPECT_EQ(io.context()->seekable, 0);
}

TEST(SinkIo, KeepsTheSinksError) {
  MemorySink sink(4);
  sink.fail_at = 2;
  SinkIo io(sink);
  Put(io, "abcdefgh");
  EXPECT_EQ(io.status().code(), base::Code::kUnavailable);
}

}  // namespace
}  // namespace vexaa::media
