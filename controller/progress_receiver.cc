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

metrics::AdminResponse ProgressReceiver::Take(
    const metrics::AdminRequest& request) {
  auto attempt = attempts_.FindToken(TokenOf(request));
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
