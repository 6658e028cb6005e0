#include "runner/side_output.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/base/digest.h"
#include "lib/jobs/reason.h"
#include "runner/media/thumbnail.h"
#include "runner/silence_json.h"

namespace vexaa::runner {

using jobs::OutputKind;

base::Status WriteWhole(std::span<const std::byte> bytes,
                        media::OutputSink& sink) {
  const size_t head = std::min(sink.head_bytes(), bytes.size());
  if (head < bytes.size()) RETURN_IF_ERROR(sink.Write(bytes.subspan(head)));
  return sink.Finish(bytes.first(head));
}

SideOutput::SideOutput(OutputKind kind, const jobs::SilenceRule& rule)
    : kind_(kind), rule_(rule), silence_(rule) {}

media::Scrutiny SideOutput::ScrutinyFor(OutputKind kind) {
  return kind == OutputKind::kMetadata ? media::Scrutiny::kStreams
                                       : media::Scrutiny::kTracks;
}

std::string_view SideOutput::content_type() const {
  return kind_ == OutputKind::kThumbnail ? "image/jpeg" : "application/json";
}

base::Status SideOutput::Check(media::Demuxer& demuxer) const {
  const AVFormatContext& format = demuxer.format();
  const bool may_come = (format.ctx_flags & AVFMTCTX_NOHEADER) != 0;
  if (kind_ != OutputKind::kThumbnail || may_come ||
      media::FindVideo(format) >= 0)
    return base::Status::Ok();
  return media::NoVideo();
}

void SideOutput::Push(const AVFrame& frame) {
  if (kind_ == OutputKind::kSilence) silence_.Push(frame);
}

base::Result<std::optional<uint64_t>> SideOutput::Finish(
    media::Demuxer& demuxer, const media::DecodedFacts& facts) {
  if (kind_ == OutputKind::kThumbnail) return std::optional<uint64_t>();
  const std::string text =
      kind_ == OutputKind::kSilence
          ? FormatSilence(rule_, silence_.Finish())
          : media::DescribeSource(demuxer.format(), demuxer.container(),
                                  demuxer.source_bytes(), facts);
  ASSIGN_OR_RETURN(uint64_t bytes, Write(base::AsBytes(text)));
  return std::optional(bytes);
}

base::Result<uint64_t> SideOutput::MakePicture(
    std::unique_ptr<media::Demuxer> demuxer, base::ByteSource& source,
    std::optional<double> seconds, std::stop_token stop) {
  // Without a header, sizes stand in the pictures only.
  if (demuxer && (demuxer->format().ctx_flags & AVFMTCTX_NOHEADER) != 0)
    demuxer.reset();
  ASSIGN_OR_RETURN(
      std::vector<std::byte> jpeg,
      demuxer ? media::MakeThumbnail(*demuxer, seconds)
              : media::MakeThumbnail(source, seconds, std::move(stop)));
  return Write(jpeg);
}

base::Result<uint64_t> SideOutput::Write(std::span<const std::byte> bytes) {
  RETURN_IF_ERROR(WriteWhole(bytes, *sink_));
  return uint64_t{bytes.size()};
}

}  // namespace vexaa::runner
