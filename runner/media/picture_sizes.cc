#include "runner/media/picture_sizes.h"

#include <memory>
#include <span>

namespace vexaa::media {
namespace {

struct ParserFree {
  void operator()(AVCodecParserContext* parser) const {
    av_parser_close(parser);
  }
};

void ParseInto(AVCodecParameters& codec, const AVPacket& packet) {
  std::unique_ptr<AVCodecParserContext, ParserFree> parser(
      av_parser_init(codec.codec_id));
  CodecContextPtr context(avcodec_alloc_context3(nullptr));
  if (!parser || !context ||
      avcodec_parameters_to_context(context.get(), &codec) < 0)
    return;
  parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
  uint8_t* out = nullptr;
  int out_size = 0;
  av_parser_parse2(parser.get(), context.get(), &out, &out_size, packet.data,
                   packet.size, packet.pts, packet.dts, packet.pos);
  codec.width = parser->width > 0 ? parser->width : context->width;
  codec.height = parser->height > 0 ? parser->height : context->height;
}

}  // namespace

PictureSizes::PictureSizes(const AVFormatContext& format) {
  for (const AVStream* stream : std::span(format.streams, format.nb_streams))
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
        stream->codecpar->width <= 0)
      missing_.insert(stream->index);
}

void PictureSizes::Look(AVStream& stream, const AVPacket& packet) {
  if (!missing_.contains(stream.index)) return;
  ParseInto(*stream.codecpar, packet);
  if (stream.codecpar->width > 0) missing_.erase(stream.index);
}

}  // namespace vexaa::media
