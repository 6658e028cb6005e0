#include "runner/media/sync_words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace vexaa::media {
namespace {

// Eight packets in a row: chance finds them in one file of 2^64.
constexpr size_t kTransportPackets = 8;
constexpr size_t kMaxTransportJunk = 2'000;
// A frame header is 11 bits of sync and a few legal fields: four in a row.
constexpr size_t kAudioFrames = 4;
constexpr size_t kMaxAudioJunk = 4'096;

uint32_t Byte(std::string_view bytes, size_t offset) {
  return static_cast<unsigned char>(bytes[offset]);
}

// How many packets of `stride` bytes start with 0x47 from `offset`, up to the
// end of what is there.
bool IsTransport(std::string_view bytes, size_t offset, size_t stride) {
  size_t packets = 0;
  for (; offset < bytes.size() && packets < kTransportPackets;
       offset += stride, ++packets)
    if (Byte(bytes, offset) != 0x47) return false;
  return packets >= std::min<size_t>(kTransportPackets,
                                     std::max<size_t>(3, bytes.size() / 204));
}

// Bytes of the ADTS frame at `offset`, 0 when there is none.
size_t AdtsFrameBytes(std::string_view bytes, size_t offset) {
  if (offset + 7 > bytes.size()) return 0;
  if (Byte(bytes, offset) != 0xff || (Byte(bytes, offset + 1) & 0xf6) != 0xf0)
    return 0;
  uint32_t rate_index = Byte(bytes, offset + 2) >> 2 & 15;
  size_t size = (Byte(bytes, offset + 3) & 3) << 11 |
                Byte(bytes, offset + 4) << 3 | Byte(bytes, offset + 5) >> 5;
  return rate_index < 13 && size > 7 ? size : 0;
}

// kbit/s; rows: MPEG-1 layer 1, 2, 3, MPEG-2 layer 1, layers 2 and 3.
constexpr std::array<std::array<uint16_t, 15>, 5> kBitrates = {{
    {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}};
constexpr std::array<uint32_t, 3> kMpeg1Rates = {44'100, 48'000, 32'000};

size_t MpegFrameBytes(std::string_view bytes, size_t offset) {
  if (offset + 4 > bytes.size() || Byte(bytes, offset) != 0xff) return 0;
  uint32_t second = Byte(bytes, offset + 1);
  uint32_t third = Byte(bytes, offset + 2);
  uint32_t version = second >> 3 & 3;  // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  uint32_t layer = 4 - (second >> 1 & 3);
  uint32_t bitrate_index = third >> 4;
  uint32_t rate_index = third >> 2 & 3;
  if ((second & 0xe0) != 0xe0 || version == 1 || layer == 4 ||
      bitrate_index == 0 || bitrate_index == 15 || rate_index == 3)
    return 0;
  bool mpeg1 = version == 3;
  size_t row = mpeg1 ? layer - 1 : (layer == 1 ? 3 : 4);
  uint32_t bits = kBitrates[row][bitrate_index] * 1000u;
  uint32_t rate =
      kMpeg1Rates[rate_index] >> (mpeg1 ? 0 : (version == 2 ? 1 : 2));
  uint32_t padding = third >> 1 & 1;
  if (layer == 1) return (12 * bits / rate + padding) * 4;
  return (layer == 3 && !mpeg1 ? 72 : 144) * bits / rate + padding;
}

// True when frames follow each other from `offset`, or fill what is there.
template <typename FrameBytes>
bool FramesFollow(std::string_view bytes, size_t offset,
                  FrameBytes frame_bytes) {
  for (size_t frames = 0; frames < kAudioFrames; ++frames) {
    size_t size = frame_bytes(bytes, offset);
    if (size == 0) return frames >= 2 && offset + 7 > bytes.size();
    offset += size;
  }
  return true;
}

}  // namespace

bool HasTransportStreamSync(std::string_view bytes) {
  size_t last = std::min(bytes.size(), kMaxTransportJunk);
  for (size_t offset = 0; offset < last; ++offset)
    for (size_t stride : {188, 192, 204})
      if (IsTransport(bytes, offset, stride)) return true;
  return false;
}

bool HasAdtsSync(std::string_view bytes) {
  return FramesFollow(bytes, 0, &AdtsFrameBytes);
}

bool HasMpegAudioSync(std::string_view bytes) {
  size_t last = std::min(bytes.size(), kMaxAudioJunk);
  for (size_t offset = 0; offset < last; ++offset)
    if (FramesFollow(bytes, offset, &MpegFrameBytes)) return true;
  return false;
}

}  // namespace vexaa::media
