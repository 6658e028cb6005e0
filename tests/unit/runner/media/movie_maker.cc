#include "tests/unit/runner/media/movie_maker.h"

#include <cmath>
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

class AudioTrackMaker {
 public:
  AudioTrackMaker(AVFormatContext& format, const MovieRecipe& recipe, int track)
      : format_(format), track_(track) {
    const AVCodec* codec = avcodec_find_encoder_by_name(recipe.codec.c_str());
    if (codec == nullptr) throw std::runtime_error("no such encoder");
    context_.reset(avcodec_alloc_context3(codec));
    context_->sample_fmt = codec->sample_fmts[0];
    context_->sample_rate = recipe.sample_rate;
    context_->time_base = {1, recipe.sample_rate};
    context_->bit_rate = 96'000;
    context_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    av_channel_layout_default(&context_->ch_layout, 2);
    if ((format.oformat->flags & AVFMT_GLOBALHEADER) != 0)
      context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AVDictionary* options = nullptr;
    // Its noise is made by a generator that a jump sets back.
    if (recipe.codec == "aac") av_dict_set(&options, "aac_pns", "0", 0);
    Check(avcodec_open2(context_.get(), codec, &options), "encoder");
    av_dict_free(&options);
    stream_ = avformat_new_stream(&format, nullptr);
    stream_->time_base = context_->time_base;
    Check(avcodec_parameters_from_context(stream_->codecpar, context_.get()),
          "parameters");
  }

  void EncodeUpTo(int64_t samples) {
    int size = context_->frame_size > 0 ? context_->frame_size : 1024;
    for (; next_ + size <= samples; next_ += size) {
      FramePtr frame(av_frame_alloc());
      frame->format = context_->sample_fmt;
      frame->sample_rate = context_->sample_rate;
      frame->nb_samples = size;
      frame->pts = next_;
      av_channel_layout_copy(&frame->ch_layout, &context_->ch_layout);
      Check(av_frame_get_buffer(frame.get(), 0), "frame");
      for (int i = 0; i < size; ++i)
        for (int channel = 0; channel < 2; ++channel)
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
      av_packet_rescale_ts(packet.get(), context_->time_base,
                           stream_->time_base);
      Check(av_interleaved_write_frame(&format_, packet.get()), "mux");
    }
  }

 private:
  AVFormatContext& format_;
  const int track_;
  CodecContextPtr context_;
  AVStream* stream_ = nullptr;
  int64_t next_ = 0;
};

AVStream* AddVideo(AVFormatContext& format) {
  AVStream* stream = avformat_new_stream(&format, nullptr);
  stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  stream->codecpar->codec_id = AV_CODEC_ID_MPEG4;
  stream->codecpar->width = 320;
  stream->codecpar->height = 180;
  stream->time_base = {1, kPicturesPerSecond};
  return stream;
}

void WriteVideo(AVFormatContext& format, const AVStream& stream, int picture,
                size_t bytes, std::mt19937& random) {
  PacketPtr packet(av_packet_alloc());
  Check(av_new_packet(packet.get(), static_cast<int>(bytes)), "packet");
  for (size_t i = 0; i < bytes; ++i)
    packet->data[i] = static_cast<uint8_t>(random() | 2);
  packet->pts = packet->dts =
      av_rescale_q(picture, {1, kPicturesPerSecond}, stream.time_base);
  packet->duration = av_rescale_q(1, {1, kPicturesPerSecond}, stream.time_base);
  packet->stream_index = stream.index;
  if (picture % (2 * kPicturesPerSecond) == 0) packet->flags |= AV_PKT_FLAG_KEY;
  Check(av_interleaved_write_frame(&format, packet.get()), "mux");
}

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
  AVStream* video = recipe.video_bytes > 0 ? AddVideo(*format) : nullptr;
  std::vector<std::unique_ptr<AudioTrackMaker>> tracks;
  for (int i = 0; i < recipe.tracks; ++i)
    tracks.push_back(std::make_unique<AudioTrackMaker>(*format, recipe, i));
  Check(avformat_write_header(format, nullptr), "header");
  std::mt19937 random(1);
  for (int i = 0; i < recipe.seconds * kPicturesPerSecond; ++i) {
    if (video != nullptr)
      WriteVideo(*format, *video, i, recipe.video_bytes / kPicturesPerSecond,
                 random);
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
