#include "runner/hand_mode.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "lib/base/digest.h"
#include "lib/jobs/location.h"
#include "lib/jobs/reason.h"
#include "runner/exit_guard.h"
#include "runner/hand_options.h"
#include "runner/media_watchdog.h"
#include "runner/progress.h"
#include "runner/run.h"
#include "runner/run_seams.h"

namespace vexaa::runner {
namespace {

using base::ExitCode;
using base::Status;
using jobs::Reason;

// What is asked for, as a job of nobody: id 0, attempt 0.
struct HandJob {
  jobs::RunSpec spec;
  StoreSettings stores;
  objects::Overwrite overwrite = objects::Overwrite::kOwnResults;
};

base::Result<HandJob> Understand(const Arguments& arguments,
                                 const Settings& settings) {
  ASSIGN_OR_RETURN(HandPlan hand, PlanByHand(arguments));
  HandJob job;
  job.stores = settings.stores;
  for (std::string& folder : hand.folders)
    job.stores.folder_roots.push_back(std::move(folder));
  job.overwrite = hand.overwrite;
  job.spec.source_uri = std::move(hand.source_uri);
  job.spec.plan = std::move(hand.plan);
  job.spec.token = "hand." + base::RandomHex(16);
  job.spec.timeout_seconds = arguments.timeout_seconds;
  return job;
}

std::vector<std::string> PlacesOf(const jobs::RunSpec& spec) {
  std::vector<std::string> uris = {spec.source_uri};
  for (const jobs::OutputPlan& output : spec.plan.outputs)
    if (output.uri != kStdoutPlace) uris.push_back(output.uri);
  return uris;
}

std::string Advice(const jobs::RunOutcome& outcome) {
  if (outcome.reason == Reason::kOutputExists)
    return "; --if-exists overwrite replaces it";
  std::string uploads;
  for (const jobs::OutputResult& output : outcome.outputs)
    uploads += (uploads.empty() ? "" : " and ") + output.upload_id;
  if (uploads.empty()) return "";
  return "; the upload " + uploads + " may be left behind";
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

jobs::RunOutcome Failed(const Status& error) {
  jobs::RunOutcome outcome;
  outcome.reason = jobs::ReasonOf(error).value_or(Reason::kInternal);
  outcome.message = error.message();
  return outcome;
}

ExitCode Complain(const Status& error) { return Complain(Failed(error)); }

// ", -20.2 LUFS, range 1.7 LU, peak -3.5 dBTP" where it was measured.
std::string LoudnessText(const jobs::OutputResult& output) {
  if (!output.loudness) return "";
  char text[96];
  std::snprintf(text, sizeof text, ", %.1f LUFS, range %.1f LU, peak %.1f dBTP",
                output.loudness->integrated_lufs, output.loudness->range_lu,
                output.loudness->true_peak_dbtp);
  return text;
}

// A local place as a path.
std::string NameOf(const std::string& uri) {
  if (uri == kStdoutPlace) return "stdout";
  auto location = jobs::ParseLocation(uri);
  return location.ok() && location->kind == jobs::Location::Kind::kFile
             ? location->key
             : uri;
}

// "754.3 s of audio, 12068044 bytes".
std::string ResultText(const jobs::OutputPlan& plan,
                       const jobs::OutputResult& result) {
  const std::string bytes = std::to_string(result.bytes) + " bytes";
  if (result.skipped)
    return "skipped: a result of the same options is there, " + bytes;
  if (plan.kind != jobs::OutputKind::kAudio) return bytes;
  char seconds[48];
  std::snprintf(seconds, sizeof seconds, "%.1f s of audio, ",
                static_cast<double>(result.duration_ms) / 1000);
  return seconds + bytes + LoudnessText(result) + " (" + result.note + ")";
}

// A line for each output, and "in 5.1 s with 61 MiB".
void Summarise(const jobs::JobPlan& plan, const jobs::RunOutcome& outcome,
               base::Duration took) {
  for (const jobs::OutputResult& result : outcome.outputs)
    for (const jobs::OutputPlan& output : plan.outputs)
      if (output.index == result.index)
        std::cerr << NameOf(output.uri) << ": " << ResultText(output, result)
                  << "\n";
  char text[64];
  std::snprintf(text, sizeof text, "in %.1f s with %.0f MiB\n",
                std::chrono::duration<double>(took).count(),
                static_cast<double>(outcome.peak_rss_bytes) / (1 << 20));
  std::cerr << text;
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
      Summarise(job_.spec.plan, outcome, clock_.Elapsed() - started);
    return ExitCode::kOk;
  }

 private:
  jobs::RunOutcome RunUntil(std::stop_token signal, const Stores& stores) {
    RunStop stop(signal, std::chrono::seconds(job_.spec.timeout_seconds),
                 clock_);
    ExitGuard guard(stop.token(), clock_, [&] { Bail(stop.Cause()); });
    MediaWatchdog watchdog(pulse_, clock_, &ProcessCpuTime,
                           [&](const Status& stuck) { Bail(stuck); });
    std::optional<ProgressDisplay> display;
    if (!arguments_.quiet)
      display.emplace(board_, clock_, std::cerr,
                      ::isatty(STDERR_FILENO) ? ProgressDisplay::Style::kBar
                                              : ProgressDisplay::Style::kLines);
    TargetOptions options{.source_uri = job_.spec.source_uri,
                          .token = job_.spec.token,
                          .clip = job_.spec.plan.clip,
                          .stage_name = base::RandomHex(6),
                          .overwrite = job_.overwrite};
    RunSeams seams = MakeSeams(stores, options, clock_, pulse_);
    Run run(job_.spec, PublishMode::kPublish, seams, clock_, log_, board_,
            uploads_);
    return run.Execute(stop);
  }

  // A stage does not end: names what it leaves, and leaves at once.
  [[noreturn]] void Bail(const Status& cause) {
    jobs::RunOutcome outcome = Failed(cause);
    outcome.outputs = uploads_.List();
    std::_Exit(static_cast<int>(Complain(outcome)));
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
  if (arguments.output == kStdoutPlace && ::isatty(STDOUT_FILENO))
    return Complain(jobs::Fail(Reason::kInvalidJob,
                               "--output - would write audio to this "
                               "terminal; redirect it or name a file"));
  auto job = Understand(arguments, settings);
  if (!job.ok()) return Complain(job.status());
  return HandRunner(arguments, *job, clock, log).Execute(signal);
}

}  // namespace vexaa::runner
