#include "tests/unit/runner/media/mp4_reader.h"

#include <string>

namespace vexaa::media {
namespace {

uint64_t Big(std::span<const std::byte> data, size_t at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i)
    value = value << 8 | std::to_integer<uint64_t>(data[at + i]);
  return value;
}

uint32_t Number(std::span<const std::byte> data, size_t at) {
  return static_cast<uint32_t>(Big(data, at, 4));
}

// `box` is what comes behind its size and type.
void ReadBox(const std::string& type, std::span<const std::byte> box,
             Mp4Times& times) {
  bool wide = std::to_integer<int>(box[0]) == 1;
  if (type == "mvhd") times.movie_timescale = Number(box, wide ? 20 : 12);
  if (type == "mdhd") {
    times.media_timescale = Number(box, wide ? 20 : 12);
    times.media_duration = Big(box, wide ? 24 : 16, wide ? 8 : 4);
  }
  if (type == "elst") {
    times.edit_duration = Big(box, 8, wide ? 8 : 4);
    times.edit_media_time = wide ? static_cast<int64_t>(Big(box, 16, 8))
                                 : static_cast<int32_t>(Number(box, 12));
  }
  if (type == "stts")
    for (size_t i = 0; i < Number(box, 4); ++i)
      times.table_duration += static_cast<uint64_t>(Number(box, 8 + 8 * i)) *
                              Number(box, 12 + 8 * i);
}

void Walk(std::span<const std::byte> data, size_t offset, Mp4Times& times) {
  for (size_t at = 0; at + 8 <= data.size();) {
    size_t size = Number(data, at);
    size_t header = size == 1 ? 16 : 8;
    if (size == 1) size = Big(data, at + 8, 8);
    if (size < header || size > data.size() - at) return;
    std::string type(reinterpret_cast<const char*>(&data[at + 4]), 4);
    auto box = data.subspan(at + header, size - header);
    if (type == "moov") times.index_at = offset + at;
    if (type == "mdat") times.media_at = offset + at;
    bool holds_boxes = type == "moov" || type == "trak" || type == "mdia" ||
                       type == "minf" || type == "stbl" || type == "edts";
    if (holds_boxes)
      Walk(box, offset + at + header, times);
    else if (type != "mdat" && box.size() >= 16)
      ReadBox(type, box, times);
    at += size;
  }
}

}  // namespace

Mp4Times ReadMp4Times(std::span<const std::byte> file) {
  Mp4Times times;
  Walk(file, 0, times);
  return times;
}

}  // namespace vexaa::media
