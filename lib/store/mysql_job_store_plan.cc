// The plans of claimed jobs: what their outputs are, and the locks on them.
#include <algorithm>
#include <functional>

#include "lib/base/digest.h"
#include "lib/jobs/job_plan.h"
#include "lib/store/job_rows.h"
#include "lib/store/job_sql.h"
#include "lib/store/mysql_job_store.h"

namespace vexaa::store {
namespace {

// Rows written by one statement: a few sizes only, because each is a text of
// its own that a connection prepares.
constexpr size_t kRowsAtOnce[] = {64, 16, 4, 1};

using WriteRows = std::function<base::Status(size_t begin, size_t count)>;

base::Status ByRows(size_t size, const WriteRows& write) {
  size_t begin = 0;
  for (size_t count : kRowsAtOnce)
    for (; size - begin >= count; begin += count)
      RETURN_IF_ERROR(write(begin, count));
  return base::Status::Ok();
}

// An output in the order of the statements' marks.
struct OutputRow {
  jobs::JobId job;
  const jobs::OutputPlan& output;
};

void Append(SqlParams& params, const OutputRow& row) {
  params.insert(params.end(),
                {std::string(jobs::OutputKindName(row.output.kind)),
                 row.output.profile.name, row.output.uri,
                 base::Hex(jobs::OutputLock(row.output.uri)), row.job.value(),
                 static_cast<int64_t>(row.output.index)});
}

base::Status InsertOutputs(SqlConnection& connection,
                           const std::vector<OutputRow>& rows) {
  return ByRows(rows.size(), [&](size_t begin, size_t count) {
    SqlParams params;
    for (size_t i = begin; i < begin + count; ++i) Append(params, rows[i]);
    return connection.Execute(sql::PlanOutputs(count), params).status();
  });
}

base::Status WritePlannedOutput(SqlConnection& connection, jobs::JobId job,
                                const jobs::OutputPlan& output) {
  SqlParams params;
  Append(params, {job, output});
  ASSIGN_OR_RETURN(uint64_t rows,
                   connection.Execute(sql::kPlanOutputUpdate, params));
  if (rows > 0) return base::Status::Ok();
  return InsertOutputs(connection, {{job, output}});
}

// kAborted unless every row still waits for its first plan.
base::Status WriteFirstPlans(SqlConnection& connection,
                             const std::vector<FirstPlan>& plans) {
  return ByRows(plans.size(), [&](size_t begin, size_t count) -> base::Status {
    SqlParams texts, uris;
    std::vector<uint64_t> ids;
    for (size_t i = begin; i < begin + count; ++i) {
      ids.push_back(plans[i].job.value());
      texts.insert(texts.end(), {ids.back(), jobs::FormatPlan(plans[i].plan)});
      uris.insert(uris.end(), {ids.back(), plans[i].plan.outputs.front().uri});
    }
    texts.insert(texts.end(), uris.begin(), uris.end());
    AppendIds(texts, ids);
    ASSIGN_OR_RETURN(uint64_t rows,
                     connection.Execute(sql::FixFirstPlans(count), texts));
    return rows == count ? base::Status::Ok()
                         : base::Status(base::Code::kAborted, "a row moved on");
  });
}

bool HasOutputs(const FirstPlan& each) { return !each.plan.outputs.empty(); }

}  // namespace

base::Result<std::string> MysqlJobStore::LockHolder(
    const std::string& lock_hex) {
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kLockHolder, {lock_hex}));
  return rows.empty() ? std::string() : rows[0].Text(0);
}

base::Result<bool> MysqlJobStore::FixPlan(const jobs::AttemptId& attempt,
                                          const jobs::JobPlan& plan) {
  if (plan.outputs.empty())
    return base::Status(base::Code::kInvalidArgument, "a plan without outputs");
  const jobs::OutputPlan* current = nullptr;
  auto fixed = pool_.TransactIf(
      sql::kFixPlan,
      {jobs::FormatPlan(plan), plan.outputs.front().uri, attempt.job.value(),
       static_cast<int64_t>(attempt.attempt)},
      [&](SqlConnection& connection) -> base::Status {
        for (const jobs::OutputPlan& output : plan.outputs) {
          current = &output;
          RETURN_IF_ERROR(WritePlannedOutput(connection, attempt.job, output));
        }
        return connection
            .Execute(sql::kPlanOutputsTrim,
                     {attempt.job.value(),
                      static_cast<int64_t>(plan.outputs.size())})
            .status();
      });
  if (fixed.ok() || current == nullptr ||
      ClassOfStatus(fixed.status()) != SqlErrorClass::kDuplicate)
    return fixed;
  std::string lock = base::Hex(jobs::OutputLock(current->uri));
  ASSIGN_OR_RETURN(std::string holder, LockHolder(lock));
  return jobs::Fail(jobs::Reason::kOutputBusy,
                    (holder.empty() ? "another job" : "job " + holder) +
                        " is writing " + current->uri +
                        "; this one waits for it");
}

base::Result<bool> MysqlJobStore::FixFirstPlans(
    const std::vector<FirstPlan>& plans) {
  if (!std::all_of(plans.begin(), plans.end(), HasOutputs))
    return base::Status(base::Code::kInvalidArgument, "a plan without outputs");
  std::vector<OutputRow> outputs;
  for (const FirstPlan& each : plans)
    for (const jobs::OutputPlan& output : each.plan.outputs)
      outputs.push_back({each.job, output});
  base::Status fixed = pool_.Transact([&](SqlConnection& connection) {
    base::Status written = WriteFirstPlans(connection, plans);
    return written.ok() ? InsertOutputs(connection, outputs) : written;
  });
  if (fixed.code() == base::Code::kAborted) return false;
  if (!fixed.ok()) return fixed;
  return true;
}

}  // namespace vexaa::store
