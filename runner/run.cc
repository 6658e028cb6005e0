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
  for (const jobs::OutputResult& result : results) bytes += result.bytes;
  return std::to_string(bytes) + " bytes of audio " +
         (mode == PublishMode::kPublish ? "written" : "staged");
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
  ASSIGN_OR_RETURN(source_, seams_.open_source(spec_.source_uri, stop));
  outcome_.source_etag = source_.etag;
  outcome_.source_bytes = source_.bytes->size();
  log_.Info("Source opened",
            {{"source", spec_.source_uri}, {"bytes", outcome_.source_bytes}});
  RETURN_IF_ERROR(OpenTargets(stop));
  RETURN_IF_ERROR(MakeAudio(stop));
  RETURN_IF_ERROR(SealTargets());
  return mode_ == PublishMode::kPublish ? Publish(stop) : Status::Ok();
}

Status Run::OpenTargets(std::stop_token stop) {
  for (const jobs::OutputPlan& plan : spec_.plan.outputs) {
    ASSIGN_OR_RETURN(std::unique_ptr<OutputTarget> made,
                     seams_.make_target(plan, outcome_.source_bytes));
    OutputTarget& target = *targets_.emplace_back(std::move(made));
    RETURN_IF_ERROR(target.Open(stop));
    if (!target.open_upload().empty())
      uploads_.Opened(plan.index, target.open_upload());
  }
  return Status::Ok();
}

Status Run::MakeAudio(std::stop_token stop) {
  std::vector<OutputRequest> requests;
  for (size_t i = 0; i < targets_.size(); ++i)
    requests.push_back({.profile = spec_.plan.outputs[i].profile,
                        .sink = &targets_[i]->sink(),
                        .kind = spec_.plan.outputs[i].kind,
                        .silence = spec_.plan.outputs[i].silence,
                        .loudness = spec_.plan.loudness});
  ASSIGN_OR_RETURN(
      PipelineReport report,
      seams_.make_audio(
          *source_.bytes, requests,
          [this](const jobs::RunProgress& progress) { board_.Set(progress); },
          stop));
  log_.Info("Audio extracted",
            {{"container", report.source.container},
             {"codec", report.source.codec},
             {"track", report.source.track_choice},
             {"samples", report.source.samples},
             {"damagedPackets", report.source.damaged_packets},
             {"bytesRead", report.source.bytes_read}});
  KeepReport(report);
  return Status::Ok();
}

void Run::KeepReport(const PipelineReport& report) {
  for (size_t i = 0; i < report.outputs.size(); ++i) {
    const OutputReport& made = report.outputs[i];
    jobs::OutputResult& result = results_.emplace_back();
    result.index = spec_.plan.outputs[i].index;
    result.samples = made.samples;
    result.duration_ms = made.duration_ms;
    result.bytes = made.bytes;
    result.track = made.track;
    result.language = made.language;
    result.loudness = made.loudness;
    outcome_.media_ms = std::max(outcome_.media_ms, made.duration_ms);
  }
  jobs::RunProgress progress = board_.Get();
  progress.percent = 100;
  progress.media_seconds = static_cast<double>(outcome_.media_ms) / 1000;
  progress.bytes_read = report.source.bytes_read;
  board_.Set(progress);
}

Status Run::SealTargets() {
  for (size_t i = 0; i < targets_.size(); ++i) {
    RETURN_IF_ERROR(targets_[i]->Seal(results_[i]));
    log_.Info("Output staged", {{"output", spec_.plan.outputs[i].uri},
                                {"bytes", results_[i].bytes},
                                {"parts", results_[i].part_count},
                                {"samples", results_[i].samples}});
    if (results_[i].loudness)
      log_.Info("Loudness measured",
                {{"output", spec_.plan.outputs[i].uri},
                 {"integratedLufs", results_[i].loudness->integrated_lufs},
                 {"rangeLu", results_[i].loudness->range_lu},
                 {"truePeakDbtp", results_[i].loudness->true_peak_dbtp}});
  }
  return Status::Ok();
}

Status Run::Publish(std::stop_token stop) {
  for (size_t i = 0; i < targets_.size(); ++i) {
    RETURN_IF_ERROR(targets_[i]->Publish(results_[i], stop));
    uploads_.Closed(results_[i].index);
  }
  return Status::Ok();
}

// Never after a success: then the uploads are the controller's.
void Run::AbortAll() {
  std::stop_source too_late;
  std::jthread timer([&](std::stop_token ended) {
    if (clock_.Sleep(kAbortFor, ended)) too_late.request_stop();
  });
  for (size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i]->open_upload().empty()) continue;
    const jobs::OutputPlan& plan = spec_.plan.outputs[i];
    Status aborted = targets_[i]->Abort(too_late.get_token());
    if (aborted.ok()) {
      uploads_.Closed(plan.index);
    } else {
      log_.Warn("Upload left behind", {{"output", plan.uri}, {"err", aborted}});
    }
  }
}

void Run::Succeed() {
  outcome_.reason = jobs::Reason::kSucceeded;
  outcome_.message = Sentence(results_, mode_);
  outcome_.outputs = results_;
}

}  // namespace vexaa::runner
