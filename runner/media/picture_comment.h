// A cover as a comment of Ogg: the picture block of FLAC (RFC 9639, 8.8) in
// base64, under the name that players of Opus, Vorbis and FLAC look for.
// Pure function.
#pragma once

#include <string>

#include "runner/media/source_tags.h"

namespace vexaa::media {

inline constexpr char kPictureComment[] = "METADATA_BLOCK_PICTURE";

// `tags` must have a cover.
std::string PictureComment(const SourceTags& tags);

}  // namespace vexaa::media
