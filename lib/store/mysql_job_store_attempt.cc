// The life of an attempt: every write is guarded by id, attempt and state.
// Its plan is in mysql_job_store_plan.cc.
#include <set>

#include "lib/store/job_rows.h"
#include "lib/store/job_sql.h"
#include "lib/store/mysql_job_store.h"

namespace vexaa::store {
namespace {

constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxLogTailBytes = 8 * 1024;

SqlParam LevelOrNull(const jobs::OutputResult& output,
                     double jobs::Loudness::*level) {
  if (!output.loudness) return nullptr;
  return (*output.loudness).*level;
}

base::Status WriteStagedOutput(SqlConnection& connection, jobs::JobId job,
                               const jobs::OutputResult& output) {
  return connection
      .Execute(sql::kStageOutput,
               {output.upload_id, static_cast<int64_t>(output.part_count),
                output.bytes, TextOrNull(output.parts_digest),
                TextOrNull(output.crc32), TextOrNull(output.sha256_parts),
                output.samples, output.duration_ms,
                static_cast<int64_t>(output.track),
                TextOrNull(FitText(output.language, 16)),
                TextOrNull(FitText(output.note, 255)), Flag(output.gapless),
                LevelOrNull(output, &jobs::Loudness::integrated_lufs),
                LevelOrNull(output, &jobs::Loudness::range_lu),
                LevelOrNull(output, &jobs::Loudness::true_peak_dbtp),
                job.value(), static_cast<int64_t>(output.index)})
      .status();
}

base::Status DropAbsentOutputs(SqlConnection& connection, jobs::JobId job,
                               const jobs::RunOutcome& outcome) {
  if (outcome.outputs.empty()) return base::Status::Ok();
  SqlParams params = {job.value()};
  for (const auto& output : outcome.outputs)
    params.emplace_back(static_cast<int64_t>(output.index));
  return connection
      .Execute(sql::WithList(sql::kDropAbsentOutputs, outcome.outputs.size()),
               params)
      .status();
}

// What the runner measured; a pod that vanished left nothing.
base::Status WriteMeasurements(SqlConnection& connection,
                               const jobs::AttemptId& attempt,
                               const jobs::RunOutcome& outcome) {
  if (outcome.token.empty()) return base::Status::Ok();
  uint64_t bytes_out = 0;
  for (const auto& output : outcome.outputs) bytes_out += output.bytes;
  return connection
      .Execute(sql::kAttemptMeasured,
               {outcome.cpu_ms, outcome.peak_rss_bytes, outcome.bytes_read,
                bytes_out, attempt.job.value(),
                static_cast<int64_t>(attempt.attempt)})
      .status();
}

// May an attempt in `from` end in `to`? A publish cannot be cancelled, and a
// job that ran goes back to the queue only through its schedule.
bool MayEnd(jobs::JobState from, jobs::JobState to) {
  return jobs::IsLive(from) && to != jobs::JobState::kPublishing &&
         to != jobs::JobState::kRunning && to != jobs::JobState::kSucceeded &&
         jobs::CanMove(from, to);
}

struct EndContext {
  const jobs::AttemptId& attempt;
  const AttemptEnd& end;
  int64_t settle_seconds = 0;  // before anything of it may be aborted
};

base::Status WriteEndedRow(SqlConnection& connection, const EndContext& of) {
  const AttemptEnd& end = of.end;
  bool terminal = jobs::IsTerminal(end.next.state);
  // After a publish the key is kept to ourselves until nothing can change it.
  bool sweep = terminal && (end.sweep || of.settle_seconds > 0);
  SqlParam run_at = nullptr;
  if (end.next.state == jobs::JobState::kScheduled)
    run_at = ToParam(end.next.run_at);
  bool measured = !end.outcome.token.empty();
  SqlParam size = nullptr, read = nullptr;
  if (measured) size = end.outcome.source_bytes, read = end.outcome.bytes_read;
  auto ended = connection.Execute(
      sql::kEndAttempt,
      {std::string(jobs::JobStateName(end.next.state)),
       std::string(jobs::ReasonName(end.reason)),
       FitText(end.message, kMaxMessageBytes),
       static_cast<int64_t>(end.next.failures),
       static_cast<int64_t>(end.next.disruptions), run_at,
       TextOrNull(FitText(end.outcome.source_etag, 255)), size, read,
       Flag(terminal), Flag(sweep), of.settle_seconds, of.attempt.job.value(),
       static_cast<int64_t>(of.attempt.attempt)});
  if (!ended.ok()) return ended.status();
  if (!terminal || sweep) return base::Status::Ok();
  return connection.Execute(sql::kUnlockOutputs, {of.attempt.job.value()})
      .status();
}

base::Status WriteEndedAttempt(SqlConnection& connection,
                               const EndContext& of) {
  const AttemptEnd& end = of.end;
  auto written = connection.Execute(
      sql::kAttemptEnded,
      {ToParam(end.exit_code), std::string(jobs::ReasonName(end.reason)),
       FitText(end.message, kMaxMessageBytes), of.attempt.job.value(),
       static_cast<int64_t>(of.attempt.attempt)});
  if (!written.ok()) return written.status();
  return WriteMeasurements(connection, of.attempt, end.outcome);
}

SqlParams ParamsOf(const LogTail& tail) {
  return {FitTail(tail.text, kMaxLogTailBytes), tail.attempt.job.value(),
          static_cast<int64_t>(tail.attempt.attempt)};
}

base::Status WriteStaleUploads(SqlConnection& connection,
                               const EndContext& of) {
  const auto& ids = of.end.open_upload_ids;
  for (size_t index = 0; index < ids.size(); ++index) {
    if (ids[index].empty()) continue;
    auto added = connection.Execute(
        sql::kAddStaleUpload,
        {static_cast<int64_t>(of.attempt.attempt), ids[index],
         of.settle_seconds, of.attempt.job.value(),
         static_cast<int64_t>(index)});
    if (!added.ok()) return added.status();
  }
  return base::Status::Ok();
}

}  // namespace

base::Result<bool> MysqlJobStore::NoteWaiting(const jobs::AttemptId& attempt,
                                              jobs::Reason reason,
                                              const std::string& message) {
  ASSIGN_OR_RETURN(
      uint64_t rows,
      pool_.Write(sql::kNoteWaiting,
                  {std::string(jobs::ReasonName(reason)),
                   FitText(message, kMaxMessageBytes), attempt.job.value(),
                   static_cast<int64_t>(attempt.attempt)}));
  return rows == 1;
}

base::Result<int> MysqlJobStore::CountAttempts(jobs::JobId id,
                                               jobs::Reason reason) {
  ASSIGN_OR_RETURN(
      SqlRows rows,
      pool_.Fetch(sql::kCountAttempts,
                  {id.value(), std::string(jobs::ReasonName(reason))}));
  return static_cast<int>(rows.at(0).Int(0));
}

base::Result<std::optional<base::Time>> MysqlJobStore::LastWorked(
    jobs::JobId id) {
  SqlParams params = {id.value()};
  for (jobs::Reason reason : jobs::AllReasons())
    if (jobs::IsWaiting(reason))
      params.emplace_back(std::string(jobs::ReasonName(reason)));
  ASSIGN_OR_RETURN(
      SqlRows rows,
      pool_.Fetch(sql::WithList(sql::kLastWorked, params.size() - 1), params));
  return rows.at(0).Time(0);
}

base::Result<bool> MysqlJobStore::MarkRunning(const jobs::AttemptId& attempt,
                                              const RunningFacts& facts) {
  SqlParams params = {TextOrNull(facts.pod_name), TextOrNull(facts.node_name),
                      attempt.job.value(),
                      static_cast<int64_t>(attempt.attempt)};
  return pool_.TransactIf(
      sql::kMarkRunning, params, [&](SqlConnection& connection) {
        return connection.Execute(sql::kAttemptRunning, params).status();
      });
}

base::Result<bool> MysqlJobStore::BeginPublish(
    const jobs::AttemptId& attempt, const std::string& publisher,
    const jobs::RunOutcome& outcome) {
  SqlParams params = {publisher,
                      TextOrNull(FitText(outcome.source_etag, 255)),
                      outcome.source_bytes,
                      outcome.bytes_read,
                      attempt.job.value(),
                      static_cast<int64_t>(attempt.attempt)};
  return pool_.TransactIf(
      sql::kBeginPublish, params,
      [&](SqlConnection& connection) -> base::Status {
        for (const auto& output : outcome.outputs)
          RETURN_IF_ERROR(WriteStagedOutput(connection, attempt.job, output));
        RETURN_IF_ERROR(DropAbsentOutputs(connection, attempt.job, outcome));
        return WriteMeasurements(connection, attempt, outcome);
      });
}

base::Result<bool> MysqlJobStore::HoldPublish(const jobs::AttemptId& attempt,
                                              const std::string& publisher) {
  ASSIGN_OR_RETURN(
      uint64_t rows,
      pool_.Write(sql::kHoldPublish,
                  {publisher, attempt.job.value(),
                   static_cast<int64_t>(attempt.attempt), publisher}));
  return rows == 1;
}

base::Result<bool> MysqlJobStore::EndAttempt(const jobs::AttemptId& attempt,
                                             const AttemptEnd& end) {
  bool ended = false;
  RETURN_IF_ERROR(
      pool_.Transact([&](SqlConnection& connection) -> base::Status {
        ended = false;
        ASSIGN_OR_RETURN(
            SqlRows rows,
            connection.Query(
                sql::kLockAttempt,
                {attempt.job.value(), static_cast<int64_t>(attempt.attempt)}));
        if (rows.empty()) return base::Status::Ok();
        auto from = jobs::ParseJobState(rows[0].Text(0));
        if (!from || !MayEnd(*from, end.next.state)) return base::Status::Ok();
        bool published = *from == jobs::JobState::kPublishing;
        EndContext of{attempt, end, published ? sql::kAfterCompleteSeconds : 0};
        RETURN_IF_ERROR(WriteEndedRow(connection, of));
        RETURN_IF_ERROR(WriteEndedAttempt(connection, of));
        RETURN_IF_ERROR(WriteStaleUploads(connection, of));
        ended = true;
        return base::Status::Ok();
      }));
  return ended;
}

base::Status MysqlJobStore::SaveLogTails(const std::vector<LogTail>& tails) {
  if (tails.size() == 1)  // one round trip instead of three
    return pool_.Write(sql::kSaveLogTail, ParamsOf(tails[0])).status();
  return pool_.Transact([&](SqlConnection& connection) -> base::Status {
    for (const LogTail& tail : tails) {
      auto saved = connection.Execute(sql::kSaveLogTail, ParamsOf(tail));
      if (!saved.ok()) return saved.status();
    }
    return base::Status::Ok();
  });
}

base::Result<std::vector<jobs::AttemptId>> MysqlJobStore::AttemptsWithoutLog(
    const std::vector<jobs::AttemptId>& attempts) {
  std::vector<jobs::AttemptId> without;
  if (attempts.empty()) return without;
  SqlParams ids;
  for (const jobs::AttemptId& attempt : attempts)
    ids.emplace_back(attempt.job.value());
  ASSIGN_OR_RETURN(
      SqlRows rows,
      pool_.Fetch(sql::WithList(sql::kAttemptsWithoutLog, ids.size()), ids));
  const std::set<jobs::AttemptId> asked(attempts.begin(), attempts.end());
  for (const SqlRow& row : rows) {
    jobs::AttemptId attempt{jobs::JobId(row.Uint(0)),
                            static_cast<int>(row.Int(1))};
    if (asked.contains(attempt)) without.push_back(attempt);
  }
  return without;
}

base::Status MysqlJobStore::SaveProgress(const jobs::AttemptId& attempt,
                                         const jobs::RunProgress& progress) {
  auto number = static_cast<int64_t>(attempt.attempt);
  SqlParams insert = {
      progress.percent,    progress.speed, progress.media_seconds,
      progress.bytes_read, number,         attempt.job.value()};
  SqlParams update = insert;
  update.emplace_back(number);
  return pool_.Use([&](SqlConnection& connection) -> base::Status {
    ASSIGN_OR_RETURN(uint64_t rows,
                     connection.Execute(sql::kProgressUpdate, update));
    if (rows > 0) return base::Status::Ok();
    return connection.Execute(sql::kProgressInsert, insert).status();
  });
}

}  // namespace vexaa::store
