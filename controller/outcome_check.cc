#include "controller/outcome_check.h"

#include <algorithm>
#include <string>

#include "lib/jobs/reason.h"

namespace vexaa::controller {
namespace {

base::Status Unbelievable(const std::string& what) {
  return jobs::Fail(jobs::Reason::kInternal,
                    "the runner's report is not believed: " + what);
}

}  // namespace

base::Status CheckOutcome(const jobs::JobPlan& plan,
                          const jobs::RunOutcome& outcome) {
  size_t planned = 0;
  for (const jobs::OutputPlan& output : plan.outputs) {
    auto is_it = [&](const jobs::OutputResult& result) {
      return result.index == output.index;
    };
    auto count =
        std::count_if(outcome.outputs.begin(), outcome.outputs.end(), is_it);
    if (count > 1) return Unbelievable(output.uri + " is reported twice");
    if (count == 0 && !jobs::MayBeAbsent(output))
      return Unbelievable(output.uri + " is missing");
    if (count == 0) continue;
    ++planned;
    const jobs::OutputResult& result =
        *std::find_if(outcome.outputs.begin(), outcome.outputs.end(), is_it);
    bool kept = result.skipped && plan.if_exists == jobs::IfExists::kSkip;
    if (!kept && (result.skipped || result.upload_id.empty()))
      return Unbelievable("nothing is staged for " + output.uri);
    if (kept && !result.upload_id.empty())
      return Unbelievable(output.uri + " is kept and staged at once");
  }
  if (planned != outcome.outputs.size())
    return Unbelievable("it names an output that was not planned");
  return base::Status::Ok();
}

}  // namespace vexaa::controller
