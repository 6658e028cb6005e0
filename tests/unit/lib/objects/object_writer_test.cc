#include "lib/objects/object_writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "lib/base/digest.h"
#include "tests/fakes/fake_object_store.h"

namespace vexaa::objects {
namespace {

using base::AsBytes;
using base::Code;
using base::Status;

constexpr uint64_t kPart = 1000;

std::string Pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 % 251);
  return text;
}

class ObjectWriterTest : public ::testing::Test {
 protected:
  void SetUp() override { upload_id_ = *store_.Stage(path_, {}, {}); }

  std::unique_ptr<ObjectWriter> Make() {
    return std::make_unique<ObjectWriter>(
        store_, path_, upload_id_,
        WriterOptions{.part_bytes = kPart, .uploaders = 2}, stop_.get_token());
  }

  // Everything after the head in pieces of 300 bytes, then the head.
  Status Write(ObjectWriter& writer, std::string_view content) {
    std::string_view head = content.substr(0, kPart);
    std::string_view rest = content.substr(head.size());
    while (!rest.empty()) {
      std::string_view piece = rest.substr(0, 300);
      rest.remove_prefix(piece.size());
      RETURN_IF_ERROR(writer.Append(AsBytes(piece)));
    }
    return writer.FinishWithHead(AsBytes(head));
  }

  FakeObjectStore store_;
  const ObjectPath path_{"b", "talk.mp3"};
  std::string upload_id_;
  std::stop_source stop_;
};

TEST_F(ObjectWriterTest, StoresPartsAndTheirSums) {
  for (size_t size : {0, 1, 999, 1000, 1001, 2000, 2001, 12'345}) {
    SCOPED_TRACE(size);
    SetUp();
    std::string content = Pattern(size);
    auto writer = Make();
    Status status = Write(*writer, content);
    ASSERT_TRUE(status.ok()) << status;
    auto written = writer->Seal();
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_EQ(written->staged.size_bytes, size);
    EXPECT_EQ(written->staged.part_count,
              size <= kPart ? 1 : (size + 999) / 1000);
    EXPECT_EQ(written->crc32, base::Hex32(base::Crc32(AsBytes(content))));
    ASSERT_TRUE(store_.Complete(path_, upload_id_, written->staged, {}).ok());
    EXPECT_EQ(store_.Get(path_), content);
  }
}

TEST_F(ObjectWriterTest, StoresTwoPartsAtATime) {
  std::latch two(2);
  std::atomic<int> calls = 0, together = 0;
  store_.OnCall([&](Verb verb, const ObjectPath&) {
    if (verb != Verb::kPutPart || ++calls > 2) return;
    two.arrive_and_wait();  // only done when both are under way
    ++together;
  });
  auto writer = Make();
  Status status = Write(*writer, Pattern(5000));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(together, 2);
}

TEST_F(ObjectWriterTest, SumsThePartsInOrder) {
  std::string content = Pattern(2500);
  auto writer = Make();
  ASSERT_TRUE(Write(*writer, content).ok());
  base::Sha256Stream sums;
  for (size_t at : {0, 1000, 2000}) {
    sums.Add(base::Sha256(AsBytes(std::string_view(content).substr(at, 1000))));
  }
  EXPECT_EQ(writer->Seal()->sha256_parts, base::Hex(sums.Finish()));
}

TEST_F(ObjectWriterTest, RefusesAHeadThatIsNotTheFirstPart) {
  auto writer = Make();
  ASSERT_TRUE(writer->Append(AsBytes("more")).ok());
  EXPECT_EQ(writer->FinishWithHead(AsBytes("short")).code(), Code::kInternal);
}

TEST_F(ObjectWriterTest, ReturnsTheErrorOfAPart) {
  store_.Fail(Verb::kPutPart, Status(Code::kUnavailable, "down", "SlowDown"));
  auto writer = Make();
  Status status = Write(*writer, Pattern(20'000));
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.detail(), "SlowDown");
}

TEST_F(ObjectWriterTest, EndsWhenStopped) {
  store_.OnCall([&](Verb verb, const ObjectPath&) {
    if (verb == Verb::kPutPart) stop_.request_stop();
  });
  auto writer = Make();
  EXPECT_EQ(Write(*writer, Pattern(20'000)).code(), Code::kCancelled);
}

TEST_F(ObjectWriterTest, RemovesTheUploadOnAbort) {
  auto writer = Make();
  ASSERT_TRUE(writer->Append(AsBytes(Pattern(3000))).ok());
  ASSERT_TRUE(writer->Abort({}).ok());
  EXPECT_EQ(store_.open_upload_count(), 0u);
}

TEST_F(ObjectWriterTest, RefusesMorePartsThanAnObjectMayHave) {
  auto writer = std::make_unique<ObjectWriter>(
      store_, path_, upload_id_, WriterOptions{.part_bytes = 1, .uploaders = 2},
      std::stop_token());
  std::string most(9'999, 'x');
  ASSERT_TRUE(writer->Append(AsBytes(most)).ok());
  Status status = writer->Append(AsBytes("x"));
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_EQ(status.detail(), "TooManyParts");
}

TEST(PartBytes, GrowWithTheExpectedSize) {
  EXPECT_EQ(ChoosePartBytes(0), 8u << 20);
  EXPECT_EQ(ChoosePartBytes(uint64_t{100} << 30), 16u << 20);
}

}  // namespace
}  // namespace vexaa::objects
