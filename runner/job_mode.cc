#include "runner/job_mode.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "lib/http/curl_transport.h"
#include "lib/jobs/reason.h"
#include "lib/jobs/runner_env.h"
#include "runner/admin.h"
#include "runner/exit_guard.h"
#include "runner/log_limit.h"
#include "runner/media_watchdog.h"
#include "runner/outcome.h"
#include "runner/progress.h"
#include "runner/run.h"
#include "runner/run_seams.h"

namespace vexaa::runner {
namespace {

using base::ExitCode;
using base::Status;
using jobs::Reason;

base::Result<std::string> SpecText(const Arguments& arguments,
                                   const Settings& settings) {
  if (arguments.spec_file.empty()) {
    if (!settings.run_spec.empty()) return settings.run_spec;
    return jobs::Fail(Reason::kInvalidJob,
                      "nothing to do: give --source and --output, or a job in "
                      "VEXAA_RUN_SPEC; --help explains both");
  }
  std::ifstream file(arguments.spec_file);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad() || !file.is_open())
    return jobs::Fail(Reason::kInvalidJob,
                      "cannot read the spec file " + arguments.spec_file);
  return text;
}

// Where the outcome goes; empty: nowhere but the log.
std::string OutcomePath(const std::string& given) {
  if (!given.empty()) return given;
  return ::access(kTerminationLog, W_OK) == 0 ? kTerminationLog : "";
}

std::vector<std::string> PlacesOf(const jobs::RunSpec& spec) {
  std::vector<std::string> uris = {spec.source_uri};
  for (const jobs::OutputPlan& output : spec.plan.outputs)
    uris.push_back(output.uri);
  return uris;
}

TargetOptions OptionsOf(const jobs::RunSpec& spec) {
  return {.source_uri = spec.source_uri,
          .token = spec.token,
          .clip = spec.plan.clip,
          .stage_name = std::to_string(spec.attempt.job.value()) + "-" +
                        std::to_string(spec.attempt.attempt),
          .overwrite = objects::OverwriteFor(spec.plan.if_exists)};
}

jobs::RunOutcome Failed(const jobs::RunSpec& spec, const Status& error) {
  jobs::RunOutcome outcome;
  outcome.attempt = spec.attempt;
  outcome.token = spec.token;
  outcome.reason = jobs::ReasonOf(error).value_or(Reason::kInternal);
  outcome.message = error.message();
  return outcome;
}

// One job from its spec to its outcome.
class JobRunner {
 public:
  JobRunner(const jobs::RunSpec& spec, const Settings& settings,
            base::Clock& clock, base::Logger& log)
      : spec_(spec),
        settings_(settings),
        path_(OutcomePath(settings.outcome_file)),
        clock_(clock),
        log_(log) {}

  ExitCode Execute(std::stop_token signal) {
    base::LogFields fields = {{"jobId", spec_.attempt.job.value()},
                              {"attempt", spec_.attempt.attempt},
                              {"source", spec_.source_uri}};
    if (!spec_.traceparent.empty())
      fields.emplace_back("traceparent", spec_.traceparent);
    log_.Info("Run started", fields);
    AdminPort admin(settings_.admin_address, board_, log_);
    return Leave(RunUntil(signal));
  }

 private:
  jobs::RunOutcome RunUntil(std::stop_token signal) {
    auto stores = Stores::Create(settings_.stores, PlacesOf(spec_), clock_);
    if (!stores.ok()) return Ended(stores.status());
    stores_ = stores->get();
    RunStop stop(signal, std::chrono::seconds(spec_.timeout_seconds), clock_);
    ExitGuard guard(stop.token(), clock_, [&] { Bail(stop.Cause()); });
    MediaWatchdog watchdog(pulse_, clock_, &ProcessCpuTime,
                           [&](const Status& stuck) { Bail(stuck); });
    std::optional<http::CurlTransport> http;
    std::optional<ProgressReporter> reporter;
    if (!settings_.progress_url.empty()) {
      http.emplace(http::CurlOptions{});
      reporter.emplace(board_, *http, clock_, log_, settings_.progress_url,
                       spec_.token);
    }
    RunSeams seams = MakeSeams(**stores, OptionsOf(spec_), clock_, pulse_);
    Run run(spec_, PublishMode::kStageOnly, seams, clock_, log_, board_,
            uploads_);
    jobs::RunOutcome outcome = run.Execute(stop);
    outcome.unknown_uploads = (*stores)->MayHaveUnknownUploads();
    return outcome;
  }

  jobs::RunOutcome Ended(const Status& error) const {
    jobs::RunOutcome outcome = Failed(spec_, error);
    outcome.outputs = uploads_.List();
    outcome.unknown_uploads =
        stores_ != nullptr && stores_->MayHaveUnknownUploads();
    return outcome;
  }

  // A stage does not end: says so and leaves at once.
  [[noreturn]] void Bail(const Status& cause) {
    std::_Exit(static_cast<int>(Leave(Ended(cause))));
  }

  ExitCode Leave(const jobs::RunOutcome& outcome) {
    const bool good = outcome.reason == Reason::kSucceeded;
    base::LogFields fields = {{"jobId", spec_.attempt.job.value()},
                              {"attempt", spec_.attempt.attempt},
                              {"reason", jobs::ReasonName(outcome.reason)},
                              {"message", outcome.message},
                              {"bytesRead", outcome.bytes_read},
                              {"cpuMs", outcome.cpu_ms},
                              {"peakRssBytes", outcome.peak_rss_bytes}};
    good ? log_.Info("Run ended", fields) : log_.Error("Run ended", fields);
    if (!path_.empty()) {
      Status written = WriteOutcome(path_, outcome);
      if (!written.ok()) {
        log_.Error("Outcome not written", {{"err", written}});
        return ExitCode::kSoftware;
      }
    }
    return jobs::ExitCodeFor(outcome.reason);
  }

  const jobs::RunSpec& spec_;
  const Settings& settings_;
  const std::string path_;
  base::Clock& clock_;
  base::Logger& log_;
  const Stores* stores_ = nullptr;  // of the run under way
  ProgressBoard board_;
  OpenUploads uploads_;
  Pulse pulse_;
};

}  // namespace

ExitCode RunJob(const Arguments& arguments, const Settings& settings,
                std::stop_token signal) {
  base::SystemClock clock;
  LogLimit limited(std::cout, settings.log_limit_bytes);
  std::ostream out(&limited);
  base::Logger log(out, settings.log_format.value_or(base::LogFormat::kJson),
                   settings.log_level.value_or(base::LogLevel::kInfo), clock);
  auto text = SpecText(arguments, settings);
  if (!text.ok()) {
    std::cerr << "vexaa-runner: " << text.status().message() << "\n";
    return ExitCode::kUsage;
  }
  auto spec = jobs::ParseRunSpec(*text);
  if (!spec.ok()) {
    log.Error("Run spec refused", {{"err", spec.status()}});
    std::cerr << "vexaa-runner: " << spec.status().message() << "\n";
    return jobs::ExitCodeFor(
        jobs::ReasonOf(spec.status()).value_or(Reason::kInvalidJob));
  }
  return JobRunner(*spec, settings, clock, log).Execute(signal);
}

ExitCode RefuseJob(const EnvLookup& env, const Status& error) {
  auto spec = jobs::ParseRunSpec(env(jobs::env::kRunSpec).value_or(""));
  const std::string path =
      OutcomePath(env(jobs::env::kOutcomeFile).value_or(""));
  if (spec.ok() && !path.empty()) {
    Status written = WriteOutcome(path, Failed(*spec, error));
    if (!written.ok()) std::cerr << "vexaa-runner: " << written << "\n";
  }
  return jobs::ExitCodeFor(
      jobs::ReasonOf(error).value_or(Reason::kInvalidConfig));
}

}  // namespace vexaa::runner
