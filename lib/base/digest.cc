#include "lib/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <zlib.h>

#include <cstdlib>
#include <vector>

namespace vexaa::base {
namespace {

// These cannot fail but for lack of memory, which nothing here survives.
void Must(bool ok) {
  if (!ok) std::abort();
}

const unsigned char* Raw(std::span<const std::byte> data) {
  return reinterpret_cast<const unsigned char*>(data.data());
}

template <size_t N>
std::array<std::byte, N> DigestOf(const EVP_MD* kind,
                                  std::span<const std::byte> data) {
  std::array<std::byte, N> out;
  Must(EVP_Digest(data.data(), data.size(),
                  reinterpret_cast<unsigned char*>(out.data()), nullptr, kind,
                  nullptr) == 1);
  return out;
}

std::vector<std::byte> RandomBytes(size_t count) {
  std::vector<std::byte> bytes(count);
  Must(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                  static_cast<int>(count)) == 1);
  return bytes;
}

}  // namespace

std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Sha256Digest Sha256(std::span<const std::byte> data) {
  return DigestOf<32>(EVP_sha256(), data);
}

Md5Digest Md5(std::span<const std::byte> data) {
  return DigestOf<16>(EVP_md5(), data);
}

Sha256Digest HmacSha256(std::span<const std::byte> key,
                        std::span<const std::byte> data) {
  Sha256Digest out;
  // A null key pointer means "keep the last key" to OpenSSL.
  static const unsigned char kEmpty = 0;
  const void* key_data = key.empty() ? &kEmpty : Raw(key);
  Must(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), Raw(data),
            data.size(), reinterpret_cast<unsigned char*>(out.data()),
            nullptr) != nullptr);
  return out;
}

uint32_t Crc32(std::span<const std::byte> data, uint32_t crc) {
  // A null pointer, which an empty span may hold, means "start" to zlib.
  if (data.empty()) return crc;
  return static_cast<uint32_t>(crc32_z(crc, Raw(data), data.size()));
}

uint32_t Crc32Combine(uint32_t crc_a, uint32_t crc_b, uint64_t size_b) {
  return static_cast<uint32_t>(
      crc32_combine(crc_a, crc_b, static_cast<z_off_t>(size_b)));
}

std::string Hex(std::span<const std::byte> data) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(data.size() * 2);
  for (std::byte value : data) {
    text += kDigits[std::to_integer<int>(value) >> 4];
    text += kDigits[std::to_integer<int>(value) & 15];
  }
  return text;
}

std::string Hex32(uint32_t value) {
  std::array<std::byte, 4> bytes;
  for (int i = 0; i < 4; ++i) bytes[i] = std::byte(value >> (24 - 8 * i));
  return Hex(bytes);
}

std::string Base64(std::span<const std::byte> data) {
  std::string text(4 * ((data.size() + 2) / 3) + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                             Raw(data), static_cast<int>(data.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

struct Sha256Stream::State {
  State() : context(EVP_MD_CTX_new()) {
    Must(context != nullptr &&
         EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1);
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  EVP_MD_CTX* context;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Add(std::span<const std::byte> data) {
  Must(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1);
}

Sha256Digest Sha256Stream::Finish() {
  Sha256Digest out;
  Must(EVP_DigestFinal_ex(state_->context,
                          reinterpret_cast<unsigned char*>(out.data()),
                          nullptr) == 1);
  return out;
}

std::string RandomHex(size_t byte_count) {
  return Hex(RandomBytes(byte_count));
}

std::string RandomUuid() {
  std::vector<std::byte> bytes = RandomBytes(16);
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string hex = Hex(bytes);
  for (size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace vexaa::base
