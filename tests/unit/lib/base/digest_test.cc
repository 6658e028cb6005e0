#include "lib/base/digest.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace vexaa::base {
namespace {

std::string Sha256Hex(std::string_view text) {
  return Hex(Sha256(AsBytes(text)));
}

std::string HmacHex(const std::string& key, std::string_view text) {
  return Hex(HmacSha256(AsBytes(key), AsBytes(text)));
}

// FIPS 180-4's examples.
TEST(Digest, MakesThePublishedSha256) {
  EXPECT_EQ(Sha256Hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// RFC 4231, cases 1, 2, 3, 6 and 7.
TEST(Digest, MakesThePublishedHmacSha256) {
  EXPECT_EQ(HmacHex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HmacHex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HmacHex(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(HmacHex(std::string(131, '\xaa'),
                    "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(HmacHex(std::string(131, '\xaa'),
                    "This is a test using a larger than block-size key and a "
                    "larger than block-size data. The key needs to be hashed "
                    "before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(Digest, TakesAnEmptyKeyForAKeyOfItsOwn) {
  std::string first = HmacHex("Jefe", "x");
  EXPECT_EQ(HmacHex("", ""),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_NE(HmacHex("", "x"), first);
}

// RFC 1321.
TEST(Digest, MakesThePublishedMd5) {
  EXPECT_EQ(Hex(Md5(AsBytes(""))), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Hex(Md5(AsBytes("message digest"))),
            "f96b697d7cb7938d525a2f31aaf161d0");
}

// The check value of CRC-32/ISO-HDLC.
TEST(Digest, MakesThePublishedCrc32) {
  EXPECT_EQ(Crc32(AsBytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(Crc32(AsBytes("")), 0u);
}

TEST(Digest, GoesOnWithACrc) {
  uint32_t begun = Crc32(AsBytes("12345"));
  EXPECT_EQ(Crc32(AsBytes("6789"), begun), 0xCBF43926u);
  EXPECT_EQ(Crc32({}, begun), begun);
}

TEST(Digest, CombinesCrcsAtEveryCut) {
  std::string text = "streamed in parts, checked as one";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    std::string_view view = text;
    uint32_t a = Crc32(AsBytes(view.substr(0, cut)));
    uint32_t b = Crc32(AsBytes(view.substr(cut)));
    EXPECT_EQ(Crc32Combine(a, b, text.size() - cut), Crc32(AsBytes(text)));
  }
}

TEST(Digest, CombinesCrcsPastFourGibibytes) {
  // 5 GiB of zeros in one step and in five.
  uint64_t gib = uint64_t{1} << 30;
  std::string mib(1 << 20, '\0');
  uint32_t one_mib = Crc32(AsBytes(mib));
  uint32_t one_gib = one_mib;
  for (int i = 1; i < 1024; ++i)
    one_gib = Crc32Combine(one_gib, one_mib, mib.size());
  uint32_t stepwise = one_gib;
  for (int i = 1; i < 5; ++i) stepwise = Crc32Combine(stepwise, one_gib, gib);
  uint32_t two = Crc32Combine(one_gib, one_gib, gib);
  uint32_t four = Crc32Combine(two, two, 2 * gib);
  EXPECT_EQ(Crc32Combine(one_gib, four, 4 * gib), stepwise);
}

TEST(Digest, WritesHexInLowerCaseWithLeadingZeros) {
  EXPECT_EQ(Hex(AsBytes(std::string("\x00\x0f\xa0\xff", 4))), "000fa0ff");
  EXPECT_EQ(Hex32(0x1au), "0000001a");
}

// RFC 4648.
TEST(Digest, WritesThePublishedBase64) {
  EXPECT_EQ(Base64(AsBytes("")), "");
  EXPECT_EQ(Base64(AsBytes("f")), "Zg==");
  EXPECT_EQ(Base64(AsBytes("fo")), "Zm8=");
  EXPECT_EQ(Base64(AsBytes("foobar")), "Zm9vYmFy");
}

TEST(Digest, HashesPiecesLikeTheWhole) {
  Sha256Stream stream;
  stream.Add(AsBytes("a"));
  stream.Add({});
  stream.Add(AsBytes("bc"));
  EXPECT_EQ(Hex(stream.Finish()), Sha256Hex("abc"));
}

TEST(Digest, MovesAStreamWithItsState) {
  Sha256Stream first;
  first.Add(AsBytes("ab"));
  Sha256Stream second = std::move(first);
  second.Add(AsBytes("c"));
  EXPECT_EQ(Hex(second.Finish()), Sha256Hex("abc"));
}

TEST(Digest, DrawsRandomTextThatDiffers) {
  std::set<std::string> drawn;
  for (int i = 0; i < 100; ++i) drawn.insert(RandomHex(16));
  EXPECT_EQ(drawn.size(), 100u);
  EXPECT_EQ(drawn.begin()->size(), 32u);
}

TEST(Digest, DrawsUuidsOfVersionFour) {
  std::regex form(
      "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(std::regex_match(RandomUuid(), form));
}

}  // namespace
}  // namespace vexaa::base
