// What a source says about itself that its audio should say, too: title,
// artist and the like, the language of the track, and a cover. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "runner/media/cover_size.h"
#include "runner/media/libav.h"

namespace vexaa::media {

struct SourceTags {
  std::vector<std::pair<std::string, std::string>> entries;  // libav's names
  std::string language;
  std::vector<std::byte> cover;  // JPEG or PNG
  CoverSize cover_size;
  bool cover_is_png = false;

  // About what they take in a file.
  size_t bytes() const;
};

// Of a file and one of its streams. Covers over 4 MiB and long texts are left
// out.
SourceTags ReadTags(const AVFormatContext& format, const AVStream& stream);

}  // namespace vexaa::media
