#include "runner/media/video_codecs.h"

#include <algorithm>
#include <array>

namespace vexaa::media {
namespace {

constexpr std::array kAllowed = {
    AV_CODEC_ID_H264,       AV_CODEC_ID_HEVC,       AV_CODEC_ID_VP8,
    AV_CODEC_ID_VP9,        AV_CODEC_ID_AV1,        AV_CODEC_ID_MPEG4,
    AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MJPEG,
    AV_CODEC_ID_PNG,        AV_CODEC_ID_THEORA,     AV_CODEC_ID_H263,
    AV_CODEC_ID_FLV1,       AV_CODEC_ID_MSMPEG4V2,  AV_CODEC_ID_MSMPEG4V3,
    AV_CODEC_ID_WMV1,       AV_CODEC_ID_WMV2,       AV_CODEC_ID_WMV3,
    AV_CODEC_ID_VC1,        AV_CODEC_ID_PRORES,     AV_CODEC_ID_DNXHD,
    AV_CODEC_ID_DVVIDEO};

}  // namespace

const AVCodec* FindAllowedVideoDecoder(AVCodecID id) {
  bool allowed =
      std::find(kAllowed.begin(), kAllowed.end(), id) != kAllowed.end();
  return allowed ? avcodec_find_decoder(id) : nullptr;
}

}  // namespace vexaa::media
