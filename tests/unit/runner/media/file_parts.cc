#include "tests/unit/runner/media/file_parts.h"

#include <array>

namespace vexaa::media {
namespace {

using namespace std::string_literals;

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    text += static_cast<char>(value >> shift & 0xff);
  return text;
}

const std::string kNoFlags(4, '\0');

std::string Or(const std::string& given, const std::string& truth) {
  return given.empty() ? truth : given;
}

std::string SampleEntry(const Movie& movie) {
  return Box("sowt", std::string(6, '\0') + Big16(1) + std::string(8, '\0') +
                         Big16(movie.channels) + Big16(16) + Big32(0) +
                         Big32(uint64_t{movie.rate} << 16));
}

std::string SampleTable(const Movie& movie, uint64_t data_at) {
  const uint32_t bytes = 2u * movie.channels;
  return Box(
      "stbl",
      Box("stsd", kNoFlags + Big32(1) + SampleEntry(movie)) +
          Box("stts",
              kNoFlags +
                  Or(movie.stts, Big32(1) + Big32(movie.samples) + Big32(1))) +
          Box("stsc",
              kNoFlags + Or(movie.stsc, Big32(1) + Big32(1) +
                                            Big32(movie.samples) + Big32(1))) +
          Box("stsz",
              kNoFlags + Or(movie.stsz, Big32(bytes) + Big32(movie.samples))) +
          Box("stco", kNoFlags + Or(movie.stco, Big32(1) + Big32(data_at))));
}

std::string Track(const Movie& movie, uint64_t data_at) {
  const std::string reference = Or(movie.data_reference, Box("url ", Big32(1)));
  const std::string media = Box(
      "minf", Box("smhd", kNoFlags + Big32(0)) +
                  Box("dinf", Box("dref", kNoFlags + Big32(1) + reference)) +
                  SampleTable(movie, data_at));
  return Box(
      "trak",
      Box("tkhd",
          Big32(7) + Big32(0) + Big32(0) + Big32(1) + std::string(68, '\0')) +
          movie.edits + movie.track_extra +
          Box("mdia", Box("mdhd", kNoFlags + Big32(0) + Big32(0) + Big32(8000) +
                                      Big32(movie.duration) + Big32(0)) +
                          Box("hdlr", kNoFlags + "mhlr" + "soun" +
                                          std::string(12, '\0')) +
                          media));
}

const std::string kDocument = "\x1a\x45\xdf\xa3"s;
const std::string kSegment = "\x18\x53\x80\x67"s;

std::string SoundTrack(std::string_view extra) {
  const std::string audio =
      // 8000.0 as a float of eight bytes.
      Element("\xb5"s, Big64(0x40bf400000000000)) +
      UnsignedElement("\x9f"s, 1) + UnsignedElement("\x62\x64"s, 16);
  return Element(
      "\x16\x54\xae\x6b"s,
      Element("\xae"s, UnsignedElement("\xd7"s, 1) +
                           UnsignedElement("\x73\xc5"s, 1) +
                           UnsignedElement("\x83"s, 2) +
                           Element("\x86"s, "A_PCM/INT/LIT") +
                           Element("\xe1"s, audio) + std::string(extra)));
}

}  // namespace

std::string Big16(uint32_t value) { return BigEndian(value, 2); }
std::string Big32(uint64_t value) { return BigEndian(value, 4); }
std::string Big64(uint64_t value) { return BigEndian(value, 8); }

std::string Repeat(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string Box(std::string_view type, std::string_view payload) {
  return Big32(payload.size() + 8) + std::string(type) + std::string(payload);
}

std::string MakeMovie(const Movie& movie) {
  const std::string type = Box("ftyp", "qt  "s + std::string(4, '\0') + "qt  ");
  const std::string data =
      Box("mdat",
          std::string(uint64_t{movie.samples} * 2 * movie.channels, '\x11'));
  const std::string header =
      Box("mvhd", kNoFlags + Big32(0) + Big32(0) + Big32(8000) +
                      Big32(movie.duration) + std::string(80, '\0'));
  return type + data +
         Box("moov",
             header + Track(movie, type.size() + 8) + movie.movie_extra);
}

std::string Element(std::string_view id, std::string_view payload) {
  // A size of eight bytes: 0x01 and seven of the value.
  return std::string(id) + '\x01' + BigEndian(payload.size(), 7) +
         std::string(payload);
}

std::string UnsignedElement(std::string_view id, uint64_t value) {
  return Element(id, Big64(value));
}

std::string MakeMatroska(std::string_view before_tracks,
                         std::string_view after_tracks,
                         std::string_view track_extra) {
  const std::string info =
      Element("\x15\x49\xa9\x66"s, UnsignedElement("\x2a\xd7\xb1"s, 1'000'000));
  return Element(kDocument, Element("\x42\x82"s, "matroska")) +
         Element(kSegment, std::string(before_tracks) + info +
                               SoundTrack(track_extra) +
                               std::string(after_tracks));
}

std::string Cluster(uint64_t time) {
  const std::string block =
      "\x81"s + Big16(0) + '\x80' + std::string(200, '\x11');
  return Element("\x1f\x43\xb6\x75"s,
                 UnsignedElement("\xe7"s, time) + Element("\xa3"s, block));
}

}  // namespace vexaa::media
