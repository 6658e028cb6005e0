#include "runner/media/cover_size.h"

#include <string_view>

namespace vexaa::media {
namespace {

int Big16(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]) << 8 |
         static_cast<unsigned char>(bytes[at + 1]);
}

std::optional<CoverSize> Known(int width, int height) {
  if (width <= 0 || height <= 0) return std::nullopt;
  return CoverSize{width, height};
}

// RFC 2083, 4.1.1: IHDR comes first. Larger than 65535 is no cover.
std::optional<CoverSize> OfPng(std::string_view bytes) {
  if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR" ||
      Big16(bytes, 16) != 0 || Big16(bytes, 20) != 0)
    return std::nullopt;
  return Known(Big16(bytes, 18), Big16(bytes, 22));
}

// ITU-T T.81, table B.1: SOF0 to SOF15 but for DHT, JPG and DAC.
bool IsFrameHeader(int marker) {
  return marker >= 0xffc0 && marker <= 0xffcf && marker != 0xffc4 &&
         marker != 0xffc8 && marker != 0xffcc;
}

// Segments up to the frame header; each has its length behind the marker.
std::optional<CoverSize> OfJpeg(std::string_view bytes) {
  for (size_t at = 2; at + 9 <= bytes.size();) {
    int marker = Big16(bytes, at);
    if (marker == 0xffff) {  // fill byte
      ++at;
      continue;
    }
    if (marker < 0xffc0) return std::nullopt;
    if (IsFrameHeader(marker))
      return Known(Big16(bytes, at + 7), Big16(bytes, at + 5));
    at += 2 + static_cast<size_t>(Big16(bytes, at + 2));
  }
  return std::nullopt;
}

}  // namespace

std::optional<CoverSize> ReadCoverSize(std::span<const std::byte> picture) {
  std::string_view bytes(reinterpret_cast<const char*>(picture.data()),
                         picture.size());
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return OfPng(bytes);
  if (bytes.starts_with("\xff\xd8")) return OfJpeg(bytes);
  return std::nullopt;
}

}  // namespace vexaa::media
