// Makes whole movies in memory: sound that is nowhere alike, beside a video of
// random bytes that nobody decodes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vexaa::media {

struct MovieRecipe {
  std::string format;  // libav's muxer, "matroska"
  std::string codec;   // libav's encoder, "aac"
  int seconds = 30;
  int sample_rate = 48'000;
  int tracks = 1;
  // Bytes of video a second; 0: none.
  size_t video_bytes = 0;
};

std::vector<std::byte> EncodeMovie(const MovieRecipe& recipe);

}  // namespace vexaa::media
