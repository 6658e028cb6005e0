#include "runner/media/sniff.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "runner/media/sync_words.h"

namespace vexaa::media {
namespace {

using namespace std::string_view_literals;

constexpr size_t kId3HeaderBytes = 10;

bool HasAt(std::string_view text, size_t offset, std::string_view word) {
  return text.size() >= offset && text.substr(offset).starts_with(word);
}

uint32_t BigEndian32(std::string_view text, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(text[offset + i]);
  return value;
}

Container IsoContainer(std::string_view text) {
  // The movie box of a fragmented file is small, stands first and has an
  // "mvex" box.
  bool fragmented = text.find("mvex") != std::string_view::npos;
  static constexpr std::array kBrands = {
      std::pair{"qt  "sv, "mov"sv}, std::pair{"M4V"sv, "m4v"sv},
      std::pair{"M4A"sv, "m4a"sv}, std::pair{"3gp"sv, "3gp"sv},
      std::pair{"3g2"sv, "3gp"sv}};
  if (HasAt(text, 4, "ftyp")) {
    for (const auto& [brand, name] : kBrands)
      if (HasAt(text, 8, brand)) return {name, "mov", fragmented};
    return {"mp4", "mov", fragmented};
  }
  bool segment = HasAt(text, 4, "styp") || HasAt(text, 4, "moof");
  return {segment ? "mp4" : "mov", "mov", fragmented};
}

// A first box of a known type with a size that can be.
std::optional<Container> SniffIso(std::string_view text) {
  static constexpr std::array kFirstBoxes = {"ftyp"sv, "moov"sv, "mdat"sv,
                                             "free"sv, "skip"sv, "wide"sv,
                                             "pnot"sv, "styp"sv, "moof"sv};
  if (text.size() < 12) return std::nullopt;
  bool known =
      std::any_of(kFirstBoxes.begin(), kFirstBoxes.end(),
                  [&](std::string_view box) { return HasAt(text, 4, box); });
  uint32_t size = BigEndian32(text, 0);
  if (!known || (size > 1 && size < 8)) return std::nullopt;
  return IsoContainer(text);
}

std::optional<Container> SniffRiff(std::string_view text) {
  if (!text.starts_with("RIFF") && !text.starts_with("RF64"))
    return std::nullopt;
  if (HasAt(text, 8, "AVI ") || HasAt(text, 8, "AVIX")) return {{"avi", "avi"}};
  if (HasAt(text, 8, "WAVE")) return {{"wav", "wav"}};
  return std::nullopt;
}

std::optional<Container> SniffEbml(std::string_view text) {
  if (!text.starts_with("\x1a\x45\xdf\xa3")) return std::nullopt;
  // The DocType stands in the first, small element.
  bool webm = text.substr(0, 64).find("webm") != std::string_view::npos;
  return Container{webm ? "webm" : "matroska", "matroska"};
}

std::optional<Container> SniffFixedMagic(std::string_view text) {
  static constexpr std::array kMagics = {
      std::pair{"FLV\x01"sv, Container{"flv", "flv"}},
      std::pair{
          "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"sv,
          Container{"asf", "asf"}},
      std::pair{"OggS"sv, Container{"ogg", "ogg"}},
      std::pair{"fLaC"sv, Container{"flac", "flac"}},
      std::pair{"#!AMR\n"sv, Container{"amr", "amr"}},
      std::pair{"#!AMR-WB\n"sv, Container{"amr", "amr"}},
      std::pair{"\0\0\x01\xba"sv, Container{"mpegps", "mpeg"}}};
  for (const auto& [magic, container] : kMagics)
    if (text.starts_with(magic)) return container;
  return std::nullopt;
}

// The bytes of an ID3v2 tag at the start, 0 when there is none.
size_t Id3Bytes(std::string_view text) {
  if (!text.starts_with("ID3") || text.size() < kId3HeaderBytes) return 0;
  size_t size = 0;
  for (size_t i = 6; i < kId3HeaderBytes; ++i)
    size = size << 7 | (static_cast<unsigned char>(text[i]) & 0x7f);
  return size + kId3HeaderBytes;
}

// Containers without a magic at the start: found by their repeated sync words.
std::optional<Container> SniffSyncWords(std::string_view text) {
  size_t tag = Id3Bytes(text);
  if (tag > 0 && tag >= text.size()) return Container{"mp3", "mp3"};
  text.remove_prefix(tag);
  if (tag > 0 && text.starts_with("fLaC")) return Container{"flac", "flac"};
  if (HasTransportStreamSync(text)) return Container{"mpegts", "mpegts"};
  if (HasAdtsSync(text)) return Container{"aac", "aac"};
  if (HasMpegAudioSync(text)) return Container{"mp3", "mp3"};
  if (tag > 0) return Container{"mp3", "mp3"};
  return std::nullopt;
}

}  // namespace

std::optional<Container> Sniff(std::span<const std::byte> head) {
  std::string_view text(reinterpret_cast<const char*>(head.data()),
                        head.size());
  for (auto* rule : {&SniffFixedMagic, &SniffRiff, &SniffEbml, &SniffIso})
    if (auto container = rule(text)) return container;
  return SniffSyncWords(text);
}

}  // namespace vexaa::media
