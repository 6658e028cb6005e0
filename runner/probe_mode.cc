#include "runner/probe_mode.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "lib/base/clock.h"
#include "lib/jobs/reason.h"
#include "runner/describe.h"
#include "runner/exit_guard.h"
#include "runner/local_path.h"
#include "runner/run_seams.h"
#include "runner/stores.h"

namespace vexaa::runner {
namespace {

using base::ExitCode;
using base::Status;
using jobs::Reason;

base::Result<std::string> Describe(const std::string& text,
                                   StoreSettings settings, base::Clock& clock,
                                   std::stop_token stop) {
  ASSIGN_OR_RETURN(GivenPlace place, ResolvePlace(text));
  if (!place.root.empty()) settings.folder_roots.push_back(place.root);
  ASSIGN_OR_RETURN(auto stores, Stores::Create(settings, {place.uri}, clock));
  ASSIGN_OR_RETURN(OpenedSource source,
                   OpenSource(*stores, place.uri, clock, stop));
  return DescribeHeaders(*source.bytes, stop);
}

}  // namespace

ExitCode RunProbe(const std::string& place, const Settings& settings,
                  std::stop_token signal) {
  base::SystemClock clock;
  ExitGuard guard(signal, clock,
                  [] { std::_Exit(static_cast<int>(ExitCode::kStopped)); });
  auto text = Describe(place, settings.stores, clock, signal);
  if (signal.stop_requested()) return ExitCode::kStopped;
  if (text.ok()) {
    std::cout << *text << std::flush;
    return std::cout.good() ? ExitCode::kOk : ExitCode::kUnavailable;
  }
  const Reason reason =
      jobs::ReasonOf(text.status()).value_or(Reason::kInternal);
  std::cerr << "vexaa-runner: " << jobs::ReasonName(reason) << ": "
            << text.status().message() << "\n";
  return jobs::ExitCodeFor(reason);
}

}  // namespace vexaa::runner
