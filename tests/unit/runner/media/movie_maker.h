// Makes whole movies in memory: sound that is nowhere alike, beside a video of
// random bytes that nobody decodes, or of pictures of noise.
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
  // Of the sound: one after the other, each for as long. More than one: only
  // of codecs whose packets tell.
  std::vector<int> channels = {2};
  // From there on the times of the sound are so much later, though nothing is
  // left out; 0: never.
  double jump_at_seconds = 0;
  double jump_by_seconds = 0;
  // The video is of real pictures (JPEG), however many bytes that takes.
  bool pictures = false;
  // If not 0: the pictures are dark, but for two seconds from there on.
  double bright_at_seconds = 0;
};

std::vector<std::byte> EncodeMovie(const MovieRecipe& recipe);

}  // namespace vexaa::media
