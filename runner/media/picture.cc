#include "runner/media/picture.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/limits.h"
#include "runner/media/video_codecs.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace vexaa::media {
namespace {

using jobs::Fail;
using jobs::Reason;

// Of 2 (best) to 31: about 10 KiB for a picture of 320 x 180.
constexpr int kJpegQuality = 4;
// Taller ones are squeezed: no real picture is, in this width.
constexpr int kMaxJpegHeight = 1280;
// The first height whose videos usually have the colours of HDTV.
constexpr int kHdHeight = 720;

struct SwsFree {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using SwsPtr = std::unique_ptr<SwsContext, SwsFree>;

base::Status Unusable(const std::string& what) {
  return Fail(Reason::kCorruptInput,
              "no thumbnail can be made of the video's picture: " + what);
}

// As shown: the pixels of a video may be no squares, and it may lie on a side.
int HeightFor(const AVFrame& picture, int width, bool exchange_axes) {
  double shape = static_cast<double>(picture.height) / picture.width;
  AVRational aspect = picture.sample_aspect_ratio;
  if (aspect.num > 0 && aspect.den > 0) shape /= av_q2d(aspect);
  if (exchange_axes) shape = 1 / shape;
  double height = std::clamp(width * shape, 2.0, 1.0 * kMaxJpegHeight);
  return static_cast<int>(std::lround(height / 2)) * 2;
}

int ColoursOf(const AVFrame& picture) {
  if (picture.colorspace != AVCOL_SPC_UNSPECIFIED &&
      picture.colorspace != AVCOL_SPC_RGB)
    return picture.colorspace;
  return picture.height >= kHdHeight ? SWS_CS_ITU709 : SWS_CS_ITU601;
}

bool HasFullRange(const AVFrame& picture) {
  return picture.color_range == AVCOL_RANGE_JPEG ||
         picture.format == AV_PIX_FMT_YUVJ420P ||
         picture.format == AV_PIX_FMT_YUVJ422P ||
         picture.format == AV_PIX_FMT_YUVJ444P;
}

base::Result<FramePtr> EmptyPicture(int width, int height) {
  FramePtr frame(av_frame_alloc());
  if (frame) {
    frame->format = AV_PIX_FMT_YUVJ420P;
    frame->width = width;
    frame->height = height;
    frame->color_range = AVCOL_RANGE_JPEG;
    if (av_frame_get_buffer(frame.get(), 0) >= 0) return frame;
  }
  return Fail(Reason::kOutOfMemory, "no memory for the thumbnail");
}

// The colours of JPEG: those of ITU 601 in the full range.
base::Result<FramePtr> Shrink(const AVFrame& picture, int width, int height) {
  ASSIGN_OR_RETURN(FramePtr small, EmptyPicture(width, height));
  SwsPtr scaler(sws_getContext(picture.width, picture.height,
                               static_cast<AVPixelFormat>(picture.format),
                               small->width, small->height, AV_PIX_FMT_YUVJ420P,
                               SWS_AREA, nullptr, nullptr, nullptr));
  if (!scaler) return Unusable("its pixels are of an unknown kind");
  sws_setColorspaceDetails(
      scaler.get(), sws_getCoefficients(ColoursOf(picture)),
      HasFullRange(picture) ? 1 : 0, sws_getCoefficients(SWS_CS_ITU601), 1, 0,
      1 << 16, 1 << 16);
  int lines = sws_scale(scaler.get(), picture.data, picture.linesize, 0,
                        picture.height, small->data, small->linesize);
  if (lines <= 0) return Unusable("it cannot be scaled");
  return small;
}

base::Result<CodecContextPtr> OpenJpeg(const AVFrame& picture) {
  CodecContextPtr context(
      avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MJPEG)));
  if (!context)
    return Fail(Reason::kOutOfMemory, "no memory for the thumbnail");
  context->pix_fmt = static_cast<AVPixelFormat>(picture.format);
  context->color_range = picture.color_range;
  context->width = picture.width;
  context->height = picture.height;
  context->time_base = {1, 1};
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  context->global_quality = FF_QP2LAMBDA * kJpegQuality;
  int error = avcodec_open2(context.get(), context->codec, nullptr);
  if (error >= 0) return context;
  return Fail(Reason::kInternal,
              "the JPEG encoder does not open (" + AvErrorText(error) + ")");
}

}  // namespace

base::Result<std::unique_ptr<KeyPictureDecoder>> KeyPictureDecoder::Open(
    const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  const AVCodec* decoder = FindAllowedVideoDecoder(codec.codec_id);
  if (decoder == nullptr)
    return Fail(Reason::kUnsupportedCodec,
                "the source's video codec '" +
                    std::string(avcodec_get_name(codec.codec_id)) +
                    "' cannot be decoded here for a thumbnail; ask for none");
  if (int64_t{codec.width} * codec.height > kMaxPicturePixels)
    return Fail(Reason::kInputTooLarge,
                "the video's picture of " + std::to_string(codec.width) + "x" +
                    std::to_string(codec.height) +
                    " is too large for a thumbnail; ask for none");
  CodecContextPtr context(avcodec_alloc_context3(decoder));
  if (!context || avcodec_parameters_to_context(context.get(), &codec) < 0)
    return Fail(Reason::kOutOfMemory, "no memory for the video decoder");
  context->thread_count = 1;
  context->max_pixels = kMaxPicturePixels;
  // A picture that is no clean start, as broadcasts have, is good enough.
  context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT | AV_CODEC_FLAG_LOW_DELAY;
  int error = avcodec_open2(context.get(), decoder, nullptr);
  if (error < 0)
    return Unusable("its decoder refuses it (" + AvErrorText(error) + ")");
  return std::unique_ptr<KeyPictureDecoder>(
      new KeyPictureDecoder(std::move(context)));
}

FramePtr KeyPictureDecoder::Decode(const AVPacket& packet) {
  FramePtr frame(av_frame_alloc());
  if (!frame || avcodec_send_packet(context_.get(), &packet) < 0)
    return nullptr;
  // The end of the stream makes it give out what it waits with.
  avcodec_send_packet(context_.get(), nullptr);
  int error = avcodec_receive_frame(context_.get(), frame.get());
  avcodec_flush_buffers(context_.get());
  if (error < 0 || frame->width <= 0 || frame->height <= 0) return nullptr;
  return frame;
}

base::Result<std::vector<std::byte>> MakeJpeg(const AVFrame& picture, int width,
                                              const Orientation& orientation) {
  const bool exchange = orientation.exchange_axes;
  int height = HeightFor(picture, width, exchange);
  if (exchange) std::swap(width, height);
  ASSIGN_OR_RETURN(FramePtr small, Shrink(picture, width, height));
  if (!orientation.upright()) {
    ASSIGN_OR_RETURN(small, Turn(*small, orientation));
  }
  ASSIGN_OR_RETURN(CodecContextPtr context, OpenJpeg(*small));
  small->quality = context->global_quality;
  small->pts = 0;
  PacketPtr packet(av_packet_alloc());
  int error = avcodec_send_frame(context.get(), small.get());
  if (error >= 0) error = avcodec_receive_packet(context.get(), packet.get());
  if (error < 0)
    return Fail(Reason::kInternal, "the thumbnail cannot be compressed (" +
                                       AvErrorText(error) + ")");
  auto bytes =
      std::as_bytes(std::span(packet->data, static_cast<size_t>(packet->size)));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

}  // namespace vexaa::media
