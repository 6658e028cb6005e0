#include "controller/leadership.h"

#include <optional>
#include <thread>

namespace vexaa::controller {

void LeaseLeadership::Run(const Term& term, std::stop_token stop) {
  while (!stop.stop_requested()) {
    base::Status ended = OneTerm(term, stop);
    if (!ended.ok()) log_.Warn("Standing by again", {{"err", ended}});
  }
  elector_.GiveUp({});
}

base::Status LeaseLeadership::OneTerm(const Term& term, std::stop_token stop) {
  std::stop_source over;
  std::stop_callback link(stop, [&] { over.request_stop(); });
  std::optional<std::jthread> work;
  base::Status ended = elector_.Run(
      stop, [&] { work.emplace([&] { term(over.get_token()); }); });
  over.request_stop();
  return ended;  // joins the work first
}

}  // namespace vexaa::controller
