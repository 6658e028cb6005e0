// What only a real S3 server can judge: signatures of odd keys, and whole
// objects through the writer and the reader.
#include <gtest/gtest.h>

#include <random>

#include "lib/base/digest.h"
#include "lib/objects/object_reader.h"
#include "lib/objects/object_writer.h"
#include "tests/conformance/object_store_s3_bench.h"

namespace vexaa::objects {
namespace {

using base::Code;

class RealS3 : public ::testing::Test {
 protected:
  void SetUp() override {
    bench_ = S3Bench::Make();
    if (!bench_) {
      GTEST_SKIP()
          << "VEXAA_TEST_S3_ENDPOINT is not set: ./dev test starts one";
    }
  }
  ObjectStore& store() { return bench_->store(); }

  std::unique_ptr<S3Bench> bench_;
  std::minstd_rand random_{42};
  base::SystemClock clock_;
};

// Text of any length up to 1,024 bytes out of what breaks signers.
std::string OddKey(std::minstd_rand& random) {
  static const std::vector<std::string> kPieces = {" ",
                                                   "+",
                                                   "=",
                                                   "@",
                                                   ":",
                                                   "'",
                                                   "(",
                                                   ")",
                                                   "&",
                                                   "#",
                                                   "%",
                                                   "a",
                                                   "/",
                                                   "~",
                                                   "?",
                                                   ";",
                                                   "%2F",
                                                   "%zz",
                                                   "*",
                                                   "!",
                                                   "$",
                                                   ",",
                                                   "B",
                                                   "0",
                                                   "|",
                                                   "\"",
                                                   "\\",
                                                   "\xC3\xA4",
                                                   "\xE6\x97\xA5",
                                                   "<",
                                                   "[",
                                                   "^",
                                                   "`"};
  std::string key = "k";
  size_t size = 1 + random() % (random() % 8 == 0 ? 1023 : 40);
  while (key.size() < size) key += kPieces[random() % kPieces.size()];
  while (key.size() > 1024) key.pop_back();
  return key;
}

// A wrong signature is 403, a right one for a missing object 404.
TEST_F(RealS3, AcceptsTheSignatureOfAnyKey) {
  for (int i = 0; i < 1000; ++i) {
    std::string key = OddKey(random_);
    if (!CheckKey(key).ok()) continue;
    auto info = store().Head(bench_->Path(key), {});
    ASSERT_EQ(info.status().code(), Code::kNotFound)
        << "key \"" << key << "\": " << info.status();
  }
}

TEST_F(RealS3, AcceptsTheSignatureOfAnyUploadId) {
  for (int i = 0; i < 100; ++i) {
    std::string id = OddKey(random_);
    auto staged = store().Inspect(bench_->Path("k"), id, {});
    ASSERT_EQ(staged.status().code(), Code::kNotFound)
        << "upload id \"" << id << "\": " << staged.status();
  }
}

TEST_F(RealS3, RefusesAWrongSecret) {
  base::SystemClock clock;
  http::CurlTransport transport({});
  StaticCredentials wrong({"vexaa-nobody", "wrong", ""});
  S3Options options;
  options.endpoint = std::getenv("VEXAA_TEST_S3_ENDPOINT");
  options.buckets = {bench_->bucket()};
  auto store = S3Store::Create(options, transport, wrong, clock);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->Head(bench_->Path("k"), {}).status().code(),
            Code::kPermissionDenied);
}

TEST_F(RealS3, CarriesAnObjectThroughWriterAndReader) {
  std::string content(13'000'000, '\0');
  for (char& c : content) c = static_cast<char>(random_() >> 8);
  ObjectPath path = bench_->Path("whole");
  std::string id = *store().Stage(path, {}, {});
  ObjectWriter writer(store(), path, id, {.part_bytes = 5 << 20}, {});
  auto bytes = base::AsBytes(content);
  ASSERT_TRUE(writer.Append(bytes.subspan(5 << 20)).ok());
  ASSERT_TRUE(writer.FinishWithHead(bytes.first(5 << 20)).ok());
  auto written = writer.Seal();
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->staged.part_count, 3);
  EXPECT_EQ(written->crc32, base::Hex32(base::Crc32(bytes)));
  ASSERT_TRUE(store().Complete(path, id, written->staged, {}).ok());

  auto reader = ObjectReader::Open(store(), path, {}, clock_, {});
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::string read(content.size(), '\0');
  size_t have = 0;
  while (have < read.size()) {
    auto count =
        (*reader)->Read(std::as_writable_bytes(std::span(read)).subspan(have));
    ASSERT_TRUE(count.ok()) << count.status();
    ASSERT_GT(*count, 0u);
    have += *count;
  }
  EXPECT_TRUE(read == content);
}

}  // namespace
}  // namespace vexaa::objects
