// The one adapter header for FFmpeg's libraries: their headers, and owners for
// the objects that a plain free releases. Only files of runner/media include
// it.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>

namespace vexaa::media {

struct LibavFree {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVCodecContext* context) const {
    avcodec_free_context(&context);
  }
  void operator()(SwrContext* context) const { swr_free(&context); }
  void operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }
  void operator()(AVCodecParameters* codec) const {
    avcodec_parameters_free(&codec);
  }
  void operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
  void operator()(AVDictionary* dictionary) const { av_dict_free(&dictionary); }
};

using FramePtr = std::unique_ptr<AVFrame, LibavFree>;
using PacketPtr = std::unique_ptr<AVPacket, LibavFree>;
using CodecContextPtr = std::unique_ptr<AVCodecContext, LibavFree>;
using SwrPtr = std::unique_ptr<SwrContext, LibavFree>;
using AudioFifoPtr = std::unique_ptr<AVAudioFifo, LibavFree>;

using CodecParametersPtr = std::unique_ptr<AVCodecParameters, LibavFree>;
using BitstreamFilterPtr = std::unique_ptr<AVBSFContext, LibavFree>;

// What a codec's packets need to be understood; nullptr: no memory.
CodecParametersPtr ParametersOf(const AVCodecContext& codec);
CodecParametersPtr CopyOf(const AVCodecParameters& codec);

// What an AVERROR means, in libav's words.
std::string AvErrorText(int error);

// Sets the process-wide limits and silences libav's own log; repeatable.
void ConfigureLibav();

}  // namespace vexaa::media
