// The building blocks of container files: MP4 boxes and Matroska elements, as
// strings of bytes. Whoever builds with them may lie.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vexaa::media {

std::string Big16(uint32_t value);
std::string Big32(uint64_t value);
std::string Big64(uint64_t value);
std::string Repeat(std::string_view text, size_t times);

// A box of the ISO base media file format with a true size.
std::string Box(std::string_view type, std::string_view payload);

// A QuickTime file with 16-bit sound of 8 kHz in one track, and every table as
// its maker wants it. An empty table becomes a truthful one.
struct Movie {
  std::string data_reference;  // boxes of the dref box; it has 1 entry
  std::string stts, stsc, stsz, stco;
  std::string edits;        // an edts box
  std::string track_extra;  // more boxes of the track
  std::string movie_extra;  // more boxes of the movie
  uint32_t rate = 8000;     // of the sample entry
  uint16_t channels = 1;
  uint32_t samples = 800;
  uint64_t duration = 800;
};
std::string MakeMovie(const Movie& movie);

// A Matroska element: the ID's bytes as they are, and a true size.
std::string Element(std::string_view id, std::string_view payload);
std::string UnsignedElement(std::string_view id, uint64_t value);
// A file whose segment has that inside, behind info and one track of 16-bit
// sound at 8 kHz, whose entry has that inside, too.
std::string MakeMatroska(std::string_view before_tracks,
                         std::string_view after_tracks,
                         std::string_view track_extra = "");
// A cluster at that time (ms) with 100 samples.
std::string Cluster(uint64_t time);

}  // namespace vexaa::media
