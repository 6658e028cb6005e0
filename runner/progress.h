// The progress of a run and who is told of it: the controller by POST, a
// person by a bar. Losing a report never matters.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/http/http_transport.h"
#include "lib/jobs/run_outcome.h"

namespace vexaa::runner {

// The newest figures. Thread-safe, but for OnSet.
class ProgressBoard {
 public:
  using Listener = std::function<void(const jobs::RunProgress&)>;

  void Set(const jobs::RunProgress& progress);
  // Called after each Set, in its thread; while nothing else uses the board.
  void OnSet(Listener listener) { listener_ = std::move(listener); }
  jobs::RunProgress Get() const;

 private:
  mutable std::mutex mutex_;
  jobs::RunProgress progress_;  // guarded by mutex_
  Listener listener_;
};

// POSTs the progress: every 2 s when a percent or more was done, every 6 s when
// anything changed. From a thread of its own that
// ends with this object. Everything given must outlive it.
class ProgressReporter {
 public:
  ProgressReporter(const ProgressBoard& board, http::HttpTransport& http,
                   base::Clock& clock, base::Logger& log, std::string url,
                   std::string token);

 private:
  void Loop(std::stop_token ended);
  void Post(const std::string& body, std::stop_token ended);

  const ProgressBoard& board_;
  http::HttpTransport& http_;
  base::Clock& clock_;
  base::Logger& log_;
  const std::string url_;
  const std::string authorization_;
  bool failed_before_ = false;
  std::jthread thread_;
};

// "[=====>     ]  45 %  12:31  68x". Pure.
std::string ProgressBar(const jobs::RunProgress& progress);
// "45 % done, 12:31 of audio, 68 times as fast as playing it". Pure.
std::string ProgressLine(const jobs::RunProgress& progress);

// Shows the progress on `out` until destroyed: a bar that redraws itself, or
// now and then a line. `board`, `clock` and `out` must outlive it.
class ProgressDisplay {
 public:
  enum class Style { kBar, kLines };
  ProgressDisplay(const ProgressBoard& board, base::Clock& clock,
                  std::ostream& out, Style style);
  // Shows the last figures and ends the line.
  ~ProgressDisplay();

 private:
  void Loop(std::stop_token ended);
  void Show();

  const ProgressBoard& board_;
  base::Clock& clock_;
  std::ostream& out_;
  const Style style_;
  std::string shown_;
  std::jthread thread_;
};

}  // namespace vexaa::runner
