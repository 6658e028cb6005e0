// Checksums and their text forms, over OpenSSL and zlib. Pure functions;
// the two incremental classes are thread-compatible.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vexaa::base {

using Sha256Digest = std::array<std::byte, 32>;
using Md5Digest = std::array<std::byte, 16>;

std::span<const std::byte> AsBytes(std::string_view text);

Sha256Digest Sha256(std::span<const std::byte> data);
Sha256Digest HmacSha256(std::span<const std::byte> key,
                        std::span<const std::byte> data);
Md5Digest Md5(std::span<const std::byte> data);

// CRC-32 as in zlib, gzip and PNG; pass the last value to go on.
uint32_t Crc32(std::span<const std::byte> data, uint32_t crc = 0);
// The CRC of A followed by B, from theirs and the length of B.
uint32_t Crc32Combine(uint32_t crc_a, uint32_t crc_b, uint64_t size_b);

std::string Hex(std::span<const std::byte> data);  // lower case
std::string Hex32(uint32_t value);                 // eight lower-case digits
std::string Base64(std::span<const std::byte> data);

// SHA-256 of data that comes in pieces. Finish() at most once.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void Add(std::span<const std::byte> data);
  Sha256Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// `byte_count` bytes from the system's generator, as lower-case hex.
std::string RandomHex(size_t byte_count);
// A random UUID (RFC 4122 version 4).
std::string RandomUuid();

}  // namespace vexaa::base
