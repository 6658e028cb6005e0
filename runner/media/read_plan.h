// What of a source its container says will be read for some of its tracks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "lib/base/byte_stream.h"
#include "runner/media/libav.h"
#include "runner/media/sniff.h"

namespace vexaa::media {

// How tracks will be read.
struct Reading {
  // Nothing: the container has no such index, reading on is all that is known.
  std::unique_ptr<base::ReadPlan> plan;
  // By the index no byte of a track is read twice, so that nothing is gained by
  // a buffer. False: not known, or its table repeats itself.
  bool once = false;
};
Reading PlanReading(const Container& container,
                    std::span<const AVStream* const> wanted);

// What is read to open it, by its first bytes: an MP4's index may lie far from
// the beginning, and what follows it is not needed. Nothing: not known.
std::unique_ptr<base::ReadPlan> PlanHeader(const Container& container,
                                           std::span<const std::byte> head,
                                           uint64_t size);

// One packet: the key picture at that time of the stream or before it. Nothing:
// the container has no index of packets.
struct KeyPicture {
  int64_t timestamp = 0;  // a seek to here, backward, leads to it
  base::ByteRange bytes;
};
std::optional<KeyPicture> FindKeyPicture(const Container& container,
                                         const AVStream& stream,
                                         int64_t timestamp);
std::unique_ptr<base::ReadPlan> PlanPicture(const KeyPicture& picture);

}  // namespace vexaa::media
