// Every limit of the media engine, as a number. They bound memory and time
// whatever the input claims.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vexaa::media {

// One allocation of libav: a giant table fails instead of growing.
inline constexpr size_t kMaxAllocBytes = 256u << 20;
inline constexpr int kMaxStreams = 64;
// How much is read to find an audio stream that no header announces.
inline constexpr int64_t kProbeBytes = 5'000'000;
inline constexpr int64_t kAnalyzeMicroseconds = 10'000'000;
inline constexpr int kMaxProbePackets = 500;
// Larger packets overflow the bit readers of several audio decoders.
inline constexpr int kMaxPacketBytes = 32 << 20;
inline constexpr int64_t kMaxFrameSamples = 1 << 20;
inline constexpr int kMaxChannels = 16;
inline constexpr int kMinSampleRate = 4'000;
inline constexpr int kMaxSampleRate = 384'000;
inline constexpr int kMaxConsecutiveErrors = 1'000;
inline constexpr int64_t kMaxMediaSeconds = 24 * 3600;
// Computing without one byte read or written in between. 32 KiB of the
// slowest codec's sound take a second.
inline constexpr std::chrono::seconds kMaxStuckCpu{60};
// Eight outputs of 24 hours, on a core three times slower than today's.
inline constexpr std::chrono::seconds kMaxCpu{8 * 3600};
// What fits into the 10,000 parts that an object may have.
inline constexpr uint64_t kMaxOutputBytes = 156ull << 30;
// A picture for a thumbnail: 8K. Two of that size are decoded at most.
inline constexpr int64_t kMaxPicturePixels = 8192 * 4352;
// A thumbnail gives up after so many damaged pictures, or bytes.
inline constexpr int kMaxPictureTries = 10;
inline constexpr uint64_t kMaxPictureSearchBytes = 256u << 20;
// A demuxer's complaint this close to the end of the file is its end: many
// writers leave a damaged last packet.
inline constexpr uint64_t kTailSlackBytes = 64 << 10;
// What one AVIO buffer holds; also what a seek may read too much.
inline constexpr int kIoBufferBytes = 32 << 10;

}  // namespace vexaa::media
