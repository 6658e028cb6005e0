#include "runner/run_stop.h"

#include "lib/jobs/reason.h"

namespace vexaa::runner {

RunStop::RunStop(std::stop_token signal, base::Duration timeout,
                 base::Clock& clock)
    : timeout_(timeout), on_signal_(signal, [this] { Stop(Kind::kSignal); }) {
  if (timeout_ <= base::Duration::zero()) return;
  deadline_ = std::jthread([this, &clock](std::stop_token ended) {
    if (clock.Sleep(timeout_, ended)) Stop(Kind::kDeadline);
  });
}

void RunStop::Stop(Kind kind) {
  Kind none = Kind::kNone;
  kind_.compare_exchange_strong(none, kind);
  source_.request_stop();
}

base::Status RunStop::Cause() const {
  switch (kind_.load()) {
    case Kind::kNone:
      return base::Status::Ok();
    case Kind::kSignal:
      return jobs::Fail(jobs::Reason::kEvicted,
                        "the runner was asked to stop before it was done");
    case Kind::kDeadline:
      break;
  }
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout_);
  return jobs::Fail(jobs::Reason::kDeadlineExceeded,
                    "not done after " + std::to_string(seconds.count()) +
                        " s; allow more (timeout_seconds of a job, --timeout "
                        "by hand)");
}

}  // namespace vexaa::runner
