#include "runner/media/source_tags.h"

#include <algorithm>
#include <array>
#include <span>

#include "lib/base/utf8.h"

namespace vexaa::media {
namespace {

constexpr size_t kMaxCoverBytes = 4 << 20;
constexpr size_t kMaxTextBytes = 4 << 10;

// What describes the work. The rest of a source's tags describes its file.
constexpr std::array kCarried = {
    "title", "artist",     "album",    "album_artist", "composer",  "performer",
    "genre", "date",       "track",    "disc",         "comment",   "copyright",
    "show",  "episode_id", "synopsis", "description",  "publisher", "lyrics"};

const char* Find(const AVDictionary* tags, const char* name) {
  const AVDictionaryEntry* entry = av_dict_get(tags, name, nullptr, 0);
  return entry == nullptr ? nullptr : entry->value;
}

bool IsCover(const AVStream& stream) {
  AVCodecID id = stream.codecpar->codec_id;
  return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 &&
         (id == AV_CODEC_ID_MJPEG || id == AV_CODEC_ID_PNG) &&
         stream.attached_pic.size > 0 &&
         static_cast<size_t>(stream.attached_pic.size) <= kMaxCoverBytes;
}

void ReadCover(const AVFormatContext& format, SourceTags& tags) {
  for (const AVStream* stream : std::span(format.streams, format.nb_streams)) {
    if (!IsCover(*stream)) continue;
    auto bytes = std::as_bytes(
        std::span(stream->attached_pic.data,
                  static_cast<size_t>(stream->attached_pic.size)));
    auto size = ReadCoverSize(bytes);
    if (!size) continue;
    tags.cover_size = *size;
    tags.cover.assign(bytes.begin(), bytes.end());
    tags.cover_is_png = stream->codecpar->codec_id == AV_CODEC_ID_PNG;
    return;
  }
}

}  // namespace

size_t SourceTags::bytes() const {
  size_t sum = cover.size();
  for (const auto& [name, value] : entries)
    sum += name.size() + value.size() + 64;
  return sum;
}

SourceTags ReadTags(const AVFormatContext& format, const AVStream& stream) {
  SourceTags tags;
  // Ogg has its tags at the stream; elsewhere a stream's title names the track.
  bool of_stream = av_dict_count(format.metadata) == 0;
  for (const char* name : kCarried) {
    const char* text = Find(format.metadata, name);
    if (text == nullptr && of_stream) text = Find(stream.metadata, name);
    if (text == nullptr) continue;
    std::string value = text;
    if (!value.empty() && value.size() <= kMaxTextBytes && base::IsUtf8(value))
      tags.entries.emplace_back(name, std::move(value));
  }
  if (const char* language = Find(stream.metadata, "language"))
    if (std::string text = language; text.size() <= 16 && base::IsUtf8(text))
      tags.language = text;
  ReadCover(format, tags);
  return tags;
}

}  // namespace vexaa::media
