#include "tests/unit/runner/media/movie_maker.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>

#include "runner/media/libav.h"

namespace vexaa::media {
namespace {

constexpr int kPicturesPerSecond = 5;

void Check(int error, const char* what) {
  if (error < 0) throw std::runtime_error(what + (": " + AvErrorText(error)));
}

// A file in memory; muxers may seek in it.
class MemoryFile {
 public:
  MemoryFile()
      : context_(
            avio_alloc_context(static_cast<unsigned char*>(av_malloc(1 << 16)),
                               1 << 16, 1, this, nullptr, &OnWrite, &OnSeek)) {}
  ~MemoryFile() {
    av_freep(&context_->buffer);
    avio_context_free(&context_);
  }
  AVIOContext* context() { return context_; }
  std::vector<std::byte> Take() {
    avio_flush(context_);
    return std::move(bytes_);
  }

 private:
  static int OnWrite(void* self, uint8_t* data, int size) {
    auto& file = *static_cast<MemoryFile*>(self);
    auto bytes = std::as_bytes(std::span(data, static_cast<size_t>(size)));
    if (file.bytes_.size() < file.at_ + bytes.size())
      file.bytes_.resize(file.at_ + bytes.size());
    std::copy(bytes.begin(), bytes.end(),
              file.bytes_.begin() + static_cast<ptrdiff_t>(file.at_));
    file.at_ += bytes.size();
    return size;
  }
  static int64_t OnSeek(void* self, int64_t offset, int whence) {
    auto& file = *static_cast<MemoryFile*>(self);
    if ((whence & AVSEEK_SIZE) != 0)
      return static_cast<int64_t>(file.bytes_.size());
    file.at_ = static_cast<size_t>(offset);
    return offset;
  }

  std::vector<std::byte> bytes_;
  size_t at_ = 0;
  AVIOContext* context_;
};

// A tone whose pitch and loudness wander: every moment sounds of its own.
float SampleAt(int track, int64_t n, int rate) {
  double t = static_cast<double>(n) / rate;
  double pitch = 200 + 40 * t + 300 * track + 100 * std::sin(t * 3.1);
  return static_cast<float>(0.3 * std::sin(6.2831853 * pitch * t) *
                            (0.6 + 0.4 * std::sin(t * 7.3)));
}

void PutSample(AVFrame& frame, int channel, int at, float value) {
  bool planar =
      av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  uint8_t* plane = frame.extended_data[planar ? channel : 0];
  int index = planar ? at : at * frame.ch_layout.nb_channels + channel;
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_FLT:
      reinterpret_cast<float*>(plane)[index] = value;
      break;
    case AV_SAMPLE_FMT_S32:
      reinterpret_cast<int32_t*>(plane)[index] =
          static_cast<int32_t>(value * 2e9F);
      break;
    default:
      reinterpret_cast<int16_t*>(plane)[index] =
          static_cast<int16_t>(value * 32767);
  }
}

CodecContextPtr OpenEncoder(const MovieRecipe& recipe, int channels,
                            bool global_header) {
  const AVCodec* codec = avcodec_find_encoder_by_name(recipe.codec.c_str());
  if (codec == nullptr) throw std::runtime_error("no such encoder");
  CodecContextPtr context(avcodec_alloc_context3(codec));
  context->sample_fmt = codec->sample_fmts[0];
  context->sample_rate = recipe.sample_rate;
  context->time_base = {1, recipe.sample_rate};
  context->bit_rate = int64_t{48'000} * channels;
  context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  av_channel_layout_default(&context->ch_layout, channels);
  if (global_header) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  // Its noise is made by a generator that a jump sets back.
  if (recipe.codec == "aac") av_dict_set(&options, "aac_pns", "0", 0);
  Check(avcodec_open2(context.get(), codec, &options), "encoder");
  av_dict_free(&options);
  return context;
}

class AudioTrackMaker {
 public:
  AudioTrackMaker(AVFormatContext& format, const MovieRecipe& recipe, int track)
      : format_(format), recipe_(recipe), track_(track) {
    OpenNext();
    stream_ = avformat_new_stream(&format, nullptr);
    stream_->time_base = context_->time_base;
    Check(avcodec_parameters_from_context(stream_->codecpar, context_.get()),
          "parameters");
  }

  void EncodeUpTo(int64_t samples) {
    int size = context_->frame_size > 0 ? context_->frame_size : 1024;
    for (; next_ + size <= samples; next_ += size) {
      if (next_ >= change_at_) {
        Send(nullptr);
        OpenNext();
      }
      FramePtr frame(av_frame_alloc());
      frame->format = context_->sample_fmt;
      frame->sample_rate = context_->sample_rate;
      frame->nb_samples = size;
      frame->pts = next_;
      av_channel_layout_copy(&frame->ch_layout, &context_->ch_layout);
      Check(av_frame_get_buffer(frame.get(), 0), "frame");
      for (int i = 0; i < size; ++i)
        for (int channel = 0; channel < frame->ch_layout.nb_channels; ++channel)
          PutSample(*frame, channel, i,
                    SampleAt(track_, next_ + i, context_->sample_rate));
      Send(frame.get());
    }
  }
  void Send(const AVFrame* frame) {
    Check(avcodec_send_frame(context_.get(), frame), "encode");
    PacketPtr packet(av_packet_alloc());
    while (avcodec_receive_packet(context_.get(), packet.get()) >= 0) {
      packet->stream_index = stream_->index;
      Jump(*packet);
      av_packet_rescale_ts(packet.get(), context_->time_base,
                           stream_->time_base);
      Check(av_interleaved_write_frame(&format_, packet.get()), "mux");
    }
  }

 private:
  void OpenNext() {
    const auto parts = static_cast<int64_t>(recipe_.channels.size());
    context_ = OpenEncoder(recipe_, recipe_.channels.at(part_++),
                           (format_.oformat->flags & AVFMT_GLOBALHEADER) != 0);
    change_at_ = static_cast<int64_t>(part_) * recipe_.seconds *
                 recipe_.sample_rate / parts;
    if (static_cast<int64_t>(part_) == parts) change_at_ = INT64_MAX;
  }

  void Jump(AVPacket& packet) const {
    auto at = recipe_.jump_at_seconds * recipe_.sample_rate;
    if (at <= 0 || static_cast<double>(packet.pts) < at) return;
    auto by = std::llround(recipe_.jump_by_seconds * recipe_.sample_rate);
    packet.pts += by;
    packet.dts += by;
  }

  AVFormatContext& format_;
  const MovieRecipe& recipe_;
  const int track_;
  size_t part_ = 0;
  int64_t change_at_ = 0;
  CodecContextPtr context_;
  AVStream* stream_ = nullptr;
  int64_t next_ = 0;
};

// A JPEG of noise, of `range` levels from `least` on.
PacketPtr MakePicture(int width, int height, unsigned least = 0,
                      unsigned range = 256) {
  CodecContextPtr context(
      avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MJPEG)));
  context->pix_fmt = AV_PIX_FMT_YUVJ420P;
  context->width = width;
  context->height = height;
  context->time_base = {1, kPicturesPerSecond};
  context->flags |= AV_CODEC_FLAG_QSCALE;
  context->global_quality = FF_QP2LAMBDA * 2;
  Check(avcodec_open2(context.get(), context->codec, nullptr), "JPEG");
  FramePtr frame(av_frame_alloc());
  frame->format = context->pix_fmt;
  frame->width = width;
  frame->height = height;
  frame->quality = context->global_quality;
  Check(av_frame_get_buffer(frame.get(), 0), "picture");
  std::mt19937 random(1);
  for (int plane = 0; plane < 3; ++plane) {
    int lines = plane == 0 ? height : height / 2;
    for (int i = 0; i < lines * frame->linesize[plane]; ++i)
      frame->data[plane][i] = static_cast<uint8_t>(least + random() % range);
  }
  PacketPtr packet(av_packet_alloc());
  Check(avcodec_send_frame(context.get(), frame.get()), "JPEG");
  Check(avcodec_receive_packet(context.get(), packet.get()), "JPEG");
  return packet;
}

PacketPtr MakeRandom(size_t bytes) {
  PacketPtr packet(av_packet_alloc());
  Check(av_new_packet(packet.get(), static_cast<int>(bytes)), "packet");
  return packet;
}

class VideoMaker {
 public:
  VideoMaker(AVFormatContext& format, const MovieRecipe& recipe)
      : format_(format), pictures_(recipe.pictures) {
    stream_ = avformat_new_stream(&format, nullptr);
    AVCodecParameters& codec = *stream_->codecpar;
    codec.codec_type = AVMEDIA_TYPE_VIDEO;
    codec.codec_id = pictures_ ? AV_CODEC_ID_MJPEG : AV_CODEC_ID_MPEG4;
    codec.width = pictures_ ? 640 : 320;
    codec.height = pictures_ ? 360 : 180;
    stream_->time_base = {1, kPicturesPerSecond};
    packet_ = pictures_ ? MakePicture(codec.width, codec.height)
                        : MakeRandom(recipe.video_bytes / kPicturesPerSecond);
    if (recipe.bright_at_seconds > 0) {
      bright_from_ =
          static_cast<int>(recipe.bright_at_seconds * kPicturesPerSecond);
      bright_ = MakePicture(codec.width, codec.height, 192, 64);
      packet_ = MakePicture(codec.width, codec.height, 0, 64);
    }
  }

  void Write(int picture) {
    bool bright = bright_ && picture >= bright_from_ &&
                  picture < bright_from_ + 2 * kPicturesPerSecond;
    PacketPtr packet(av_packet_clone(bright ? bright_.get() : packet_.get()));
    if (!pictures_) {
      Check(av_packet_make_writable(packet.get()), "packet");
      for (int i = 0; i < packet->size; ++i)
        packet->data[i] = static_cast<uint8_t>(random_() | 2);
    }
    packet->pts = packet->dts =
        av_rescale_q(picture, {1, kPicturesPerSecond}, stream_->time_base);
    packet->duration =
        av_rescale_q(1, {1, kPicturesPerSecond}, stream_->time_base);
    packet->stream_index = stream_->index;
    packet->flags =
        picture % (2 * kPicturesPerSecond) == 0 ? AV_PKT_FLAG_KEY : 0;
    Check(av_interleaved_write_frame(&format_, packet.get()), "mux");
  }

 private:
  AVFormatContext& format_;
  const bool pictures_;
  AVStream* stream_ = nullptr;
  PacketPtr packet_;
  PacketPtr bright_;
  int bright_from_ = 0;
  std::mt19937 random_{1};
};

}  // namespace

std::vector<std::byte> EncodeMovie(const MovieRecipe& recipe) {
  ConfigureLibav();
  MemoryFile file;
  AVFormatContext* format = nullptr;
  Check(avformat_alloc_output_context2(&format, nullptr, recipe.format.c_str(),
                                       nullptr),
        "muxer");
  format->pb = file.context();
  format->flags |= AVFMT_FLAG_BITEXACT;
  format->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  std::optional<VideoMaker> video;
  if (recipe.video_bytes > 0 || recipe.pictures) video.emplace(*format, recipe);
  std::vector<std::unique_ptr<AudioTrackMaker>> tracks;
  for (int i = 0; i < recipe.tracks; ++i)
    tracks.push_back(std::make_unique<AudioTrackMaker>(*format, recipe, i));
  Check(avformat_write_header(format, nullptr), "header");
  for (int i = 0; i < recipe.seconds * kPicturesPerSecond; ++i) {
    if (video) video->Write(i);
    for (auto& track : tracks)
      track->EncodeUpTo(int64_t{i + 1} * recipe.sample_rate /
                        kPicturesPerSecond);
  }
  for (auto& track : tracks) track->Send(nullptr);
  Check(av_write_trailer(format), "trailer");
  avformat_free_context(format);
  return file.Take();
}

}  // namespace vexaa::media
