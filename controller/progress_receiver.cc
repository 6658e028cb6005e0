#include "controller/progress_receiver.h"

#include "lib/jobs/run_outcome.h"

namespace vexaa::controller {
namespace {

constexpr std::string_view kBearer = "Bearer ";

std::string_view TokenOf(const metrics::AdminRequest& request) {
  auto found = request.headers.find("authorization");
  if (found == request.headers.end()) return {};
  std::string_view value = found->second;
  if (!value.starts_with(kBearer)) return {};
  return value.substr(kBearer.size());
}

}  // namespace

// A standby, or a leader that has just begun, remembers no attempt.
std::optional<jobs::AttemptId> ProgressReceiver::Live(std::string_view token) {
  if (auto known = attempts_.FindToken(token)) return known;
  auto named = AttemptNamedBy(token);
  if (!named) return std::nullopt;
  base::Result<jobs::Job> job = store_.Read(named->job);
  if (!job.ok() || !jobs::IsLive(job->state) ||
      jobs::AttemptToken(*job) != token)
    return std::nullopt;
  return named;
}

metrics::AdminResponse ProgressReceiver::Take(
    const metrics::AdminRequest& request) {
  auto attempt = Live(TokenOf(request));
  if (!attempt)
    return {.status = 401, .body = "no live attempt has this token\n"};
  auto progress = jobs::ParseRunProgress(request.body);
  if (!progress.ok())
    return {.status = 400, .body = progress.status().message() + "\n"};
  base::Status saved = store_.SaveProgress(*attempt, *progress);
  if (!saved.ok())
    log_.Debug("Could not save progress",
               {{"jobId", attempt->job.value()}, {"err", saved}});
  return {.status = 204};
}

}  // namespace vexaa::controller
