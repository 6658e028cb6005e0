#include "tests/conformance/store_bench.h"

#include <gtest/gtest.h>

#include "lib/base/clock.h"
#include "lib/store/mysql_job_store.h"
#include "tests/conformance/store_bed.h"
#include "tests/fakes/fake_job_store.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::store {
namespace {

class FakeBench final : public StoreBench {
 public:
  JobStore& store() override { return store_; }

  jobs::JobId Submit(const NewJob& wanted) override {
    jobs::Job job;
    job.source_uri = wanted.source_uri;
    job.output_uri = wanted.output_uri;
    job.queue_name = wanted.queue;
    job.priority = wanted.priority;
    if (wanted.run_in) job.run_at = clock_.Now() + *wanted.run_in;
    return store_.Submit(job);
  }
  void WantCancel(jobs::JobId id) override { store_.SetCancelWanted(id); }
  bool Retry(jobs::JobId id) override { return store_.Retry(id); }
  void AddQueue(const std::string& name, int max_running) override {
    store_.PutQueue({name, QueueState::kActive, max_running, 20});
  }
  void RemoveQueue(const std::string& name) override {
    store_.RemoveQueue(name);
  }
  void SetQueueState(const std::string& name, QueueState state) override {
    store_.SetQueueState(name, state);
  }
  void PassTime(std::chrono::seconds time) override { clock_.Advance(time); }

  AttemptFacts Attempt(const jobs::AttemptId& attempt) override {
    auto record = store_.Attempt(attempt);
    if (!record) return {};
    return {
        record->pod_name, record->finished_at.has_value(),
        record->reason ? std::string(jobs::ReasonName(*record->reason)) : "",
        record->exit_code, record->log_tail.value_or("")};
  }
  double ProgressPercent(jobs::JobId id) override {
    auto progress = store_.Progress(id);
    return progress ? progress->percent : -1;
  }

 private:
  base::ManualClock clock_;
  FakeJobStore store_{clock_};
};

class SqlBench final : public StoreBench {
 public:
  explicit SqlBench(Server server)
      : database_(SharedDatabase(server)),
        connection_(database_.Connect()),
        pool_(database_.options(), clock_),
        store_(pool_) {}

  JobStore& store() override { return store_; }

  jobs::JobId Submit(const NewJob& job) override {
    auto inserted = connection_->Execute(
        "INSERT INTO jobs (source_uri, output_uri, queue_name, priority, "
        "run_at) VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP(6) + INTERVAL ? SECOND)",
        {job.source_uri, TextOrNull(job.output_uri), job.queue,
         static_cast<int64_t>(job.priority),
         job.run_in ? SqlParam(static_cast<int64_t>(job.run_in->count()))
                    : SqlParam(nullptr)});
    EXPECT_TRUE(inserted.ok()) << inserted.status();
    return jobs::JobId(
        std::stoull(Cell(*connection_, "SELECT LAST_INSERT_ID()")));
  }
  void WantCancel(jobs::JobId id) override {
    MustRun(*connection_,
            "CALL vexaa_cancel(" + std::to_string(id.value()) + ")");
  }
  bool Retry(jobs::JobId id) override {
    return connection_
        ->Run("CALL vexaa_retry(" + std::to_string(id.value()) + ")")
        .ok();
  }
  void AddQueue(const std::string& name, int max_running) override {
    MustRun(*connection_, "INSERT INTO queues (name, max_running) VALUES ('" +
                              name + "', " + std::to_string(max_running) + ")");
  }
  void RemoveQueue(const std::string& name) override {
    MustRun(*connection_, "DELETE FROM queues WHERE name = '" + name + "'");
  }
  void SetQueueState(const std::string& name, QueueState state) override {
    const char* text = state == QueueState::kActive   ? "active"
                       : state == QueueState::kPaused ? "paused"
                                                      : "draining";
    MustRun(*connection_, std::string("UPDATE queues SET state = '") + text +
                              "' WHERE name = '" + name + "'");
  }
  void PassTime(std::chrono::seconds time) override {
    std::string by = " - INTERVAL " + std::to_string(time.count()) + " SECOND";
    MustRun(*connection_, "UPDATE jobs SET run_at = run_at" + by +
                              ", cleanup_at = cleanup_at" + by +
                              ", publish_sent_at = publish_sent_at" + by +
                              ", finished_at = finished_at" + by +
                              ", created_at = created_at" + by);
    MustRun(*connection_, "UPDATE stale_uploads SET not_before = not_before" +
                              by + ", created_at = created_at" + by);
  }

  AttemptFacts Attempt(const jobs::AttemptId& attempt) override {
    auto rows = connection_->Query(
        "SELECT pod_name, finished_at IS NOT NULL, reason, exit_code, log_tail "
        "FROM job_attempts WHERE job_id = ? AND attempt = ?",
        {attempt.job.value(), static_cast<int64_t>(attempt.attempt)});
    if (!rows.ok() || rows->empty()) return {};
    const SqlRow& row = rows->front();
    AttemptFacts facts{row.Text(0), row.Int(1) != 0, row.Text(2), std::nullopt,
                       row.Text(4)};
    if (!row.IsNull(3)) facts.exit_code = static_cast<int>(row.Int(3));
    return facts;
  }
  double ProgressPercent(jobs::JobId id) override {
    std::string text =
        Cell(*connection_, "SELECT progress FROM v_jobs WHERE id = " +
                               std::to_string(id.value()));
    return text.empty() ? -1 : std::stod(text);
  }

 private:
  base::SystemClock clock_;
  TestDatabase& database_;
  std::unique_ptr<SqlConnection> connection_;
  SqlPool pool_;
  MysqlJobStore store_;
};

}  // namespace

std::unique_ptr<StoreBench> MakeStoreBench(Backend backend) {
  if (backend == Backend::kFake) return std::make_unique<FakeBench>();
  Server server =
      backend == Backend::kMariaDb ? Server::kMariaDb : Server::kMySql;
  if (!ServerOptions(server)) return nullptr;
  return std::make_unique<SqlBench>(server);
}

}  // namespace vexaa::store
