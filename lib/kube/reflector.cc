#include "lib/kube/reflector.h"

#include <chrono>
#include <utility>

#include "lib/kube/silence_guard.h"

namespace vexaa::kube {

using base::Code;
using base::Status;

Reflector::Reflector(ListWatch& objects, base::Clock& clock, base::Logger& log,
                     ReflectorOptions options)
    : objects_(objects), clock_(clock), log_(log), options_(options) {}

void Reflector::Run(std::stop_token stop) {
  NextStep next;
  while (!stop.stop_requested()) {
    if (next.resume == Resume::kList) {
      next = AfterList(List(stop), next.failures, options_.backoff,
                       base::RandomUnit());
    } else {
      // One that fails costs nothing: the watch knows where it was.
      if (clock_.Elapsed() >= relist_at_) (void)List(stop);
      next = Watch(next.failures, stop);
    }
    if (next.delay > base::Duration::zero()) clock_.Sleep(next.delay, stop);
  }
}

Status Reflector::List(std::stop_token stop) {
  auto list = objects_.List(stop);
  if (list.ok()) {
    resource_version_ = list->resource_version;
    Heard();  // before readers can see the list
    list->apply();
    synced_ = true;
    log_.Debug("Objects listed",
               {{"kind", objects_.kind()}, {"count", list->count}});
  } else if (!stop.stop_requested()) {
    Failed("Could not list", list.status());
  }
  relist_at_ =
      clock_.Elapsed() +
      RelistDelay(list.status(), options_.relist_every, base::RandomUnit());
  return list.status();
}

NextStep Reflector::Watch(int failures, std::stop_token stop) {
  const WatchReport report = WatchOnce(stop);
  history_.last_was_silent = report.silent;
  if (report.silent) {
    Failed("Watch was silent",
           Status(Code::kUnavailable, "the watch of " +
                                          std::string(objects_.kind()) +
                                          " fell silent"));
  } else if (report.status.ok()) {
    Heard();
  } else if (!stop.stop_requested()) {
    Failed("Watch ended", report.status);
  }
  return AfterWatch(report, failures, options_.backoff, base::RandomUnit());
}

WatchReport Reflector::WatchOnce(std::stop_token stop) {
  WatchReport report;
  const base::Duration begin = clock_.Elapsed();
  SilenceGuard guard(clock_, options_.silence, stop);
  const auto on_event = [&](const ListWatch::Event& event) {
    guard.Touch();
    Heard();
    ++report.event_count;
    history_.bookmark_seen |= event.bookmark;
    event.apply();
    // Only now: what is not applied must be sent again.
    resource_version_ = event.resource_version;
    return Status::Ok();
  };
  report.status = objects_.Watch(
      std::string(resource_version_),
      WatchTimeout(history_, relist_at_ - begin, base::RandomUnit()), on_event,
      guard.token());
  report.silent = guard.fired() && !report.status.ok();
  report.lasted = clock_.Elapsed() - begin;
  return report;
}

Status Reflector::Health() const {
  const std::lock_guard lock(mutex_);
  const std::string cause =
      last_error_.ok() ? "" : "; last error: " + last_error_.ToString();
  if (!synced_) {
    return Status(Code::kUnavailable, std::string(objects_.kind()) +
                                          " were not listed yet" + cause);
  }
  const base::Duration silent = clock_.Elapsed() - heard_at_;
  // Its word that we may not look is none of the pods'.
  const bool denied = last_error_.code() == Code::kPermissionDenied;
  if (silent <= options_.silence) return denied ? last_error_ : Status::Ok();
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(silent).count();
  return Status(Code::kUnavailable, "no word from the API server for " +
                                        std::to_string(seconds) + " s" + cause);
}

void Reflector::Heard() {
  const std::lock_guard lock(mutex_);
  heard_at_ = clock_.Elapsed();
  last_error_ = Status::Ok();
}

void Reflector::Failed(std::string_view what, const Status& status) {
  log_.Warn(what, {{"kind", objects_.kind()}, {"err", status}});
  const std::lock_guard lock(mutex_);
  last_error_ = status;
}

}  // namespace vexaa::kube
