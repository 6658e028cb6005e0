// Reads the times out of an MP4's tables, with nothing of libav: what a player
// goes by. For files of one sound track that are well-formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vexaa::media {

struct Mp4Times {
  size_t index_at = 0;  // the moov box
  size_t media_at = 0;  // the mdat box
  uint32_t movie_timescale = 0;
  uint32_t media_timescale = 0;
  uint64_t media_duration = 0;   // mdhd
  uint64_t edit_duration = 0;    // elst, the one entry
  int64_t edit_media_time = -2;  // elst
  uint64_t table_duration = 0;   // the sum of stts
};

Mp4Times ReadMp4Times(std::span<const std::byte> file);

}  // namespace vexaa::media
