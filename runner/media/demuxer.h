// Opens a source and gives the packets of one audio track. The demuxer is
// chosen by our own sniff and nothing is probed by decoding; every other
// stream is discarded. `source` must outlive it. Thread-compatible.
// Errors carry a job reason; an error of the source itself is passed on as it
// is.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
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
  // Chooses the track that Read gives; once. CorruptInput: the container's
  // own table names bytes behind the end of the file.
  base::Status Select(int index);
  // libav's own view, for what asks for more than a track's packets.
  AVFormatContext& format() { return *format_; }
  const AVStream& stream() const { return *format_->streams[selected_]; }
  // The next packet of the track; false at the end.
  base::Result<bool> Read(AVPacket& packet);

  // Length of the track, else of the file; nothing when no header says so.
  std::optional<int64_t> duration_ms() const;
  // How far the source was read, 0 to 1: progress where no length is known.
  double fraction_read() const;
  uint64_t bytes_read() const { return io_.bytes_read(); }
  uint64_t source_bytes() const { return io_.size(); }

 private:
  Demuxer(base::ByteSource& source, std::stop_token stop, Container container);
  static int IsStopped(void* self);
  base::Status OpenFormat();
  base::Status FindTracks();
  base::Status ProbeStreams();
  base::Status ReadPictureSizes();
  base::Status CheckIndex() const;
  void DiscardUnwanted();
  bool IsWanted(const AVPacket& packet) const;
  base::Result<bool> ReadAny(AVPacket& packet);
  base::Status ReadError(int error) const;

  SourceIo io_;
  std::stop_token stop_;
  Container container_;
  AVFormatContext* format_ = nullptr;
  int selected_ = -1;
  std::deque<PacketPtr> pending_;  // read while tracks were looked for
};

}  // namespace vexaa::media
