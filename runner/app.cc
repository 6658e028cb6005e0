#include "runner/app.h"

#include <iostream>

#include "lib/jobs/reason.h"
#include "runner/cli.h"
#include "runner/hand_mode.h"
#include "runner/job_mode.h"
#include "runner/probe_mode.h"

namespace vexaa::runner {
namespace {

using base::ExitCode;

void Complain(const base::Status& error) {
  std::cerr << "vexaa-runner: " << error.message() << "\n";
}

}  // namespace

ExitCode RunApp(int argc, const char* const* argv, const EnvLookup& env,
                std::stop_token signal) {
  auto parsed = ParseArguments(argc, argv, VEXAA_VERSION);
  if (!parsed.ok()) {
    Complain(parsed.status());
    return ExitCode::kUsage;
  }
  if (parsed->answer) {
    std::cout << *parsed->answer;
    return ExitCode::kOk;
  }
  auto settings = ReadSettings(env);
  const Arguments& arguments = parsed->arguments;
  if (!settings.ok()) {
    Complain(settings.status());
    return arguments.by_hand() || !arguments.probe.empty()
               ? ExitCode::kConfig
               : RefuseJob(env, settings.status());
  }
  if (!arguments.probe.empty()) return RunProbe(arguments, *settings, signal);
  if (arguments.by_hand()) return RunByHand(arguments, *settings, signal);
  return RunJob(arguments, *settings, signal);
}

}  // namespace vexaa::runner
