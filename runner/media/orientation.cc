#include "runner/media/orientation.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include "lib/jobs/reason.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vexaa::media {
namespace {

constexpr size_t kMatrixBytes = 9 * sizeof(int32_t);

Orientation OfBytes(const uint8_t* data, size_t size) {
  if (data == nullptr || size < kMatrixBytes) return {};
  std::array<int32_t, 9> matrix{};
  std::memcpy(matrix.data(), data, kMatrixBytes);
  return OrientationOf(matrix);
}

// Where a pixel of the turned plane comes from.
void TurnPlane(const AVFrame& from, AVFrame& to, int plane, int width,
               int height, const Orientation& orientation) {
  for (int y = 0; y < height; ++y) {
    uint8_t* out = to.data[plane] + ptrdiff_t{y} * to.linesize[plane];
    for (int x = 0; x < width; ++x) {
      int column = orientation.mirror_x ? width - 1 - x : x;
      int row = orientation.mirror_y ? height - 1 - y : y;
      if (orientation.exchange_axes) std::swap(column, row);
      out[x] = from.data[plane][ptrdiff_t{row} * from.linesize[plane] + column];
    }
  }
}

}  // namespace

// libavutil/display.h: x' = a x + c y, y' = b x + d y, a to d at 0, 1, 3, 4.
Orientation OrientationOf(std::span<const int32_t, 9> matrix) {
  const int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (std::llabs(b) > std::llabs(a))
    return {.exchange_axes = true, .mirror_x = c < 0, .mirror_y = b < 0};
  return {.exchange_axes = false, .mirror_x = a < 0, .mirror_y = d < 0};
}

Orientation OrientationOf(const AVStream& stream, const AVFrame& picture) {
  size_t size = 0;
  const uint8_t* data =
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (data != nullptr) return OfBytes(data, size);
  const AVFrameSideData* side =
      av_frame_get_side_data(&picture, AV_FRAME_DATA_DISPLAYMATRIX);
  return side == nullptr ? Orientation{} : OfBytes(side->data, side->size);
}

base::Result<FramePtr> Turn(const AVFrame& picture,
                            const Orientation& orientation) {
  FramePtr turned(av_frame_alloc());
  if (turned) {
    const bool exchange = orientation.exchange_axes;
    turned->format = picture.format;
    turned->color_range = picture.color_range;
    turned->width = exchange ? picture.height : picture.width;
    turned->height = exchange ? picture.width : picture.height;
  }
  if (!turned || av_frame_get_buffer(turned.get(), 0) < 0)
    return jobs::Fail(jobs::Reason::kOutOfMemory,
                      "no memory for the thumbnail");
  int x_shift = 0, y_shift = 0;
  av_pix_fmt_get_chroma_sub_sample(static_cast<AVPixelFormat>(picture.format),
                                   &x_shift, &y_shift);
  for (int plane = 0; plane < 3; ++plane)
    TurnPlane(picture, *turned, plane,
              plane == 0 ? turned->width : turned->width >> x_shift,
              plane == 0 ? turned->height : turned->height >> y_shift,
              orientation);
  return turned;
}

}  // namespace vexaa::media
