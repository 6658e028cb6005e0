// What only a real S3 server can judge: signatures of odd keys, and whole
// objects through the writer and the reader.
#include <gtest/gtest.h>

#include <iostream>
#include <pugixml.hpp>
#include <random>
#include <set>

#include "lib/base/digest.h"
#include "lib/base/utf8.h"
#include "lib/objects/object_reader.h"
#include "lib/objects/object_writer.h"
#include "tests/conformance/object_store_s3_bench.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Status;

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

// 1,000 keys, all different, with what is odd on purpose among them.
std::vector<std::string> OddKeys(std::minstd_rand& random) {
  std::set<std::string> keys = {"folder/",
                                "a+b =@:'()&#%.mp4",
                                "%2e%2E/%00",
                                " leading and trailing ",
                                "\xF0\x9F\x8E\xAC/\xE6\x97\xA5\xE6\x9C\xAC",
                                std::string(1024, '%'),
                                std::string(1023, 'x') + "/"};
  while (keys.size() < 1000) {
    std::string key = OddKey(random);
    if (base::IsUtf8(key) && CheckKey(key).ok()) keys.insert(std::move(key));
  }
  return {keys.begin(), keys.end()};
}

// The keys that the server lists, page by page.
std::set<std::string> ListKeys(S3Bench& bench) {
  std::set<std::string> keys;
  std::string marker;
  do {
    auto page =
        bench.Call({.method = "GET",
                    .path = {bench.bucket(), ""},
                    .query = {{"max-keys", "300"}, {"marker", marker}}});
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    pugi::xml_document document;
    document.load_buffer(page->data(), page->size(),
                         pugi::parse_default | pugi::parse_ws_pcdata_single);
    marker.clear();
    for (auto node : document.child("ListBucketResult").children("Contents"))
      marker = *keys.insert(node.child_value("Key")).first;
  } while (!marker.empty());
  return keys;
}

// Signed by us, judged by the server: what is put under a key is found under
// that key and no other.
void CarryOddKeys(S3Bench& bench, uint32_t seed) {
  std::cout << "seed " << seed << "\n";
  std::minstd_rand random(seed);
  const std::vector<std::string> keys = OddKeys(random);
  for (const std::string& key : keys) {
    Status put = bench.PutObject(key, "of " + key);
    ASSERT_TRUE(put.ok()) << "key \"" << key << "\": " << put;
  }
  for (const std::string& key : keys) {
    const std::string expected = "of " + key;
    auto info = bench.store().Head(bench.Path(key), {});
    ASSERT_TRUE(info.ok()) << "key \"" << key << "\": " << info.status();
    ASSERT_EQ(info->size_bytes, expected.size()) << key;
    std::string read(expected.size(), '\0');
    Status got =
        bench.store().ReadRange(bench.Path(key), info->etag, 0,
                                std::as_writable_bytes(std::span(read)), {});
    ASSERT_TRUE(got.ok()) << "key \"" << key << "\": " << got;
    ASSERT_EQ(read, expected);
  }
  EXPECT_TRUE(ListKeys(bench) ==
              std::set<std::string>(keys.begin(), keys.end()));
}

TEST_F(RealS3, CarriesOddKeysInThePath) { CarryOddKeys(*bench_, 20261121); }

TEST_F(RealS3, CarriesOddKeysBelowAHostName) {
  auto bench = S3Bench::Make(Addressing::kVirtualHost);
  CarryOddKeys(*bench, 20261122);
}

// One asks for the bucket by host, the other by path: they mean the same one.
TEST_F(RealS3, MeansTheSameBucketByHostAndByPath) {
  auto by_host = S3Bench::Make(Addressing::kVirtualHost);
  ASSERT_TRUE(by_host->PutObject("k", "content").ok());
  auto found =
      bench_->Call({.method = "GET", .path = {by_host->bucket(), "k"}});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, "content");
}

// The server checks that the headers are signed, and keeps what it knows.
TEST_F(RealS3, TakesTheUploadHeaders) {
  base::SystemClock clock;
  http::CurlTransport transport({});
  StaticCredentials keys({std::getenv("VEXAA_TEST_S3_ACCESS_KEY"),
                          std::getenv("VEXAA_TEST_S3_SECRET_KEY"), ""});
  S3Options options;
  options.endpoint = std::getenv("VEXAA_TEST_S3_ENDPOINT");
  options.buckets = {bench_->bucket()};
  options.upload = {.sse = "",
                    .sse_kms_key_id = "",
                    .acl = "public-read",
                    .storage_class = "STANDARD"};
  auto store = S3Store::Create(options, transport, keys, clock);
  ASSERT_TRUE(store.ok()) << store.status();
  ObjectPath path = bench_->Path("open");
  auto id = (*store)->Stage(path, {}, {});
  ASSERT_TRUE(id.ok()) << id.status();
  auto part = (*store)->PutPart(path, *id, 1, 4, base::AsBytes("open"), {});
  ASSERT_TRUE(part.ok()) << part.status();
  auto sealed = (*store)->Seal(path, *id, {*part});
  ASSERT_TRUE((*store)->Complete(path, *id, *sealed, {}).ok());
  http::Request anonymous;
  anonymous.url = options.endpoint + "/" + bench_->bucket() + "/open";
  auto answer = transport.Send(anonymous, {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(answer->body, "open");
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
