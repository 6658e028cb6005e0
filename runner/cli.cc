#include "runner/cli.h"

#include <CLI/CLI.hpp>
#include <map>

#include "lib/jobs/profile.h"

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
  app.add_option("--if-exists", if_exists,
                 "When the output exists: replace an earlier result of the "
                 "same source and profile (default), fail, or overwrite "
                 "whatever it is")
      ->type_name("MODE");
  app.add_option("--timeout", arguments.timeout_seconds,
                 "Give up after so many seconds")
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--loudness", arguments.loudness,
               "Measure the loudness of the audio (EBU R 128) and print it");
  app.add_flag("-q,--quiet", arguments.quiet,
               "No progress and no summary, only errors");
  app.add_option("--spec", arguments.spec_file,
                 "Do the job described in this file")
      ->type_name("FILE");
}

base::Status Usage(const std::string& what) {
  return base::Status(base::Code::kInvalidArgument,
                      what + "; vexaa-runner --help explains the flags");
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
  if (!arguments.by_hand() && !arguments.profile.empty())
    return Usage("--profile needs --source and --output");
  return base::Status::Ok();
}

base::Status ReadIfExists(const std::string& text, Arguments& arguments) {
  if (text.empty()) return base::Status::Ok();
  auto found = kIfExists.find(text);
  if (found == kIfExists.end())
    return Usage("--if-exists " + text +
                 " is unknown: use replace, fail or overwrite");
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
  AddOptions(app, parsed.arguments, if_exists);
  AddProbe(app, parsed.arguments);
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
  RETURN_IF_ERROR(ReadIfExists(if_exists, parsed.arguments));
  RETURN_IF_ERROR(Check(parsed.arguments));
  return parsed;
}

}  // namespace vexaa::runner
