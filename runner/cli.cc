#include "runner/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/jobs/profile.h"
#include "runner/formats.h"

namespace vexaa::runner {
namespace {

using objects::Overwrite;

constexpr char kDescription[] =
    "Extracts the audio of one video, streaming: nothing is kept on disk and\n"
    "memory stays small whatever the video's size.\n"
    "\n"
    "  vexaa-runner --source talk.mp4 --output talk.mp3\n"
    "  vexaa-runner --source s3://videos/talk.mkv --output "
    "s3://audio/talk.flac\n"
    "  vexaa-runner --source talk.webm --output - --profile speech-16k | ...\n"
    "  vexaa-runner --source talk.mp4 --output talk.mp3 --thumbnail talk.jpg "
    "\\\n"
    "    --options '{\"outputs\": [{\"uri\": \"talk.flac\"}]}'\n"
    "\n"
    "Without --source it does the job that a controller describes in\n"
    "VEXAA_RUN_SPEC or in the file given with --spec, stages the audio and\n"
    "leaves making it visible to the controller.";

constexpr char kEnvironment[] =
    "ENVIRONMENT\n"
    "  VEXAA_STORES                object stores as JSON, with the keys of\n"
    "                              `stores` in docs/operations.md; else:\n"
    "  AWS_REGION                  the region of Amazon S3\n"
    "  AWS_ENDPOINT_URL            URL of another S3 server\n"
    "  AWS_CA_BUNDLE               CA of it, a PEM file\n"
    "  VEXAA_ALLOW_HTTP            true: the URL may be http://\n"
    "  AWS_ACCESS_KEY_ID           credentials, with AWS_SECRET_ACCESS_KEY "
    "and\n"
    "                              AWS_SESSION_TOKEN; else roles as AWS's\n"
    "                              tools find them (web identity, container,\n"
    "                              instance)\n"
    "  VEXAA_FOLDER_ROOTS          colon-separated folders that file:// may\n"
    "                              touch; by hand also those of --source and\n"
    "                              --output\n"
    "  VEXAA_LOG_FORMAT            json or text\n"
    "  VEXAA_LOG_LEVEL             debug, info, warn or error\n"
    "  VEXAA_LOG_LIMIT_BYTES       the log ends after so many bytes\n"
    "  VEXAA_RUN_SPEC              the job as JSON, from the controller\n"
    "  VEXAA_OUTCOME_FILE          where the outcome is written\n"
    "                              (/dev/termination-log)\n"
    "  VEXAA_PROGRESS_URL          where progress is POSTed\n"
    "  VEXAA_ADMIN_ADDRESS         host:port of /metrics and /livez\n"
    "\n"
    "EXIT CODES\n"
    "  0 done   64 wrong flags or job   65 unusable input, or the output "
    "exists\n"
    "  66 no such input   69 storage unavailable   70 a bug   75 try again\n"
    "  77 access refused   78 wrong configuration   143 stopped\n";

std::string ProfileNames() {
  std::string names;
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    names += (names.empty() ? "" : ", ") + profile.name;
  return names;
}

const std::map<std::string, Overwrite> kIfExists = {
    {"replace", Overwrite::kOwnResults},
    {"skip", Overwrite::kKeepSame},
    {"fail", Overwrite::kNothing},
    {"overwrite", Overwrite::kAnything}};

void AddProbe(CLI::App& app, Arguments& arguments) {
  CLI::App* probe = app.add_subcommand(
      "probe",
      "Describe a video as JSON on stdout, from its headers alone: container,\n"
      "length, streams, tags, chapters");
  probe->fallthrough();
  probe
      ->add_option("PLACE", arguments.probe,
                   "A path, file:///path or s3://bucket/key")
      ->required();
}

// The subcommand; `markdown` is its flag.
CLI::App* AddFormats(CLI::App& app, bool& markdown) {
  CLI::App* formats = app.add_subcommand(
      "formats",
      "List what can be made: codecs with their containers, rates and size\n"
      "per hour, and the built-in profiles");
  formats->add_flag("--markdown", markdown, "As docs/formats.md has it");
  return formats;
}

void AddOptions(CLI::App& app, Arguments& arguments, std::string& if_exists) {
  app.add_option("--source", arguments.source,
                 "The video: a path, file:///path or s3://bucket/key")
      ->type_name("PLACE");
  app.add_option("--output", arguments.output,
                 "The audio: a path, file:///path, s3://bucket/key, or - for "
                 "stdout")
      ->type_name("PLACE");
  app.add_option("--profile", arguments.profile,
                 "What to make: " + ProfileNames() +
                     " (default: by the output's extension, else mp3-128k)")
      ->type_name("NAME");
  app.add_option(
         "--if-exists", if_exists,
         "When the output exists: replace an earlier result of the "
         "same source and profile (default), skip the work when it is "
         "a result of all the same options, fail, or overwrite whatever "
         "it is")
      ->type_name("MODE");
  app.add_option("--timeout", arguments.timeout_seconds,
                 "Give up after so many seconds")
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--loudness", arguments.loudness,
               "Measure the loudness of the audio (EBU R 128) and print it");
  app.add_option("--metadata", arguments.metadata,
                 "Also write what the source is there, as JSON")
      ->type_name("PLACE");
  app.add_option("--silence", arguments.silence,
                 "Also write the silent ranges of the sound there, as JSON")
      ->type_name("PLACE");
  app.add_option("--thumbnail", arguments.thumbnail,
                 "Also write a picture of the video there, a JPEG")
      ->type_name("PLACE");
  app.add_option("--options", arguments.options_json,
                 "Options of a job as a row has them (docs/options.md): "
                 "further outputs and all that has a flag. An output's uri "
                 "may be a path; without one it goes beside --output")
      ->type_name("JSON");
  app.add_flag("-q,--quiet", arguments.quiet,
               "No progress and no summary, only errors");
  app.add_option("--spec", arguments.spec_file,
                 "Do the job described in this file")
      ->type_name("FILE");
}

// Flags that are options of a job, by the option's name.
struct OptionFlag {
  const char* flag;
  const char* option;
  const char* type;
  const char* help;
};

constexpr std::array<OptionFlag, 9> kOptionFlags = {{
    {"--track", "track", "TRACK",
     "Which sound: auto (default), a number (0 is the first audio track), a "
     "language like eng, or all (an output for each)"},
    {"--start", "start", "TIME",
     "Begin there, to the sample: seconds, or 1:02:03.5"},
    {"--duration", "duration", "TIME", "End so long after the start"},
    {"--codec", "codec", "NAME",
     "Another codec than the profile's: mp3, aac, opus, flac, pcm_s16le, "
     "pcm_s24le, pcm_f32le, copy (the sound as it is) or auto (copy what fits "
     "the profile already)"},
    {"--bitrate", "bitrate", "BITS/S", "Another bit rate: 96000 or 96k"},
    {"--quality", "quality", "0-9", "MP3 of variable bit rate: 0 is the best"},
    {"--sample-rate", "sample_rate", "HZ", "Another sample rate"},
    {"--channels", "channels", "COUNT", "1 for mono, 2 for stereo"},
    {"--container", "container", "NAME",
     "Another container that fits the codec: mp3, wav, flac, m4a, ogg, mka"},
}};

using OptionTexts = std::array<std::string, kOptionFlags.size()>;

void AddOptionFlags(CLI::App& app, OptionTexts& texts) {
  for (size_t i = 0; i < kOptionFlags.size(); ++i)
    app.add_option(kOptionFlags[i].flag, texts[i], kOptionFlags[i].help)
        ->type_name(kOptionFlags[i].type);
}

base::Status Usage(const std::string& what) {
  return base::Status(base::Code::kInvalidArgument,
                      what + "; vexaa-runner --help explains the flags");
}

std::vector<std::pair<const char*, bool>> OnlyByHand(
    const Arguments& arguments) {
  return {{"--profile", !arguments.profile.empty()},
          {"--loudness", arguments.loudness},
          {"--if-exists", arguments.overwrite.has_value()},
          {"--metadata", !arguments.metadata.empty()},
          {"--silence", !arguments.silence.empty()},
          {"--thumbnail", !arguments.thumbnail.empty()},
          {"--options", !arguments.options_json.empty()}};
}

base::Status Check(const Arguments& arguments) {
  if (arguments.source.empty() != arguments.output.empty())
    return Usage(arguments.source.empty() ? "--source is missing"
                                          : "--output is missing");
  const bool asks_for_audio = arguments.by_hand() ||
                              !arguments.profile.empty() ||
                              !arguments.spec_file.empty();
  if (!arguments.probe.empty() && asks_for_audio)
    return Usage("probe only describes: it takes no --source and no --spec");
  if (arguments.by_hand() && !arguments.spec_file.empty())
    return Usage("--spec and --source exclude each other");
  if (!arguments.by_hand() && arguments.probe.empty() &&
      arguments.timeout_seconds > 0)
    return Usage("--timeout needs --source and --output, or probe");
  if (!arguments.by_hand())
    for (const auto& [flag, given] : OnlyByHand(arguments))
      if (given)
        return Usage(std::string(flag) + " needs --source and --output");
  return base::Status::Ok();
}

bool IsNumber(const std::string& text) {
  bool digits = text.find_first_not_of("0123456789.") == std::string::npos;
  return digits && !text.empty() && text.front() != '.' && text.back() != '.' &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

// "1:02:03.5" is 3723.5 seconds; anything else stays as it is.
std::string Seconds(const std::string& text) {
  double seconds = 0;
  size_t begin = 0;
  while (begin <= text.size()) {
    size_t end = std::min(text.find(':', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    if (!IsNumber(part) || part.size() > 9) return text;
    seconds = seconds * 60 + std::stod(part);
    begin = end + 1;
  }
  std::array<char, 32> number{};
  std::snprintf(number.data(), number.size(), "%.6f", seconds);
  return number.data();
}

// "007" is a number for people, but not for JSON.
std::string Number(const std::string& text) {
  size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
  if (text[first] == '.' && first > 0) --first;
  return text.substr(first);
}

base::Result<std::string> OptionValue(const OptionFlag& flag,
                                      std::string text) {
  if (text.find_first_of("\"\\") != std::string::npos ||
      std::any_of(text.begin(), text.end(),
                  [](unsigned char c) { return c < ' '; }))
    return Usage(std::string(flag.flag) + " has characters that no value has");
  if (std::string_view(flag.type) == "TIME") text = Seconds(text);
  if (std::string_view(flag.option) == "bitrate" && text.ends_with('k'))
    text.replace(text.size() - 1, 1, "000");
  return IsNumber(text) ? Number(text) : '"' + text + '"';
}

// What is wrong with the values is found where the options of jobs are read.
base::Status ReadOptionFlags(const OptionTexts& texts, Arguments& arguments) {
  std::string json;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    if (!arguments.by_hand())
      return Usage(std::string(kOptionFlags[i].flag) +
                   " needs --source and --output");
    ASSIGN_OR_RETURN(std::string value, OptionValue(kOptionFlags[i], texts[i]));
    json += (json.empty() ? "" : ",") +
            ('"' + std::string(kOptionFlags[i].option)) + "\":" + value;
  }
  if (!json.empty()) arguments.options = "{" + json + "}";
  return base::Status::Ok();
}

base::Status ReadIfExists(const std::string& text, Arguments& arguments) {
  if (text.empty()) return base::Status::Ok();
  auto found = kIfExists.find(text);
  if (found == kIfExists.end())
    return Usage("--if-exists " + text +
                 " is unknown: use replace, skip, fail or overwrite");
  arguments.overwrite = found->second;
  return base::Status::Ok();
}

}  // namespace

base::Result<ParsedArguments> ParseArguments(int argc, const char* const* argv,
                                             const std::string& version) {
  ParsedArguments parsed;
  std::string if_exists;
  CLI::App app(kDescription, "vexaa-runner");
  app.footer(kEnvironment);
  app.set_version_flag("--version", "vexaa-runner " + version);
  OptionTexts options;
  AddOptions(app, parsed.arguments, if_exists);
  AddOptionFlags(app, options);
  AddProbe(app, parsed.arguments);
  bool markdown = false;
  const CLI::App* formats = AddFormats(app, markdown);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    parsed.answer = app.help();
    return parsed;
  } catch (const CLI::CallForVersion& version_call) {
    parsed.answer = std::string(version_call.what()) + "\n";
    return parsed;
  } catch (const CLI::ParseError& error) {
    return Usage(error.what());
  }
  if (formats->parsed()) {
    if (app.count_all() > 1 + formats->count_all())
      return Usage("formats only lists: it takes no flags but --markdown");
    parsed.answer = markdown ? FormatsMarkdown() : FormatsText();
    return parsed;
  }
  RETURN_IF_ERROR(ReadIfExists(if_exists, parsed.arguments));
  RETURN_IF_ERROR(Check(parsed.arguments));
  RETURN_IF_ERROR(ReadOptionFlags(options, parsed.arguments));
  return parsed;
}

}  // namespace vexaa::runner
