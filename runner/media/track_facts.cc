#include "runner/media/track_facts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <string_view>

#include "runner/media/audio_codecs.h"

namespace vexaa::media {
namespace {

std::string Tag(const AVStream& stream, const char* name) {
  const AVDictionaryEntry* entry =
      av_dict_get(stream.metadata, name, nullptr, 0);
  return entry == nullptr ? "" : entry->value;
}

bool TitleSays(std::string title, std::string_view word) {
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return title.find(word) != std::string::npos;
}

// libav's name, or the container's own word for a codec libav has no name for.
std::string CodecNameOf(const AVCodecParameters& codec) {
  if (codec.codec_id != AV_CODEC_ID_NONE || codec.codec_tag == 0)
    return avcodec_get_name(codec.codec_id);
  std::array<char, AV_FOURCC_MAX_STRING_SIZE> text{};
  return av_fourcc_make_string(text.data(), codec.codec_tag);
}

runner::AudioTrack Describe(const AVStream& stream) {
  runner::AudioTrack track;
  track.index = stream.index;
  track.codec = CodecNameOf(*stream.codecpar);
  track.decodable = FindAllowedDecoder(stream.codecpar->codec_id) != nullptr;
  track.language = Tag(stream, "language");
  if (track.language == "und") track.language.clear();
  track.title = Tag(stream, "title");
  int disposition = stream.disposition;
  track.is_default = (disposition & AV_DISPOSITION_DEFAULT) != 0;
  track.is_commentary = (disposition & AV_DISPOSITION_COMMENT) != 0 ||
                        TitleSays(track.title, "commentary");
  track.is_description = (disposition & (AV_DISPOSITION_VISUAL_IMPAIRED |
                                         AV_DISPOSITION_DESCRIPTIONS)) != 0 ||
                         TitleSays(track.title, "audio description");
  return track;
}

}  // namespace

std::vector<runner::AudioTrack> DescribeTracks(const AVFormatContext& format) {
  std::vector<runner::AudioTrack> tracks;
  for (const AVStream* stream : std::span(format.streams, format.nb_streams))
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
      tracks.push_back(Describe(*stream));
  return tracks;
}

}  // namespace vexaa::media
