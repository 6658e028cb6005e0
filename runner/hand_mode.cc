#include "runner/hand_mode.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "lib/base/digest.h"
#include "lib/jobs/job_options.h"
#include "lib/jobs/reason.h"
#include "runner/exit_guard.h"
#include "runner/local_path.h"
#include "runner/media_watchdog.h"
#include "runner/progress.h"
#include "runner/run.h"
#include "runner/run_seams.h"

namespace vexaa::runner {
namespace {

using base::ExitCode;
using base::Status;
using jobs::Reason;

constexpr char kStdout[] = "-";
constexpr char kDefaultProfile[] = "mp3-128k";

// What is asked for, as a job of nobody: id 0, attempt 0.
struct HandJob {
  jobs::RunSpec spec;
  StoreSettings stores;
};

// The first built-in profile whose files end like the output.
std::string ProfileFor(const Arguments& arguments) {
  if (!arguments.profile.empty()) return arguments.profile;
  auto container = jobs::ContainerOfName(arguments.output);
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    if (container && jobs::ContainerOf(profile) == *container)
      return profile.name;
  return kDefaultProfile;
}

// The output's name tells the container, where the profile can be in it.
jobs::Profile InContainerOf(const Arguments& arguments, jobs::Profile profile) {
  auto container = jobs::ContainerOfName(arguments.output);
  if (container && *container != jobs::ContainerOf(profile) &&
      jobs::Fits(profile.codec, *container))
    profile.container = *container;
  return profile;
}

base::Result<jobs::Profile> FindProfile(const Arguments& arguments) {
  const std::string name = ProfileFor(arguments);
  if (auto profile = jobs::FindBuiltInProfile(name))
    return InContainerOf(arguments, *profile);
  std::string known;
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    known += (known.empty() ? "" : ", ") + profile.name;
  return jobs::Fail(Reason::kInvalidJob,
                    "there is no profile '" + name + "'; there are " + known);
}

// The flags that are options of a job change profile and plan as there.
base::Status ApplyOptions(const std::string& json, jobs::OutputPlan& output,
                          jobs::JobPlan& plan) {
  ASSIGN_OR_RETURN(jobs::JobOptions options, jobs::ParseJobOptions(json));
  if (options.main.all_tracks)
    return jobs::Fail(Reason::kInvalidJob,
                      "by hand one output is made: give --track the number or "
                      "language of one track instead of all");
  for (const auto& [setting, value] : options.main.settings)
    RETURN_IF_ERROR(
        jobs::ApplySetting(output.profile, setting, value).status());
  if (output.profile.codec == jobs::Codec::kCopy &&
      output.profile.container == jobs::Container::kFitting)
    output.profile.container =
        jobs::ContainerOfName(output.uri).value_or(jobs::Container::kFitting);
  RETURN_IF_ERROR(jobs::CheckProfile(output.profile));
  output.track = options.main.track;
  plan.clip = options.clip;
  return Status::Ok();
}

base::Result<std::string> Place(const std::string& text, const char* flag,
                                StoreSettings& stores) {
  base::Result<GivenPlace> place = ResolvePlace(text);
  if (!place.ok()) return place.status().WithContext(flag);
  if (!place->root.empty()) stores.folder_roots.push_back(place->root);
  return place->uri;
}

base::Result<HandJob> Understand(const Arguments& arguments,
                                 const Settings& settings) {
  HandJob job;
  job.stores = settings.stores;
  jobs::OutputPlan output;
  ASSIGN_OR_RETURN(output.profile, FindProfile(arguments));
  ASSIGN_OR_RETURN(job.spec.source_uri,
                   Place(arguments.source, "--source", job.stores));
  if (arguments.output == kStdout) {
    output.uri = kStdout;
  } else {
    ASSIGN_OR_RETURN(output.uri,
                     Place(arguments.output, "--output", job.stores));
  }
  if (output.uri == job.spec.source_uri)
    return jobs::Fail(Reason::kInvalidJob,
                      "--output is the source itself; choose another place");
  RETURN_IF_ERROR(ApplyOptions(arguments.options, output, job.spec.plan));
  job.spec.plan.outputs.push_back(std::move(output));
  job.spec.token = "hand." + base::RandomHex(16);
  job.spec.timeout_seconds = arguments.timeout_seconds;
  job.spec.plan.loudness = arguments.loudness;
  return job;
}

std::vector<std::string> PlacesOf(const jobs::RunSpec& spec) {
  std::vector<std::string> uris = {spec.source_uri};
  if (spec.plan.outputs[0].uri != kStdout)
    uris.push_back(spec.plan.outputs[0].uri);
  return uris;
}

std::string Advice(const jobs::RunOutcome& outcome) {
  if (outcome.reason == Reason::kOutputExists)
    return "; --if-exists overwrite replaces it";
  if (outcome.outputs.empty()) return "";
  return "; its upload " + outcome.outputs[0].upload_id + " may be left behind";
}

ExitCode Complain(const jobs::RunOutcome& outcome) {
  if (outcome.reason == Reason::kEvicted)
    std::cerr << "vexaa-runner: stopped; no output was made" << Advice(outcome)
              << "\n";
  else
    std::cerr << "vexaa-runner: " << jobs::ReasonName(outcome.reason) << ": "
              << outcome.message << Advice(outcome) << "\n";
  return jobs::ExitCodeFor(outcome.reason);
}

ExitCode Complain(const Status& error) {
  jobs::RunOutcome outcome;
  outcome.reason = jobs::ReasonOf(error).value_or(Reason::kInternal);
  outcome.message = error.message();
  return Complain(outcome);
}

// ", -20.2 LUFS, range 1.7 LU, peak -3.5 dBTP" where it was measured.
std::string LoudnessText(const jobs::OutputResult& output) {
  if (!output.loudness) return "";
  char text[96];
  std::snprintf(text, sizeof text, ", %.1f LUFS, range %.1f LU, peak %.1f dBTP",
                output.loudness->integrated_lufs, output.loudness->range_lu,
                output.loudness->true_peak_dbtp);
  return text;
}

// "talk.mp3: 754.3 s of audio, 12068044 bytes, in 5.1 s with 61 MiB".
void Summarise(const std::string& place, const jobs::RunOutcome& outcome,
               base::Duration took) {
  const jobs::OutputResult& output = outcome.outputs.at(0);
  char text[160];
  std::snprintf(text, sizeof text,
                "%.1f s of audio, %llu bytes, in %.1f s with %.0f MiB",
                static_cast<double>(output.duration_ms) / 1000,
                static_cast<unsigned long long>(output.bytes),
                std::chrono::duration<double>(took).count(),
                static_cast<double>(outcome.peak_rss_bytes) / (1 << 20));
  std::cerr << (place == kStdout ? "stdout" : place) << ": " << text
            << LoudnessText(output) << "\n";
}

class HandRunner {
 public:
  HandRunner(const Arguments& arguments, const HandJob& job, base::Clock& clock,
             base::Logger& log)
      : arguments_(arguments), job_(job), clock_(clock), log_(log) {}

  ExitCode Execute(std::stop_token signal) {
    const base::Duration started = clock_.Elapsed();
    auto stores = Stores::Create(job_.stores, PlacesOf(job_.spec), clock_);
    if (!stores.ok()) return Complain(stores.status());
    jobs::RunOutcome outcome = RunUntil(signal, **stores);
    if (outcome.reason != Reason::kSucceeded) return Complain(outcome);
    if (!arguments_.quiet)
      Summarise(arguments_.output, outcome, clock_.Elapsed() - started);
    return ExitCode::kOk;
  }

 private:
  jobs::RunOutcome RunUntil(std::stop_token signal, const Stores& stores) {
    RunStop stop(signal, std::chrono::seconds(job_.spec.timeout_seconds),
                 clock_);
    ExitGuard guard(stop.token(), clock_,
                    [] { std::_Exit(static_cast<int>(ExitCode::kStopped)); });
    MediaWatchdog watchdog(pulse_, clock_, &ProcessCpuTime,
                           [](const Status& stuck) {
                             std::_Exit(static_cast<int>(Complain(stuck)));
                           });
    std::optional<ProgressDisplay> display;
    if (!arguments_.quiet)
      display.emplace(board_, clock_, std::cerr,
                      ::isatty(STDERR_FILENO) ? ProgressDisplay::Style::kBar
                                              : ProgressDisplay::Style::kLines);
    TargetOptions options{.source_uri = job_.spec.source_uri,
                          .token = job_.spec.token,
                          .clip = job_.spec.plan.clip,
                          .stage_name = base::RandomHex(6),
                          .overwrite = arguments_.overwrite};
    RunSeams seams = MakeSeams(stores, options, clock_, pulse_);
    Run run(job_.spec, PublishMode::kPublish, seams, clock_, log_, board_,
            uploads_);
    return run.Execute(stop);
  }

  const Arguments& arguments_;
  const HandJob& job_;
  base::Clock& clock_;
  base::Logger& log_;
  ProgressBoard board_;
  OpenUploads uploads_;
  Pulse pulse_;
};

}  // namespace

ExitCode RunByHand(const Arguments& arguments, const Settings& settings,
                   std::stop_token signal) {
  base::SystemClock clock;
  base::Logger log(std::cerr,
                   settings.log_format.value_or(base::LogFormat::kText),
                   settings.log_level.value_or(base::LogLevel::kError), clock);
  if (arguments.output == kStdout && ::isatty(STDOUT_FILENO))
    return Complain(jobs::Fail(Reason::kInvalidJob,
                               "--output - would write audio to this "
                               "terminal; redirect it or name a file"));
  auto job = Understand(arguments, settings);
  if (!job.ok()) return Complain(job.status());
  return HandRunner(arguments, *job, clock, log).Execute(signal);
}

}  // namespace vexaa::runner
