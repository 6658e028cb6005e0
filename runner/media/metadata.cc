#include "runner/media/metadata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "lib/base/utf8.h"
#include "runner/media/limits.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vexaa::media {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kMaxTags = 64;  // of the file, and of each stream
constexpr size_t kMaxTagNameBytes = 64;
constexpr size_t kMaxTagBytes = 1024;
constexpr size_t kMaxTagBytesInAll = 128 << 10;
constexpr size_t kMaxChapters = 1000;

// Three digits behind the point, as all times of this file.
double Rounded(double value) { return std::round(value * 1000) / 1000; }

double Seconds(int64_t value, AVRational base) {
  return Rounded(static_cast<double>(value) * av_q2d(base));
}

// Tags up to the file's budget of bytes.
class TagReader {
 public:
  Json Read(const AVDictionary* tags) {
    Json json = Json::object();
    const AVDictionaryEntry* entry = nullptr;
    while (json.size() < kMaxTags && left_ > 0 &&
           (entry = av_dict_get(tags, "", entry, AV_DICT_IGNORE_SUFFIX)) !=
               nullptr) {
      std::string name = entry->key;
      std::string text = entry->value;
      base::CutUtf8(name, kMaxTagNameBytes);
      base::CutUtf8(text, std::min(kMaxTagBytes, left_));
      left_ -= std::min(left_, name.size() + text.size());
      json[name] = text;
    }
    return json;
  }

 private:
  size_t left_ = kMaxTagBytesInAll;
};

std::string Tag(const AVDictionary* tags, const char* name) {
  const AVDictionaryEntry* entry = av_dict_get(tags, name, nullptr, 0);
  std::string text = entry == nullptr ? "" : entry->value;
  base::CutUtf8(text, kMaxTagNameBytes);
  return text;
}

Json DispositionsOf(int flags) {
  Json json = Json::array();
  for (int bit = 0; bit < 31; ++bit) {
    const char* name = av_disposition_to_string(flags & (1 << bit));
    if (name != nullptr) json.push_back(name);
  }
  return json;
}

std::string TypeName(AVMediaType type) {
  const char* name = av_get_media_type_string(type);
  return name == nullptr ? "unknown" : name;
}

std::string FourCc(uint32_t tag) {
  std::array<char, AV_FOURCC_MAX_STRING_SIZE> text{};
  return av_fourcc_make_string(text.data(), tag);
}

// What is not known is left out.
void AddPositive(Json& json, const char* name, int64_t value) {
  if (value > 0) json[name] = value;
}

void AddRate(Json& json, const char* name, AVRational rate) {
  if (rate.num > 0 && rate.den > 0) json[name] = Rounded(av_q2d(rate));
}

std::string LayoutName(AVChannelLayout layout) {
  std::array<char, 64> text{};
  // Headers often tell the count only; more than two may be arranged in any
  // way.
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC && layout.nb_channels <= 2)
    av_channel_layout_default(&layout, layout.nb_channels);
  if (layout.order != AV_CHANNEL_ORDER_NATIVE ||
      av_channel_layout_describe(&layout, text.data(), text.size()) < 0)
    return "";
  return text.data();
}

void AddAudio(Json& json, const AVCodecParameters& codec) {
  AddPositive(json, "sample_rate", codec.sample_rate);
  AddPositive(json, "channels", codec.ch_layout.nb_channels);
  std::string layout = LayoutName(codec.ch_layout);
  if (!layout.empty()) json["channel_layout"] = layout;
  AddPositive(json, "bits_per_sample", codec.bits_per_raw_sample);
}

void AddVideo(Json& json, const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  AddPositive(json, "width", codec.width);
  AddPositive(json, "height", codec.height);
  AVRational aspect = stream.sample_aspect_ratio.num > 0
                          ? stream.sample_aspect_ratio
                          : codec.sample_aspect_ratio;
  AddRate(json, "sample_aspect_ratio", aspect);
  AddRate(json, "frame_rate", stream.avg_frame_rate);
  const char* pixels =
      av_get_pix_fmt_name(static_cast<AVPixelFormat>(codec.format));
  if (pixels != nullptr) json["pixel_format"] = pixels;
}

void AddCodec(Json& json, const AVCodecParameters& codec) {
  json["type"] = TypeName(codec.codec_type);
  json["codec"] = codec.codec_id == AV_CODEC_ID_NONE && codec.codec_tag != 0
                      ? FourCc(codec.codec_tag)
                      : avcodec_get_name(codec.codec_id);
  const char* profile = avcodec_profile_name(codec.codec_id, codec.profile);
  if (profile != nullptr) json["profile"] = profile;
  AddPositive(json, "bit_rate", codec.bit_rate);
}

Json StreamJson(const AVStream& stream, TagReader& tags) {
  Json json{{"index", stream.index}};
  AddCodec(json, *stream.codecpar);
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
    AddAudio(json, *stream.codecpar);
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO) AddVideo(json, stream);
  if (stream.duration > 0)
    json["duration_seconds"] = Seconds(stream.duration, stream.time_base);
  std::string language = Tag(stream.metadata, "language");
  if (!language.empty() && language != "und") json["language"] = language;
  json["disposition"] = DispositionsOf(stream.disposition);
  json["tags"] = tags.Read(stream.metadata);
  return json;
}

void AddDecoded(Json& json, const DecodedFacts& decoded) {
  if (!json.contains("sample_rate"))
    AddPositive(json, "sample_rate", decoded.sample_rate);
  if (!json.contains("channels"))
    AddPositive(json, "channels", decoded.channels);
  if (!json.contains("duration_seconds") && decoded.seconds)
    json["duration_seconds"] = Rounded(*decoded.seconds);
}

Json FormatJson(const AVFormatContext& format, const Container& container,
                uint64_t source_bytes, const DecodedFacts& decoded,
                TagReader& tags) {
  Json json{{"name", container.name}, {"size_bytes", source_bytes}};
  // Of a fragmented file libav knows the first fragment's length only.
  double seconds = 0;
  if (format.duration > 0 && !container.fragmented)
    seconds = Rounded(static_cast<double>(format.duration) / AV_TIME_BASE);
  else if (decoded.seconds)
    seconds = Rounded(*decoded.seconds);
  if (seconds > 0) {
    json["duration_seconds"] = seconds;
    json["bit_rate"] = static_cast<int64_t>(
        std::min(static_cast<double>(source_bytes) * 8 / seconds, 1e15));
  }
  json["tags"] = tags.Read(format.metadata);
  return json;
}

Json ChaptersJson(const AVFormatContext& format) {
  Json json = Json::array();
  for (const AVChapter* chapter :
       std::span(format.chapters, format.nb_chapters)) {
    if (json.size() == kMaxChapters) break;
    json.push_back({{"start", Seconds(chapter->start, chapter->time_base)},
                    {"end", Seconds(chapter->end, chapter->time_base)},
                    {"title", Tag(chapter->metadata, "title")}});
  }
  return json;
}

}  // namespace

std::string DescribeSource(const AVFormatContext& format,
                           const Container& container, uint64_t source_bytes,
                           const DecodedFacts& decoded) {
  TagReader tags;
  Json json{{"version", kVersion}};
  json["format"] = FormatJson(format, container, source_bytes, decoded, tags);
  json["streams"] = Json::array();
  for (const AVStream* stream : std::span(format.streams, format.nb_streams)) {
    Json described = StreamJson(*stream, tags);
    if (stream->index == decoded.stream) AddDecoded(described, decoded);
    // In a fragmented file it is the first fragment's.
    if (container.fragmented && stream->index != decoded.stream)
      described.erase("duration_seconds");
    json["streams"].push_back(std::move(described));
  }
  json["chapters"] = ChaptersJson(format);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vexaa::media
