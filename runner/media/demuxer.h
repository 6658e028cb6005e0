// Opens a source and gives the packets of chosen audio tracks. The demuxer is
// chosen by our own sniff and nothing is probed by decoding; every other
// stream is discarded. `source` must outlive it. Thread-compatible.
// Errors carry a job reason; an error of the source itself is passed on as it
// is.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "lib/base/byte_stream.h"
#include "lib/base/status.h"
#include "runner/audio_plan.h"
#include "runner/media/libav.h"
#include "runner/media/sniff.h"
#include "runner/media/source_io.h"

namespace vexaa::media {

// How much is asked of a source when it is opened.
enum class Scrutiny {
  kTracks,   // what is needed to choose a track
  kStreams,  // also rates and sizes that stand in no header: where there is
             // none, up to kProbeBytes are read for them, and given again
};

class Demuxer {
 public:
  // InputUnreadable: no known container, or its header makes no sense.
  static base::Result<std::unique_ptr<Demuxer>> Open(
      base::ByteSource& source, std::stop_token stop,
      Scrutiny scrutiny = Scrutiny::kTracks);
  ~Demuxer();
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  const Container& container() const { return container_; }
  std::vector<runner::AudioTrack> tracks() const;
  // Reads on for tracks that only packets announce; up to a limit.
  base::Status FindAllTracks();
  // Chooses the streams that Read gives; once. CorruptInput: the container's
  // own table names bytes behind the end of the file.
  base::Status Select(std::span<const int> indexes);
  base::Status Select(int index) { return Select(std::span(&index, 1)); }
  // Of a video from which a picture is wanted: not all of it will be read.
  base::Status SelectForPicture(int index) {
    return SelectOnly(std::span(&index, 1));
  }
  // Goes to the key picture at that time of the selected stream or before it;
  // where an index says so, only that will be fetched.
  void GoToPicture(int64_t timestamp);
  // libav's own view, for what asks for more than a track's packets.
  AVFormatContext& format() { return *format_; }
  const AVStream& stream(int index) const { return *format_->streams[index]; }
  const AVStream& stream() const { return stream(selected_.front()); }
  // The next packet of these streams; false at the end.
  base::Result<bool> Read(AVPacket& packet);
  // Goes to a packet before that time of a selected stream, in its ticks;
  // false: the container has no way to. Then, and after an error of the
  // source, where Read goes on is not known.
  base::Result<bool> SeekBefore(int index, int64_t timestamp);

  // Length of a stream, else of the file; nothing when no header says so.
  std::optional<int64_t> duration_ms(int index) const;
  // How far the source was read, 0 to 1: progress where no length is known.
  double fraction_read() const;
  uint64_t bytes_read() const { return io_.bytes_read(); }
  uint64_t source_bytes() const { return io_.size(); }

 private:
  Demuxer(base::ByteSource& source, std::stop_token stop, Container container);
  static int IsStopped(void* self);
  base::Status OpenFormat();
  base::Status ProbeStreams();
  base::Status ReadPictureSizes();
  base::Status FindTracks(bool all);
  base::Status SelectOnly(std::span<const int> indexes);
  base::Status CheckIndex(int index) const;
  bool IsSelected(int index) const;
  std::vector<int> StreamsToSeekBy(int index) const;
  void DiscardUnwanted();
  bool IsWanted(const AVPacket& packet) const;
  base::Result<bool> ReadAny(AVPacket& packet);
  base::Status ReadError(int error) const;

  SourceIo io_;
  std::stop_token stop_;
  Container container_;
  AVFormatContext* format_ = nullptr;
  std::vector<int> selected_;
  int64_t probed_bytes_ = 0;
  std::deque<PacketPtr> pending_;  // read while tracks were looked for
};

}  // namespace vexaa::media
