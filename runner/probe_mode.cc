#include "runner/probe_mode.h"

#include <cstdlib>
#include <iostream>

#include "lib/base/clock.h"
#include "lib/jobs/reason.h"
#include "runner/describe.h"
#include "runner/exit_guard.h"
#include "runner/local_path.h"
#include "runner/pulsing_source.h"
#include "runner/run_seams.h"
#include "runner/run_stop.h"
#include "runner/stores.h"

namespace vexaa::runner {
namespace {

using base::ExitCode;
using base::Status;
using jobs::Reason;

base::Result<std::string> Describe(const std::string& text,
                                   StoreSettings settings, base::Clock& clock,
                                   Pulse& pulse, std::stop_token stop) {
  ASSIGN_OR_RETURN(GivenPlace place, ResolvePlace(text));
  if (!place.root.empty()) settings.folder_roots.push_back(place.root);
  ASSIGN_OR_RETURN(auto stores, Stores::Create(settings, {place.uri}, clock));
  ASSIGN_OR_RETURN(OpenedSource source,
                   OpenSource(*stores, place.uri, clock, stop));
  PulsingSource beating(*source.bytes, pulse);
  return DescribeHeaders(beating, stop);
}

ExitCode Complain(const Status& error) {
  const Reason reason = jobs::ReasonOf(error).value_or(Reason::kInternal);
  std::cerr << "vexaa-runner: " << jobs::ReasonName(reason) << ": "
            << error.message() << "\n";
  return jobs::ExitCodeFor(reason);
}

// Headers that do not end: says so and leaves at once.
[[noreturn]] void Bail(const Status& cause) {
  std::_Exit(static_cast<int>(Complain(cause)));
}

}  // namespace

ExitCode RunProbe(const Arguments& arguments, const Settings& settings,
                  std::stop_token signal) {
  base::SystemClock clock;
  Pulse pulse;
  RunStop stop(signal, std::chrono::seconds(arguments.timeout_seconds), clock);
  ExitGuard guard(stop.token(), clock, [&] { Bail(stop.Cause()); });
  MediaWatchdog watchdog(pulse, clock, &ProcessCpuTime, Bail);
  auto text =
      Describe(arguments.probe, settings.stores, clock, pulse, stop.token());
  if (Status cause = stop.Cause(); !cause.ok()) return Complain(cause);
  if (!text.ok()) return Complain(text.status());
  std::cout << *text << std::flush;
  return std::cout.good() ? ExitCode::kOk : ExitCode::kUnavailable;
}

}  // namespace vexaa::runner
