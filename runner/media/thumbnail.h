// Makes a thumbnail of a video: one key picture near a tenth of its length.
// Reads the header and what lies there, not the whole source. Errors carry a
// job reason.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <vector>

#include "lib/base/byte_stream.h"
#include "lib/base/status.h"
#include "runner/media/demuxer.h"

namespace vexaa::media {

inline constexpr int kThumbnailWidth = 320;  // pixels

// The stream that a thumbnail is made of: the default video, else the first,
// else a cover; -1: there is none.
int FindVideo(const AVFormatContext& format);

// InvalidJob, as a sentence for the job's owner.
base::Status NoVideo();

// A JPEG, upright. `seconds` is the length of the source where a run knows it
// better than the headers. InvalidJob: the source has no video. Of an opened
// source nothing was selected before.
base::Result<std::vector<std::byte>> MakeThumbnail(
    Demuxer& demuxer, std::optional<double> seconds);
// `source` is used from its start and left anywhere.
base::Result<std::vector<std::byte>> MakeThumbnail(
    base::ByteSource& source, std::optional<double> seconds,
    std::stop_token stop);

}  // namespace vexaa::media
