#include "runner/media/demuxer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/audio_codecs.h"
#include "runner/media/limits.h"
#include "runner/media/picture_sizes.h"
#include "runner/media/read_plan.h"
#include "runner/media/track_facts.h"

namespace vexaa::media {
namespace {

using jobs::Fail;
using jobs::Reason;

int RefuseOpen(AVFormatContext*, AVIOContext**, const char*, int,
               AVDictionary**) {
  return AVERROR(EPERM);
}

base::Result<Container> SniffSource(base::ByteSource& source) {
  std::vector<std::byte> head(std::min<uint64_t>(kSniffBytes, source.size()));
  size_t filled = 0;
  while (filled < head.size()) {
    ASSIGN_OR_RETURN(size_t count,
                     source.Read(std::span(head).subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  RETURN_IF_ERROR(source.Seek(0));
  const auto seen = std::span(head).first(filled);
  if (auto container = Sniff(seen)) {
    if (auto plan = PlanHeader(*container, seen, source.size()))
      source.Follow(std::move(plan));
    return *container;
  }
  return Fail(Reason::kInputUnreadable,
              source.size() == 0
                  ? "the source is empty"
                  : "the source is no video or audio file: its first bytes "
                    "fit no known container");
}

void SetText(char*& field, const char* text) {
  av_freep(&field);
  field = av_strdup(text);
}

void SetLimits(AVFormatContext& format, const Container& container) {
  const AVInputFormat* input = av_find_input_format(container.demuxer.data());
  SetText(format.format_whitelist, input->name);
  SetText(format.codec_whitelist, AllowedDecoderNames().c_str());
  // No protocol has this name: nothing else is ever opened.
  SetText(format.protocol_whitelist, "none");
  format.io_open = &RefuseOpen;
  format.max_streams = kMaxStreams;
  format.probesize = kProbeBytes;
  format.max_analyze_duration = kAnalyzeMicroseconds;
  format.max_probe_packets = kMaxProbePackets;
  format.flags |= AVFMT_FLAG_CUSTOM_IO;
  // Otherwise every fragment of a fragmented MP4 is visited before the first
  // packet, and the file is read twice.
  if (container.demuxer == "mov") format.flags |= AVFMT_FLAG_IGNIDX;
}

}  // namespace

base::Result<std::unique_ptr<Demuxer>> Demuxer::Open(base::ByteSource& source,
                                                     std::stop_token stop,
                                                     Scrutiny scrutiny) {
  ConfigureLibav();
  ASSIGN_OR_RETURN(Container container, SniffSource(source));
  std::unique_ptr<Demuxer> demuxer(
      new Demuxer(source, std::move(stop), container));
  RETURN_IF_ERROR(demuxer->OpenFormat());
  if (scrutiny == Scrutiny::kStreams) RETURN_IF_ERROR(demuxer->ProbeStreams());
  RETURN_IF_ERROR(demuxer->FindTracks(false));
  return demuxer;
}

Demuxer::Demuxer(base::ByteSource& source, std::stop_token stop,
                 Container container)
    : io_(source, stop), stop_(std::move(stop)), container_(container) {}

Demuxer::~Demuxer() { avformat_close_input(&format_); }

int Demuxer::IsStopped(void* self) {
  return static_cast<Demuxer*>(self)->stop_.stop_requested() ? 1 : 0;
}

base::Status Demuxer::OpenFormat() {
  format_ = avformat_alloc_context();
  if (format_ == nullptr || io_.context() == nullptr)
    return Fail(Reason::kOutOfMemory, "no memory for the demuxer");
  format_->pb = io_.context();
  format_->interrupt_callback = {&IsStopped, this};
  SetLimits(*format_, container_);
  AVDictionary* options = nullptr;
  av_dict_set(&options, "enable_drefs", "0", 0);
  av_dict_set(&options, "use_absolute_path", "0", 0);
  av_dict_set(&options, "ignore_chapters", "1", 0);
  int error = avformat_open_input(
      &format_, "", av_find_input_format(container_.demuxer.data()), &options);
  av_dict_free(&options);
  if (error >= 0) return base::Status::Ok();
  if (!io_.status().ok() || stop_.stop_requested()) return ReadError(error);
  return Fail(Reason::kInputUnreadable,
              "the source looks like " + std::string(container_.name) +
                  " but its header cannot be read (" + AvErrorText(error) +
                  "): the file is damaged or incomplete");
}

// Containers without a header show their streams only in the packets.
base::Status Demuxer::FindTracks(bool all) {
  while ((format_->ctx_flags & AVFMTCTX_NOHEADER) != 0 &&
         probed_bytes_ < kProbeBytes) {
    auto known = tracks();
    if (!all && std::any_of(known.begin(), known.end(),
                            [](const auto& track) { return track.decodable; }))
      break;
    PacketPtr packet(av_packet_alloc());
    ASSIGN_OR_RETURN(bool more, ReadAny(*packet));
    if (!more) break;
    probed_bytes_ += packet->size;
    const AVStream* stream = format_->streams[packet->stream_index];
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
      pending_.push_back(std::move(packet));
  }
  return base::Status::Ok();
}

// libav opens decoders of the allow-list only, and keeps the packets that it
// looks at for later reads.
base::Status Demuxer::ProbeStreams() {
  if ((format_->ctx_flags & AVFMTCTX_NOHEADER) == 0) return base::Status::Ok();
  int error = avformat_find_stream_info(format_, nullptr);
  if (error < 0 || !io_.status().ok()) return ReadError(error);
  return ReadPictureSizes();
}

// Parses, without decoding, the first pictures of videos whose size stands
// nowhere else.
base::Status Demuxer::ReadPictureSizes() {
  PictureSizes sizes(*format_);
  int64_t budget = kProbeBytes;
  while (!sizes.known() && budget > 0) {
    PacketPtr packet(av_packet_alloc());
    ASSIGN_OR_RETURN(bool more, ReadAny(*packet));
    if (!more) break;
    budget -= packet->size;
    AVStream* stream = format_->streams[packet->stream_index];
    sizes.Look(*stream, *packet);
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
      pending_.push_back(std::move(packet));
  }
  return base::Status::Ok();
}

// A transport stream's tables name all of its streams at once.
base::Status Demuxer::FindAllTracks() {
  if (container_.demuxer == "mpegts") return base::Status::Ok();
  return FindTracks(true);
}

std::vector<runner::AudioTrack> Demuxer::tracks() const {
  return DescribeTracks(*format_);
}

base::Status Demuxer::Select(std::span<const int> indexes) {
  RETURN_IF_ERROR(SelectOnly(indexes));
  std::vector<const AVStream*> wanted;
  for (int index : selected_) wanted.push_back(format_->streams[index]);
  Reading reading = PlanReading(container_, wanted);
  io_.Follow(std::move(reading.plan));
  if (reading.once) io_.ReadDirectly();
  return base::Status::Ok();
}

base::Status Demuxer::SelectOnly(std::span<const int> indexes) {
  selected_.assign(indexes.begin(), indexes.end());
  DiscardUnwanted();
  for (int index : selected_) RETURN_IF_ERROR(CheckIndex(index));
  return base::Status::Ok();
}

void Demuxer::GoToPicture(int64_t timestamp) {
  if (auto picture = FindKeyPicture(container_, stream(), timestamp)) {
    io_.Follow(PlanPicture(*picture));
    timestamp = picture->timestamp;
  }
  // Refused, the search begins at the start.
  av_seek_frame(format_, stream().index, timestamp, AVSEEK_FLAG_BACKWARD);
}

bool Demuxer::IsSelected(int index) const {
  return std::find(selected_.begin(), selected_.end(), index) !=
         selected_.end();
}

void Demuxer::DiscardUnwanted() {
  for (AVStream* stream : std::span(format_->streams, format_->nb_streams))
    stream->discard =
        IsSelected(stream->index) ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

base::Status Demuxer::CheckIndex(int index) const {
  if (container_.demuxer != "mov") return base::Status::Ok();
  AVStream* stream = format_->streams[index];
  int64_t end = 0;
  for (int i = 0; i < avformat_index_get_entries_count(stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    end = std::max(end, entry->pos + entry->size);
  }
  if (end <= static_cast<int64_t>(io_.size())) return base::Status::Ok();
  return Fail(Reason::kCorruptInput,
              "the source is cut off: its sound goes up to byte " +
                  std::to_string(end) + " but the file has only " +
                  std::to_string(io_.size()));
}

base::Result<bool> Demuxer::Read(AVPacket& packet) {
  while (!pending_.empty()) {
    PacketPtr first = std::move(pending_.front());
    pending_.pop_front();
    if (!IsWanted(*first)) continue;
    av_packet_move_ref(&packet, first.get());
    return true;
  }
  for (;;) {
    ASSIGN_OR_RETURN(bool more, ReadAny(packet));
    if (!more || IsWanted(packet)) return more;
    av_packet_unref(&packet);
    // A stream that appeared meanwhile is not wanted either.
    if ((format_->ctx_flags & AVFMTCTX_NOHEADER) != 0) DiscardUnwanted();
  }
}

bool Demuxer::IsWanted(const AVPacket& packet) const {
  return IsSelected(packet.stream_index) && packet.size <= kMaxPacketBytes;
}

// Matroska's and FLV's indexes are mostly of the video's key frames.
std::vector<int> Demuxer::StreamsToSeekBy(int index) const {
  std::vector<int> streams;
  bool by_video =
      container_.demuxer == "matroska" || container_.demuxer == "flv";
  for (const AVStream* stream :
       std::span(format_->streams, format_->nb_streams))
    if (by_video && stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
        (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0)
      streams.push_back(stream->index);
  streams.push_back(index);
  return streams;
}

base::Result<bool> Demuxer::SeekBefore(int index, int64_t timestamp) {
  if (container_.fragmented) return false;
  for (int by : StreamsToSeekBy(index)) {
    int64_t time = av_rescale_q_rnd(timestamp, stream(index).time_base,
                                    stream(by).time_base, AV_ROUND_DOWN);
    int error = av_seek_frame(format_, by, time, AVSEEK_FLAG_BACKWARD);
    if (!io_.status().ok() || stop_.stop_requested()) return ReadError(error);
    if (error < 0) continue;
    pending_.clear();
    return true;
  }
  return false;
}

base::Result<bool> Demuxer::ReadAny(AVPacket& packet) {
  if (stop_.stop_requested()) return ReadError(AVERROR_EXIT);
  int error = av_read_frame(format_, &packet);
  // Bounded: every EAGAIN has consumed some of the file.
  while (error == AVERROR(EAGAIN)) error = av_read_frame(format_, &packet);
  if (!io_.status().ok()) return ReadError(error);
  if (error >= 0) return true;
  auto position = static_cast<uint64_t>(avio_tell(format_->pb));
  if (error == AVERROR_EOF ||
      (error != AVERROR_EXIT && position + kTailSlackBytes >= io_.size()))
    return false;
  return ReadError(error);
}

base::Status Demuxer::ReadError(int error) const {
  if (!io_.status().ok()) return io_.status();
  if (error == AVERROR_EXIT || stop_.stop_requested())
    return base::Status(base::Code::kCancelled, "reading the source stopped");
  if (error == AVERROR(ENOMEM))
    return Fail(Reason::kInputTooLarge,
                "the source needs more memory than is allowed");
  return Fail(Reason::kCorruptInput,
              "the source is damaged at byte " +
                  std::to_string(avio_tell(format_->pb)) + " (" +
                  AvErrorText(error) + ")");
}

std::optional<int64_t> Demuxer::duration_ms(int index) const {
  // Of a fragmented file libav knows the first fragment's length only.
  if (container_.fragmented) return std::nullopt;
  if (stream(index).duration > 0)
    return av_rescale_q(stream(index).duration, stream(index).time_base,
                        {1, 1000});
  if (format_->duration > 0) return format_->duration / (AV_TIME_BASE / 1000);
  return std::nullopt;
}

double Demuxer::fraction_read() const {
  if (io_.size() == 0) return 1;
  return static_cast<double>(avio_tell(format_->pb)) /
         static_cast<double>(io_.size());
}

}  // namespace vexaa::media
