#include "runner/run.h"

#include <algorithm>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/outcome.h"

namespace vexaa::runner {
namespace {

using base::Status;

// Of the 20 s a stopped runner has, this long it tries to remove its uploads;
// what it cannot remove it names for the controller's sweeper.
constexpr base::Duration kAbortFor = std::chrono::seconds(8);

// A status that says what became of the job, whoever made it.
Status WithReason(const Status& status) {
  if (status.ok() || jobs::ReasonOf(status)) return status;
  return jobs::Fail(jobs::Reason::kInternal, status.ToString());
}

std::string Sentence(const std::vector<jobs::OutputResult>& results,
                     PublishMode mode) {
  uint64_t bytes = 0;
  size_t kept = 0;
  for (const jobs::OutputResult& result : results) {
    if (result.skipped) ++kept;
    if (!result.skipped) bytes += result.bytes;
  }
  const std::string earlier =
      std::to_string(kept) +
      (kept == 1 ? " earlier result" : " earlier results");
  if (kept == results.size()) return "nothing was made: " + earlier + " kept";
  return std::to_string(bytes) + " bytes " +
         (mode == PublishMode::kPublish ? "written" : "staged") +
         (kept > 0 ? ", " + earlier + " kept" : "");
}

}  // namespace

Run::Run(const jobs::RunSpec& spec, PublishMode mode, const RunSeams& seams,
         base::Clock& clock, base::Logger& log, ProgressBoard& board,
         OpenUploads& uploads)
    : spec_(spec),
      mode_(mode),
      seams_(seams),
      clock_(clock),
      log_(log),
      board_(board),
      uploads_(uploads) {
  outcome_.attempt = spec.attempt;
  outcome_.token = spec.token;
}

jobs::RunOutcome Run::Execute(const RunStop& stop) {
  Status status = Work(stop.token());
  if (status.ok()) {
    Succeed();
  } else {
    // A stopped stage fails in many ways; what stopped it is the reason.
    Status cause = stop.Cause();
    status = WithReason(cause.ok() ? status : cause);
    AbortAll();
    outcome_.reason = *jobs::ReasonOf(status);
    outcome_.message = status.message();
    outcome_.outputs = uploads_.List();
  }
  if (source_.bytes_fetched) outcome_.bytes_read = source_.bytes_fetched();
  const ProcessUsage usage = MeasureProcess();
  outcome_.cpu_ms = usage.cpu_ms;
  outcome_.peak_rss_bytes = usage.peak_rss_bytes;
  return outcome_;
}

Status Run::Work(std::stop_token stop) {
  RETURN_IF_ERROR(MakeTargets(stop));
  bool all_kept = std::all_of(
      outputs_.begin(), outputs_.end(),
      [](const Output& output) { return output.result.has_value(); });
  if (all_kept) return Status::Ok();
  ASSIGN_OR_RETURN(source_, seams_.open_source(spec_.source_uri, stop));
  outcome_.source_etag = source_.etag;
  outcome_.source_bytes = source_.bytes->size();
  log_.Info("Source opened",
            {{"source", spec_.source_uri}, {"bytes", outcome_.source_bytes}});
  RETURN_IF_ERROR(MakeAudio(stop));
  RETURN_IF_ERROR(SealTargets());
  return mode_ == PublishMode::kPublish ? Publish(stop) : Status::Ok();
}

// Finds out which outputs are there already and are kept.
Status Run::MakeTargets(std::stop_token stop) {
  for (const jobs::OutputPlan& plan : spec_.plan.outputs) {
    Output& output = outputs_.emplace_back();
    output.plan = &plan;
    ASSIGN_OR_RETURN(output.target, seams_.make_target(plan));
    ASSIGN_OR_RETURN(auto kept, output.target->KeptBytes(stop));
    if (!kept) continue;
    log_.Info("Earlier result kept", {{"output", plan.uri}, {"bytes", *kept}});
    output.result.emplace();
    output.result->index = plan.index;
    output.result->bytes = *kept;
    output.result->skipped = true;
    output.result->note = "an earlier result is kept";
  }
  return Status::Ok();
}

PipelineRequest Run::RequestAll(std::stop_token stop) {
  PipelineRequest request{
      .clip = spec_.plan.clip, .loudness = spec_.plan.loudness, .outputs = {}};
  for (Output& output : outputs_) {
    if (output.result) continue;
    auto open = [this, &output, stop](std::string_view content_type) {
      return OpenTarget(output, content_type, stop);
    };
    request.outputs.push_back({*output.plan, std::move(open)});
  }
  return request;
}

base::Result<media::OutputSink*> Run::OpenTarget(Output& output,
                                                 std::string_view content_type,
                                                 std::stop_token stop) {
  RETURN_IF_ERROR(
      output.target->Open(content_type, outcome_.source_bytes, stop));
  if (!output.target->open_upload().empty())
    uploads_.Opened(output.plan->index, output.target->open_upload());
  return &output.target->sink();
}

Status Run::MakeAudio(std::stop_token stop) {
  ASSIGN_OR_RETURN(
      PipelineReport report,
      seams_.make_audio(
          *source_.bytes, RequestAll(stop),
          [this](const jobs::RunProgress& progress) { board_.Set(progress); },
          stop));
  log_.Info("Audio extracted",
            {{"container", report.source.container},
             {"codec", report.source.codec},
             {"samples", report.source.samples},
             {"damagedPackets", report.source.damaged_packets},
             {"bytesRead", report.source.bytes_read}});
  KeepReport(report);
  return Status::Ok();
}

void Run::KeepReport(const PipelineReport& report) {
  for (const OutputReport& made : report.outputs) {
    auto output = std::find_if(
        outputs_.begin(), outputs_.end(),
        [&](const Output& one) { return one.plan->index == made.index; });
    if (output == outputs_.end()) continue;
    jobs::OutputResult& result = output->result.emplace();
    result.index = made.index;
    result.samples = made.samples;
    result.duration_ms = made.duration_ms;
    result.bytes = made.bytes;
    result.track = made.track;
    result.language = made.language;
    result.note = made.note;
    result.loudness = made.loudness;
    result.gapless = made.gapless;
    outcome_.media_ms = std::max(outcome_.media_ms, made.duration_ms);
  }
  jobs::RunProgress progress = board_.Get();
  progress.percent = 100;
  progress.media_seconds = static_cast<double>(outcome_.media_ms) / 1000;
  progress.bytes_read = report.source.bytes_read;
  board_.Set(progress);
}

Status Run::SealTargets() {
  for (Output& output : outputs_) {
    if (!output.result || output.result->skipped) continue;
    RETURN_IF_ERROR(output.target->Seal(*output.result));
    log_.Info("Output staged", {{"output", output.plan->uri},
                                {"track", output.result->track},
                                {"choice", output.result->note},
                                {"bytes", output.result->bytes},
                                {"parts", output.result->part_count},
                                {"samples", output.result->samples}});
    if (const auto& loudness = output.result->loudness)
      log_.Info("Loudness measured",
                {{"output", output.plan->uri},
                 {"integratedLufs", loudness->integrated_lufs},
                 {"rangeLu", loudness->range_lu},
                 {"truePeakDbtp", loudness->true_peak_dbtp}});
  }
  return Status::Ok();
}

Status Run::Publish(std::stop_token stop) {
  for (Output& output : outputs_) {
    if (!output.result || output.result->skipped) continue;
    RETURN_IF_ERROR(output.target->Publish(*output.result, stop));
    uploads_.Closed(output.plan->index);
  }
  return Status::Ok();
}

// Never after a success: then the uploads are the controller's.
void Run::AbortAll() {
  std::stop_source too_late;
  std::jthread timer([&](std::stop_token ended) {
    if (clock_.Sleep(kAbortFor, ended)) too_late.request_stop();
  });
  for (Output& output : outputs_) {
    if (!output.target || output.target->open_upload().empty()) continue;
    Status aborted = output.target->Abort(too_late.get_token());
    if (aborted.ok()) {
      uploads_.Closed(output.plan->index);
    } else {
      log_.Warn("Upload left behind",
                {{"output", output.plan->uri}, {"err", aborted}});
    }
  }
}

void Run::Succeed() {
  outcome_.reason = jobs::Reason::kSucceeded;
  for (Output& output : outputs_)
    if (output.result) outcome_.outputs.push_back(*output.result);
  outcome_.message = Sentence(outcome_.outputs, mode_);
}

}  // namespace vexaa::runner
