#include "runner/media/muxer.h"

#include <string>
#include <utility>

#include "lib/jobs/reason.h"

namespace vexaa::media {

base::Result<std::unique_ptr<Muxer>> Muxer::Open(jobs::Codec codec,
                                                 const AVCodecContext& encoder,
                                                 OutputSink& sink) {
  std::unique_ptr<Muxer> muxer(new Muxer(sink, encoder));
  RETURN_IF_ERROR(muxer->Start(codec, encoder));
  return muxer;
}

// The encoder's first samples are its delay, which players leave out.
Muxer::Muxer(OutputSink& sink, const AVCodecContext& encoder)
    : io_(sink),
      time_base_(encoder.time_base),
      samples_(-encoder.initial_padding) {}

Muxer::~Muxer() {
  if (format_ != nullptr) format_->pb = nullptr;
  avformat_free_context(format_);
}

base::Status Muxer::Start(jobs::Codec codec, const AVCodecContext& encoder) {
  std::string name(jobs::ExtensionOf(jobs::Profile{.codec = codec}));
  int error =
      avformat_alloc_output_context2(&format_, nullptr, name.c_str(), nullptr);
  RETURN_IF_ERROR(Check(error, "the muxer is missing"));
  format_->pb = io_.context();
  // No version strings: the same input gives the same bytes everywhere.
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  AVStream* stream = avformat_new_stream(format_, nullptr);
  if (stream == nullptr || io_.context() == nullptr)
    return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for the muxer");
  stream->time_base = encoder.time_base;
  error = avcodec_parameters_from_context(stream->codecpar, &encoder);
  RETURN_IF_ERROR(Check(error, "the muxer refused the codec"));
  AVDictionary* options = nullptr;
  // Over 4 GiB a WAV becomes RF64; room for that is kept in the head.
  if (codec == jobs::Codec::kPcmS16) av_dict_set(&options, "rf64", "auto", 0);
  error = avformat_write_header(format_, &options);
  av_dict_free(&options);
  return Check(error, "the file's header could not be written");
}

base::Status Muxer::Write(AVPacket& packet) {
  samples_ += packet.duration;
  packet.stream_index = 0;
  av_packet_rescale_ts(&packet, time_base_, format_->streams[0]->time_base);
  return Check(av_write_frame(format_, &packet), "a packet was refused");
}

base::Status Muxer::WriteTrailer() {
  int error = av_write_trailer(format_);
  avio_flush(io_.context());
  return Check(error, "the file's end could not be written");
}

base::Status Muxer::Check(int error, const char* what) const {
  if (!io_.status().ok()) return io_.status();
  if (error >= 0) return base::Status::Ok();
  return jobs::Fail(jobs::Reason::kInternal,
                    std::string(what) + " (" + AvErrorText(error) + ")");
}

}  // namespace vexaa::media
