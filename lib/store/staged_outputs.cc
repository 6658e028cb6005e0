#include <algorithm>

#include "lib/store/job_store.h"

namespace vexaa::store {
namespace {

JobOutput Planned(const jobs::OutputPlan& plan) {
  JobOutput output;
  output.index = plan.index;
  output.kind = jobs::OutputKindName(plan.kind);
  output.profile = plan.profile.name;
  output.uri = plan.uri;
  return output;
}

}  // namespace

std::vector<JobOutput> StagedOutputs(const jobs::JobPlan& plan,
                                     const jobs::RunOutcome& outcome) {
  std::vector<JobOutput> outputs;
  for (const jobs::OutputPlan& planned : plan.outputs) {
    auto result = std::find_if(
        outcome.outputs.begin(), outcome.outputs.end(),
        [&](const auto& each) { return each.index == planned.index; });
    bool staged = result != outcome.outputs.end();
    if (!staged && !outcome.outputs.empty()) continue;
    JobOutput& output = outputs.emplace_back(Planned(planned));
    if (!staged) continue;
    output.upload_id = result->upload_id;
    output.part_count = result->part_count;
    output.bytes = result->bytes;
    output.parts_digest = result->parts_digest;
  }
  return outputs;
}

}  // namespace vexaa::store
