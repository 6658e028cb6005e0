#include "runner/formats.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "lib/jobs/profile.h"
#include "runner/audio_plan.h"
#include "runner/media/libav.h"
#include "runner/media/muxer.h"

namespace vexaa::runner {
namespace {

using jobs::Codec;
using jobs::Container;
using jobs::Profile;
using Row = std::vector<std::string>;

struct Table {
  Row head;
  std::vector<Row> rows;
};

constexpr char kAsSource[] = "the source's";

// The sound that sizes are told for where a profile leaves it open.
constexpr SoundFormat kUsual = {.sample_rate = 44'100, .channels = 2};

constexpr std::array kContainers = {Container::kMp3,  Container::kWav,
                                    Container::kFlac, Container::kM4a,
                                    Container::kOgg,  Container::kMka};

// The usual one first.
std::vector<Container> ContainersOf(Codec codec) {
  Profile profile;
  profile.codec = codec;
  const Container usual = jobs::ContainerOf(profile);
  std::vector<Container> containers;
  for (Container container : kContainers)
    if (jobs::Fits(codec, container)) containers.push_back(container);
  std::stable_partition(containers.begin(), containers.end(),
                        [=](Container each) { return each == usual; });
  return containers;
}

std::string Join(const Row& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string NamesOf(const std::vector<Container>& containers) {
  Row names;
  for (Container container : containers)
    names.emplace_back(jobs::ContainerName(container));
  return Join(names);
}

std::string ExtensionsOf(Codec codec) {
  Row ends;
  for (Container container : ContainersOf(codec)) {
    Profile profile;
    profile.codec = codec;
    profile.container = container;
    ends.push_back("." + std::string(jobs::ExtensionOf(profile)));
  }
  return Join(ends);
}

// 44100 is "44.1".
std::string Thousands(int number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", number / 1000.0);
  return text.data();
}

std::string BitratesOf(Codec codec) {
  auto limits = jobs::LimitsOf(codec);
  if (limits.max_bitrate == 0) return "-";
  return Thousands(limits.min_bitrate) + " to " + Thousands(limits.max_bitrate);
}

std::string SampleRatesOf(Codec codec) {
  if (codec == Codec::kCopy) return kAsSource;
  auto limits = jobs::LimitsOf(codec);
  if (limits.sample_rates.empty())
    return "8 to " + Thousands(limits.max_sample_rate);
  Row rates;
  for (int rate : limits.sample_rates) rates.push_back(Thousands(rate));
  return Join(rates);
}

// The most that is left of a source with more than any codec takes.
std::string ChannelsOf(Codec codec) {
  if (codec == Codec::kCopy) return kAsSource;
  Profile profile;
  profile.codec = codec;
  SoundFormat many = kUsual;
  many.channels = 64;
  return "1 to " + std::to_string(PlanOutput(profile, many).channels);
}

std::string QualityOf(Codec codec) {
  Profile profile;
  profile.codec = codec;
  profile.quality = 0;
  return jobs::CheckProfile(profile).ok() ? "0 (best) to 9" : "-";
}

// Containers whose files say where the sound begins and ends.
std::string GaplessOf(Codec codec) {
  if (codec == Codec::kCopy) return "depends";
  media::CodecParametersPtr parameters(avcodec_parameters_alloc());
  const std::string name(jobs::CodecName(codec));
  const AVCodecDescriptor* known = avcodec_descriptor_get_by_name(name.c_str());
  if (!parameters || known == nullptr) return "-";
  parameters->codec_id = known->id;
  // Encoders of lossy codecs have a delay, and tell it.
  parameters->initial_padding = 1;
  std::vector<Container> gapless = ContainersOf(codec);
  std::erase_if(gapless, [&](Container container) {
    return !media::IsGapless(container, *parameters, true);
  });
  return NamesOf(gapless);
}

int BytesOfSample(Codec codec) {
  if (codec == Codec::kPcmS16) return 2;
  if (codec == Codec::kPcmS24) return 3;
  return codec == Codec::kPcmF32 ? 4 : 0;
}

// Of an hour, in MB (10^6 bytes).
std::string Megabytes(double bytes_per_second) {
  std::array<char, 32> text{};
  double megabytes = bytes_per_second * 3600 / 1e6;
  std::snprintf(text.data(), text.size(), megabytes < 10 ? "%.1f" : "%.0f",
                megabytes);
  return text.data();
}

std::string SizeOf(const Profile& profile) {
  if (profile.bitrate > 0) return Megabytes(profile.bitrate / 8.0);
  const int bytes = BytesOfSample(profile.codec);
  if (bytes == 0)
    return profile.codec == Codec::kCopy ? kAsSource : "by the sound";
  OutputFormat format = PlanOutput(profile, kUsual);
  return Megabytes(static_cast<double>(format.sample_rate) * format.channels *
                   bytes);
}

std::string SizesOf(Codec codec) {
  auto limits = jobs::LimitsOf(codec);
  if (limits.max_bitrate > 0)
    return Megabytes(limits.min_bitrate / 8.0) + " to " +
           Megabytes(limits.max_bitrate / 8.0);
  Profile profile;
  profile.codec = codec;
  return SizeOf(profile);
}

Table CodecTable() {
  Table table{{"codec", "containers", "extensions", "kbit/s", "channels",
               "quality", "gapless in", "MB an hour", "sample rates (kHz)"},
              {}};
  for (Codec codec : jobs::AllCodecs())
    table.rows.push_back({std::string(jobs::CodecName(codec)),
                          NamesOf(ContainersOf(codec)), ExtensionsOf(codec),
                          BitratesOf(codec), ChannelsOf(codec),
                          QualityOf(codec), GaplessOf(codec), SizesOf(codec),
                          SampleRatesOf(codec)});
  return table;
}

Table ProfileTable() {
  Table table{{"profile", "codec", "extension", "kbit/s", "kHz", "channels",
               "MB an hour"},
              {}};
  for (const Profile& profile : jobs::BuiltInProfiles())
    table.rows.push_back(
        {profile.name, std::string(jobs::CodecName(profile.codec)),
         "." + std::string(jobs::ExtensionOf(profile)),
         profile.bitrate > 0 ? Thousands(profile.bitrate) : "-",
         profile.sample_rate > 0 ? Thousands(profile.sample_rate) : kAsSource,
         profile.channels > 0 ? std::to_string(profile.channels) : kAsSource,
         SizeOf(profile)});
  return table;
}

constexpr std::array kNotes = {
    "Sizes are millions of bytes for an hour of sound; where rate and channels "
    "are the source's, of 44.1 kHz stereo.",
    "Tags and cover (up to 4 MiB, in Ogg 2; a WAV has no place for one) come "
    "on top. "
    "FLAC and MP3 by quality are as large as the sound needs.",
    "Channels are the most that are kept where the profile leaves them open; "
    "a profile asks for 1, 2 or the source's own.",
    "A source's sample rate that the codec does not have becomes the nearest "
    "one, with "
    "opus the next higher one.",
    "The first container is the usual one. mka is Matroska; a WAV over 4 GiB "
    "is RF64. A copy goes where its codec is at home, else into mka.",
    "Gapless: players can leave out the encoder's padding. An M4A is when the "
    "source's length is known beforehand and at most 2 h; MP3 and M4A in a "
    "pipe are not.",
};

std::vector<size_t> WidthsOf(const Table& table) {
  std::vector<size_t> widths;
  for (const std::string& cell : table.head) widths.push_back(cell.size());
  for (const Row& row : table.rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  return widths;
}

std::string Columns(const Table& table) {
  const std::vector<size_t> widths = WidthsOf(table);
  std::string text;
  auto add = [&](const Row& row) {
    for (size_t i = 0; i + 1 < row.size(); ++i)
      text += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    text += row.back() + "\n";
  };
  add(table.head);
  for (const Row& row : table.rows) add(row);
  return text;
}

std::string Markdown(const Table& table) {
  std::string text;
  auto add = [&](const Row& row) {
    for (const std::string& cell : row) text += "| " + cell + " ";
    text += "|\n";
  };
  add(table.head);
  add(Row(table.head.size(), "---"));
  for (const Row& row : table.rows) add(row);
  return text;
}

std::string Notes(const char* bullet) {
  std::string text;
  for (const char* note : kNotes) text += bullet + std::string(note) + "\n";
  return text;
}

}  // namespace

std::string FormatsText() {
  return Columns(CodecTable()) + "\n" + Columns(ProfileTable()) + "\n" +
         Notes("");
}

std::string FormatsMarkdown() {
  return "# Formats\n\n"
         "What a profile or a job's option `codec` can ask for. This file is "
         "made by `vexaa-runner formats --markdown`.\n\n" +
         Markdown(CodecTable()) + "\n" + Notes("- ") +
         "\n## Built-in profiles\n\n"
         "Rows of the table `profiles`; add your own "
         "([db/README.md](../db/README.md)).\n\n" +
         Markdown(ProfileTable());
}

}  // namespace vexaa::runner
