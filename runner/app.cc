#include "runner/app.h"

#include <iostream>

#include "lib/jobs/reason.h"
#include "runner/cli.h"
#include "runner/hand_mode.h"
#include "runner/job_mode.h"

namespace vexaa::runner {
namespace {

using base::ExitCode;

ExitCode Complain(const base::Status& error, ExitCode code) {
  std::cerr << "vexaa-runner: " << error.message() << "\n";
  return code;
}

}  // namespace

ExitCode RunApp(int argc, const char* const* argv, const EnvLookup& env,
                std::stop_token signal) {
  auto parsed = ParseArguments(argc, argv, VEXAA_VERSION);
  if (!parsed.ok()) return Complain(parsed.status(), ExitCode::kUsage);
  if (parsed->answer) {
    std::cout << *parsed->answer;
    return ExitCode::kOk;
  }
  auto settings = ReadSettings(env);
  if (!settings.ok()) return Complain(settings.status(), ExitCode::kConfig);
  const Arguments& arguments = parsed->arguments;
  if (arguments.by_hand()) return RunByHand(arguments, *settings, signal);
  return RunJob(arguments, *settings, signal);
}

}  // namespace vexaa::runner
