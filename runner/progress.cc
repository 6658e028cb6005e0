#include "runner/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "lib/base/digest.h"

namespace vexaa::runner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The row is at most a percent or 2 s behind; long jobs, which need minutes for
// a percent, do not load the controller's service with that.
constexpr base::Duration kReportEvery = seconds(2);
constexpr int kReportAnythingEvery = 3;  // of these
constexpr base::Duration kLineEvery = seconds(5);
// Progress is worth less than the thread that waits for it at the end.
constexpr base::Duration kPostTimeout = seconds(3);
constexpr base::Duration kRedrawEvery = milliseconds(200);
constexpr int kBarWidth = 40;

// "1:02:31", "12:31".
std::string ClockText(double media_seconds) {
  auto total = static_cast<uint64_t>(std::max(0.0, media_seconds));
  char text[32];
  if (total >= 3600) {
    std::snprintf(
        text, sizeof text, "%d:%02d:%02d", static_cast<int>(total / 3600),
        static_cast<int>(total / 60 % 60), static_cast<int>(total % 60));
  } else {
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(total / 60),
                  static_cast<int>(total % 60));
  }
  return text;
}

int WholePercent(const jobs::RunProgress& progress) {
  return static_cast<int>(std::clamp(progress.percent, 0.0, 100.0));
}

std::string SpeedText(double speed) {
  char text[32];
  std::snprintf(text, sizeof text, speed < 10 ? "%.1f" : "%.0f",
                std::max(0.0, speed));
  return text;
}

}  // namespace

void ProgressBoard::Set(const jobs::RunProgress& progress) {
  {
    std::lock_guard lock(mutex_);
    progress_ = progress;
  }
  if (listener_) listener_(progress);
}

jobs::RunProgress ProgressBoard::Get() const {
  std::lock_guard lock(mutex_);
  return progress_;
}

ProgressReporter::ProgressReporter(const ProgressBoard& board,
                                   http::HttpTransport& http,
                                   base::Clock& clock, base::Logger& log,
                                   std::string url, std::string token)
    : board_(board),
      http_(http),
      clock_(clock),
      log_(log),
      url_(std::move(url)),
      authorization_("Bearer " + std::move(token)),
      thread_([this](std::stop_token ended) { Loop(ended); }) {}

void ProgressReporter::Loop(std::stop_token ended) {
  std::string sent;
  double sent_percent = 0;
  int passed_over = 0;
  while (clock_.Sleep(kReportEvery, ended)) {
    const jobs::RunProgress progress = board_.Get();
    std::string body = jobs::FormatRunProgress(progress);
    bool due = progress.percent >= sent_percent + 1 ||
               ++passed_over >= kReportAnythingEvery;
    if (!due || body == sent) continue;
    Post(body, ended);
    sent = std::move(body);
    sent_percent = progress.percent;
    passed_over = 0;
  }
}

void ProgressReporter::Post(const std::string& body, std::stop_token ended) {
  http::Request request;
  request.method = "POST";
  request.url = url_;
  request.headers = {{"Authorization", authorization_},
                     {"Content-Type", "application/json"}};
  request.body = base::AsBytes(body);
  request.timeout = kPostTimeout;
  request.stall_timeout = kPostTimeout;
  base::Result<http::Response> answer = http_.Send(request, ended);
  const bool failed = !answer.ok() || answer->status >= 300;
  if (failed && !failed_before_ && !ended.stop_requested()) {
    log_.Warn("Progress was not taken",
              {{"err", answer.ok() ? "HTTP " + std::to_string(answer->status)
                                   : answer.status().ToString()}});
  }
  failed_before_ = failed;
}

std::string ProgressBar(const jobs::RunProgress& progress) {
  const int percent = WholePercent(progress);
  const int filled = percent * kBarWidth / 100;
  std::string bar(static_cast<size_t>(filled), '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  char number[8];
  std::snprintf(number, sizeof number, "%3d", percent);
  return "[" + bar + "] " + number + " %  " +
         ClockText(progress.media_seconds) + "  " + SpeedText(progress.speed) +
         "x";
}

std::string ProgressLine(const jobs::RunProgress& progress) {
  return std::to_string(WholePercent(progress)) + " % done, " +
         ClockText(progress.media_seconds) + " of audio, " +
         SpeedText(progress.speed) + " times as fast as playing it";
}

ProgressDisplay::ProgressDisplay(const ProgressBoard& board, base::Clock& clock,
                                 std::ostream& out, Style style)
    : board_(board),
      clock_(clock),
      out_(out),
      style_(style),
      thread_([this](std::stop_token ended) { Loop(ended); }) {}

ProgressDisplay::~ProgressDisplay() {
  thread_.request_stop();
  thread_.join();
  Show();
  if (style_ == Style::kBar && !shown_.empty()) out_ << "\n" << std::flush;
}

void ProgressDisplay::Loop(std::stop_token ended) {
  const auto every = style_ == Style::kBar ? kRedrawEvery : kLineEvery;
  while (clock_.Sleep(every, ended)) Show();
}

void ProgressDisplay::Show() {
  const jobs::RunProgress progress = board_.Get();
  if (progress.media_seconds <= 0) return;
  std::string text =
      style_ == Style::kBar ? ProgressBar(progress) : ProgressLine(progress);
  if (text == shown_) return;
  if (style_ == Style::kBar) {
    // Blanks cover what a longer text left behind.
    out_ << "\r" << text
         << std::string(
                shown_.size() > text.size() ? shown_.size() - text.size() : 0,
                ' ');
  } else {
    out_ << text << "\n";
  }
  out_ << std::flush;
  shown_ = std::move(text);
}

}  // namespace vexaa::runner
