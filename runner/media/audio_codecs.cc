#include "runner/media/audio_codecs.h"

#include <algorithm>
#include <array>

namespace vexaa::media {
namespace {

constexpr std::array kAllowed = {
    AV_CODEC_ID_AAC,        AV_CODEC_ID_AAC_LATM,     AV_CODEC_ID_MP1,
    AV_CODEC_ID_MP2,        AV_CODEC_ID_MP3,          AV_CODEC_ID_AC3,
    AV_CODEC_ID_EAC3,       AV_CODEC_ID_DTS,          AV_CODEC_ID_TRUEHD,
    AV_CODEC_ID_OPUS,       AV_CODEC_ID_VORBIS,       AV_CODEC_ID_FLAC,
    AV_CODEC_ID_ALAC,       AV_CODEC_ID_WMAV1,        AV_CODEC_ID_WMAV2,
    AV_CODEC_ID_WMAPRO,     AV_CODEC_ID_WMALOSSLESS,  AV_CODEC_ID_WMAVOICE,
    AV_CODEC_ID_AMR_NB,     AV_CODEC_ID_AMR_WB,       AV_CODEC_ID_SPEEX,
    AV_CODEC_ID_NELLYMOSER, AV_CODEC_ID_GSM,          AV_CODEC_ID_GSM_MS,
    AV_CODEC_ID_WAVPACK,    AV_CODEC_ID_ADPCM_IMA_QT, AV_CODEC_ID_ADPCM_IMA_WAV,
    AV_CODEC_ID_ADPCM_MS,   AV_CODEC_ID_ADPCM_SWF,    AV_CODEC_ID_ADPCM_YAMAHA,
    AV_CODEC_ID_ADPCM_G722, AV_CODEC_ID_ADPCM_G726,   AV_CODEC_ID_PCM_S8,
    AV_CODEC_ID_PCM_U8,     AV_CODEC_ID_PCM_S16LE,    AV_CODEC_ID_PCM_S16BE,
    AV_CODEC_ID_PCM_U16LE,  AV_CODEC_ID_PCM_U16BE,    AV_CODEC_ID_PCM_S24LE,
    AV_CODEC_ID_PCM_S24BE,  AV_CODEC_ID_PCM_S32LE,    AV_CODEC_ID_PCM_S32BE,
    AV_CODEC_ID_PCM_F32LE,  AV_CODEC_ID_PCM_F32BE,    AV_CODEC_ID_PCM_F64LE,
    AV_CODEC_ID_PCM_F64BE,  AV_CODEC_ID_PCM_MULAW,    AV_CODEC_ID_PCM_ALAW,
    AV_CODEC_ID_PCM_BLURAY, AV_CODEC_ID_PCM_DVD};

std::string JoinNames() {
  std::string names;
  for (AVCodecID id : kAllowed) {
    const AVCodec* codec = avcodec_find_decoder(id);
    if (codec == nullptr) continue;
    if (!names.empty()) names += ',';
    names += codec->name;
  }
  return names;
}

}  // namespace

const AVCodec* FindAllowedDecoder(AVCodecID id) {
  bool allowed =
      std::find(kAllowed.begin(), kAllowed.end(), id) != kAllowed.end();
  return allowed ? avcodec_find_decoder(id) : nullptr;
}

const std::string& AllowedDecoderNames() {
  static const std::string kNames = JoinNames();
  return kNames;
}

}  // namespace vexaa::media
