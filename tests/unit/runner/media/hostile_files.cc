#include "tests/unit/runner/media/hostile_files.h"

#include <cstdint>
#include <limits>
#include <span>

#include "tests/unit/runner/media/file_parts.h"

namespace vexaa::media {
namespace {

using namespace std::string_literals;

constexpr uint32_t kMax32 = 0xffffffff;
constexpr uint64_t kFarTime = 0x7fffffffffffffff;

HostileFile File(std::string name, const std::string& text) {
  auto bytes = std::as_bytes(std::span(text));
  return {std::move(name), {bytes.begin(), bytes.end()}};
}

HostileFile MovieFile(std::string name, const Movie& movie) {
  return File(std::move(name), MakeMovie(movie));
}

// A classic Macintosh alias record with an absolute path, as libav reads it.
std::string Alias(const std::string& path) {
  std::string record = std::string(10, '\0') + '\x03' + "vol"s +
                       std::string(24, '\0') + std::string(12, '\0') + '\x06' +
                       "canary"s + std::string(57, '\0');
  record.resize(150, '\0');
  record += Big16(2) + Big16(static_cast<uint32_t>(path.size())) + path;
  if (path.size() % 2 == 1) record += '\0';
  return record + Big16(0xffff) + Big16(0);
}

std::string Nested(const char* type, int depth) {
  std::string boxes;
  for (int i = 0; i < depth; ++i) boxes = Box(type, boxes);
  return boxes;
}

std::string Edits(uint64_t duration, uint64_t media_time, size_t count) {
  const std::string entry =
      Big64(duration) + Big64(media_time) + Big32(0x10000);
  return Box("edts", Box("elst", Big32(0x01000000) + Big32(count) +
                                     Repeat(entry, count)));
}

std::string Little(uint32_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

// WAV, mono, 22,050 Hz, in floating point.
template <typename Sample>
std::string FloatWave(std::span<const Sample> samples) {
  constexpr uint32_t kRate = 22'050, kSize = sizeof(Sample);
  const std::string data(reinterpret_cast<const char*>(samples.data()),
                         samples.size_bytes());
  const std::string chunks =
      "WAVEfmt "s + Little(16, 4) + Little(3, 2) + Little(1, 2) +
      Little(kRate, 4) + Little(kRate * kSize, 4) + Little(kSize, 2) +
      Little(8 * kSize, 2) + "data" +
      Little(static_cast<uint32_t>(data.size()), 4) + data;
  return "RIFF" + Little(static_cast<uint32_t>(chunks.size()), 4) + chunks;
}

// CRC-8 of a FLAC frame header: polynomial x^8 + x^2 + x + 1.
char Crc8(const std::string& text) {
  unsigned crc = 0;
  for (unsigned char c : text) {
    crc ^= c;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 0x80) != 0 ? (crc << 1 ^ 0x07) & 0xff : crc << 1;
  }
  return static_cast<char>(crc);
}

// CRC-16 of a FLAC frame: polynomial x^16 + x^15 + x^2 + 1.
uint32_t Crc16(const std::string& text) {
  uint32_t crc = 0;
  for (unsigned char c : text) {
    crc ^= static_cast<uint32_t>(c) << 8;
    for (int bit = 0; bit < 8; ++bit)
      crc = ((crc & 0x8000) != 0 ? crc << 1 ^ 0x8005 : crc << 1) & 0xffff;
  }
  return crc;
}

// The number of a frame, as FLAC writes it: like UTF-8.
std::string FrameNumber(uint32_t number) {
  if (number < 0x80) return std::string(1, static_cast<char>(number));
  auto tail = [&](int shift) {
    return static_cast<char>(0x80 | (number >> shift & 0x3f));
  };
  if (number < 0x800)
    return std::string{static_cast<char>(0xc0 | number >> 6), tail(0)};
  return std::string{static_cast<char>(0xe0 | number >> 12), tail(6), tail(0)};
}

// 65,535 samples of silence at 4 kHz, mono, 16 bits: 16.4 s.
std::string SilentFrame(uint32_t number) {
  std::string frame =
      "\xff\xf8\x7d\x08"s + FrameNumber(number) + Big16(65'534) + Big16(4'000);
  frame += Crc8(frame);
  frame += "\0\0\0"s;  // a constant subframe of value 0
  return frame + Big16(Crc16(frame));
}

std::string SeekHead(uint64_t position, std::string_view id) {
  return Element(
      "\x11\x4d\x9b\x74"s,
      Element("\x4d\xbb"s, Element("\x53\xab"s, id) +
                               UnsignedElement("\x53\xac"s, position)));
}

}  // namespace

std::vector<HostileFile> FilesThatName(const Canary& canary) {
  const std::string no_flags(4, '\0');
  std::vector<HostileFile> files;
  files.push_back(File("playlist", "#EXTM3U\n#EXTINF:10,\n" + canary.url +
                                       "\n#EXTINF:10,\nfile://" + canary.path +
                                       "\n#EXT-X-ENDLIST\n"));
  files.push_back(File(
      "playlist with a byte order mark",
      "\xef\xbb\xbf#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n" + canary.url + "\n"));
  files.push_back(
      File("concat", "ffconcat version 1.0\nfile '" + canary.path + "'\n"));
  files.push_back(File("session description",
                       "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 "
                       "127.0.0.1\r\nt=0 0\r\n"
                       "m=audio " +
                           std::to_string(canary.port) + " RTP/AVP 0\r\n"));
  files.push_back(File("dash", "<?xml version=\"1.0\"?><MPD><BaseURL>" +
                                   canary.url + "</BaseURL></MPD>"));
  files.push_back(
      MovieFile("data reference with a URL",
                {.data_reference = Box("url ", no_flags + canary.url + '\0')}));
  files.push_back(
      MovieFile("data reference with a path",
                {.data_reference =
                     Box("url ", no_flags + "file://" + canary.path + '\0')}));
  files.push_back(MovieFile(
      "data reference with an alias",
      {.data_reference = Box("alis", no_flags + Alias(canary.path))}));
  const std::string reference =
      Box("rmda", Box("rdrf", no_flags + "url " + Big32(canary.url.size() + 1) +
                                  canary.url + '\0'));
  files.push_back(
      MovieFile("reference movie", {.movie_extra = Box("rmra", reference)}));
  return files;
}

std::vector<HostileFile> FilesWithGiantTables() {
  const Movie real;
  std::vector<HostileFile> files;
  for (uint32_t count : {kMax32, 0x7fffffffu, 0x10000000u, 100'000'000u}) {
    const std::string n = " of " + std::to_string(count);
    files.push_back(MovieFile("sizes" + n, {.stsz = Big32(0) + Big32(count)}));
    files.push_back(
        MovieFile("equal sizes" + n, {.stsz = Big32(2) + Big32(count)}));
    files.push_back(MovieFile("offsets" + n, {.stco = Big32(count)}));
    files.push_back(MovieFile("times" + n, {.stts = Big32(count)}));
    files.push_back(MovieFile("long runs" + n,
                              {.stts = Big32(1) + Big32(count) + Big32(1)}));
    files.push_back(MovieFile("chunks" + n, {.stsc = Big32(count)}));
    files.push_back(
        MovieFile("samples in a chunk" + n,
                  {.stsc = Big32(1) + Big32(1) + Big32(count) + Big32(1)}));
  }
  files.push_back(MovieFile("200,000 edits", {.edits = Edits(1, 0, 200'000)}));
  files.push_back(
      MovieFile("boxes 5,000 deep", {.movie_extra = Nested("udta", 5'000)}));
  files.push_back(
      MovieFile("tracks 3,000 deep", {.movie_extra = Nested("trak", 3'000)}));
  const std::string type = Box("ftyp", "isom"s + std::string(8, '\0'));
  files.push_back(
      File("box of 2^63 bytes", type + Big32(1) + "moov" + Big64(kFarTime)));
  files.push_back(
      File("box of 4 GiB", type + Big32(kMax32) + "moov" + Box("trak", "")));
  files.push_back(MovieFile(
      "compressed movie of 4 GiB",
      {.movie_extra = Box("cmov", Box("dcom", "zlib") +
                                      Box("cmvd", Big32(0xfffffff0) + "xx"))}));
  return files;
}

std::vector<HostileFile> FilesWithWildTimes() {
  const Movie real;
  std::vector<HostileFile> files;
  auto run = [&](uint32_t delta) {
    return Big32(1) + Big32(real.samples) + Big32(delta);
  };
  files.push_back(MovieFile("samples that take no time", {.stts = run(0)}));
  files.push_back(
      MovieFile("samples of negative length", {.stts = run(0x80000001)}));
  files.push_back(MovieFile("samples of 2^32 each", {.stts = run(kMax32)}));
  files.push_back(MovieFile("edit at 2^63", {.edits = Edits(1, kFarTime, 1)}));
  files.push_back(MovieFile("edit of 2^63", {.edits = Edits(kFarTime, 0, 2)}));
  files.push_back(MovieFile("length of 2^32", {.duration = kMax32}));
  auto clusters = [](std::initializer_list<uint64_t> times) {
    std::string text;
    for (uint64_t time : times) text += Cluster(time);
    return MakeMatroska("", text);
  };
  files.push_back(File("clusters at one time", clusters({0, 0, 0, 0})));
  files.push_back(
      File("clusters backwards", clusters({9'000'000, 500, 40, 0})));
  // As many nanoseconds that nobody hears: an hour.
  const std::string delay = UnsignedElement("\x56\xaa"s, 3'600'000'000'000);
  files.push_back(File("delay of an hour",
                       MakeMatroska("", Cluster(0) + Cluster(13), delay)));
  files.push_back(
      MovieFile("samples that take the time of 100", {.stts = run(100)}));
  files.push_back(File("clusters at 2^63",
                       clusters({0, kFarTime, kFarTime + 1, ~0ull, 3})));
  return files;
}

std::vector<HostileFile> FilesWithLoops() {
  const std::string cues_id = "\x1c\x53\xbb\x6b"s;
  const std::string head_id = "\x11\x4d\x9b\x74"s;
  const std::string tracks_id = "\x16\x54\xae\x6b"s;
  const std::string cues = Element(
      cues_id,
      Element("\xbb"s, UnsignedElement("\xb3"s, 0) +
                           Element("\xb7"s, UnsignedElement("\xf7"s, 1) +
                                                UnsignedElement("\xf1"s, 0))));
  std::vector<HostileFile> files;
  files.push_back(File("seek head that names itself",
                       MakeMatroska(SeekHead(0, head_id), Cluster(0))));
  files.push_back(File(
      "seek heads that name each other",
      MakeMatroska(
          SeekHead(0, head_id) + SeekHead(0, cues_id) + SeekHead(0, tracks_id),
          Cluster(0) + SeekHead(0, head_id))));
  files.push_back(File("cues that name the start",
                       MakeMatroska(SeekHead(0, cues_id), cues + Cluster(0))));
  files.push_back(
      MovieFile("chunks inside the tables", {.stco = Big32(1) + Big32(20)}));
  files.push_back(
      MovieFile("one chunk 60,000 times",
                {.stsc = Big32(1) + Big32(1) + Big32(800) + Big32(1),
                 .stsz = Big32(2) + Big32(48'000'000),
                 .stco = Big32(60'000) + Repeat(Big32(36), 60'000)}));
  const std::string chapters_of_itself = Box("tref", Box("chap", Big32(1)));
  files.push_back(MovieFile("a track that is its own chapters",
                            {.track_extra = chapters_of_itself}));
  return files;
}

std::vector<HostileFile> FilesWithWildClaims() {
  std::vector<HostileFile> files;
  files.push_back(
      MovieFile("65,535 channels", {.channels = 65'535, .samples = 4}));
  files.push_back(MovieFile("17 channels", {.channels = 17, .samples = 80}));
  files.push_back(MovieFile("no channels", {.channels = 0}));
  files.push_back(MovieFile("65,535 Hz", {.rate = 65'535}));
  files.push_back(MovieFile("1 Hz", {.rate = 1}));
  files.push_back(MovieFile("0 Hz", {.rate = 0}));
  // Each of 300 tracks has a handler and nothing else.
  const std::string track =
      Box("trak", Box("mdia", Box("hdlr", std::string(4, '\0') + "mhlrsoun" +
                                              std::string(12, '\0'))));
  files.push_back(MovieFile("300 tracks", {.movie_extra = Repeat(track, 300)}));
  return files;
}

std::vector<HostileFile> FilesOfWildSamples() {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<HostileFile> files;
  for (float wild : {kNan, kInfinity, -kInfinity, 3e38f}) {
    std::vector<float> some(22'050, 0.25f), all(22'050, wild);
    for (size_t i = 10'000; i < 10'100; ++i) some[i] = wild;
    std::vector<double> deep(some.begin(), some.end());
    const std::string name = std::to_string(wild);
    files.push_back(File("100 samples of " + name, FloatWave<float>(some)));
    files.push_back(File("samples of " + name, FloatWave<float>(all)));
    files.push_back(File("deep samples of " + name, FloatWave<double>(deep)));
  }
  return files;
}

HostileFile SilenceBomb() {
  constexpr uint32_t kFrames = 25 * 3600 * 4'000 / 65'535;
  // STREAMINFO: blocks of 65,535, 4 kHz, mono, 16 bits, of unknown length.
  std::string text = "fLaC\x80"s + std::string("\0\0\x22", 3) + Big16(65'535) +
                     Big16(65'535) + std::string(6, '\0') +
                     Big64(uint64_t{4'000} << 44 | uint64_t{15} << 36) +
                     std::string(16, '\0');
  for (uint32_t i = 0; i < kFrames; ++i) text += SilentFrame(i);
  return File("25 hours of silence", text);
}

}  // namespace vexaa::media
