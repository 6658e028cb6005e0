// Writes one stream's packets as a file into a sink. `sink` must outlive it.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "lib/base/status.h"
#include "lib/jobs/profile.h"
#include "runner/media/libav.h"
#include "runner/media/m4a_plan.h"
#include "runner/media/output_sink.h"
#include "runner/media/sink_io.h"
#include "runner/media/source_tags.h"

namespace vexaa::media {

struct MuxRequest {
  jobs::Container container = jobs::Container::kMka;  // never kFitting
  // Of the packets; their first samples, as many as its initial padding, are
  // what players leave out. Copied.
  const AVCodecParameters* codec = nullptr;
  // About how long the sound will be, where that is known: an M4A needs room
  // for its index beforehand.
  std::optional<double> seconds;
  const SourceTags* tags = nullptr;  // may be none; used by Open only
};

// The file tells players what to leave out at its start and end; of an M4A,
// when the sound's length is known beforehand. `seekable`: its head can be
// patched at the end.
bool IsGapless(jobs::Container container, const AVCodecParameters& codec,
               bool seekable);

class Muxer {
 public:
  static base::Result<std::unique_ptr<Muxer>> Open(const MuxRequest& request,
                                                   OutputSink& sink);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  // Takes the packet's content. Its times are in samples. CorruptInput: the
  // sound is so much longer than it was said to be that the file has no room.
  base::Status Write(AVPacket& packet);
  // Writes the trailer and patches the head, which still waits to be given to
  // the sink.
  base::Status WriteTrailer();

  // What the sink failed with, or the seek that it cannot take: a fault of ours
  // or of the storage, whatever libavformat made of it.
  const base::Status& sink_status() const { return io_.status(); }
  std::span<const std::byte> head() const { return io_.head(); }
  uint64_t bytes() const { return io_.size(); }
  // Samples that a player of the file hears, by the packets' own lengths.
  int64_t samples() const { return samples_; }
  jobs::Container container() const { return container_; }
  // The file tells players what to leave out at its start and end.
  bool gapless() const { return gapless_; }
  // Its header tells the file's length.
  bool tells_length() const { return tells_length_; }

 private:
  Muxer(const MuxRequest& request, OutputSink& sink);
  base::Status Start(const MuxRequest& request, size_t head_bytes);
  base::Status AddStream(const MuxRequest& request, size_t head_bytes);
  base::Status AddCover(const SourceTags& tags, size_t head_bytes);
  base::Status AddCoverStream(const SourceTags& tags);
  base::Status AttachCover(const SourceTags& tags);
  void ForgetPictureComment();
  base::Status WriteCover(const SourceTags& tags);
  void SetTags(const SourceTags& tags);
  void SetOptions(const MuxRequest& request, size_t head_bytes,
                  AVDictionary** options);
  base::Status Check(int error, const char* what) const;

  SinkIo io_;
  const jobs::Container container_;
  const AVRational time_base_;
  AVFormatContext* format_ = nullptr;
  AVStream* cover_ = nullptr;
  M4aIndexSize index_size_;
  size_t index_room_ = 0;  // 0: no limit
  int64_t samples_;
  bool gapless_ = true;
  bool tells_length_ = true;
};

}  // namespace vexaa::media
