// The SQL texts of jobs and their attempts, of locks and of migrations. With
// maintenance_sql.h and resource_sql.h it has every statement but those that
// set a session up; all hold only what MySQL and MariaDB both take. Each write
// after the claim is guarded by id, attempt and state. "(%s)" is where
// WithList() puts one '?' for each item.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vexaa::store::sql {

// `text` with "(%s)" replaced by "(?, ?, ...)" of `count` marks.
std::string WithList(std::string_view text, size_t count);

// The columns of jobs::Job in the order JobFromRow() reads them. The driver
// does not know MySQL's JSON type: JSON is read as CHAR.
#define VEXAA_JOB_COLUMNS                                                    \
  "id, source_uri, output_uri, profile, CAST(options AS CHAR), queue_name, " \
  "priority, max_attempts, timeout_seconds, desired_state = 'cancelled', "   \
  "state, reason, message, attempt, failures, disruptions, "                 \
  "CAST(resolved_profile AS CHAR), owner, claim_nonce, publisher, "          \
  "publish_sent_at, first_claimed_at, claimed_at, started_at, run_at, "      \
  "created_at, pod_name, node_name, traceparent, cr_namespace, cr_name, "    \
  "cr_uid, CURRENT_TIMESTAMP(6)"
#define VEXAA_LIVE "('claimed', 'running', 'publishing')"

// Past it the result of a Complete that we lost sight of is settled; before,
// an Abort could destroy what it made.
inline constexpr int64_t kAfterCompleteSeconds = 15 * 60;

// Reading. An index is named where old statistics would otherwise choose a
// full scan. Each such text also has an ORDER BY: without one MySQL skips its
// look into a named index, trusts the statistics and reads all of it.
inline constexpr char kInstallation[] = "SELECT uuid FROM installation";
// One state at a time: with IN and two queues the server reads the whole index.
#define VEXAA_OF_QUEUE(what, state)                      \
  "(SELECT " what                                        \
  " FROM jobs j FORCE INDEX (claim) WHERE j.queue_name " \
  "= q.name AND j.state = '" state "'"
inline constexpr char kQueues[] =
    "SELECT q.name, q.state, q.max_running, q.max_pending, "
    VEXAA_OF_QUEUE("COUNT(*)", "claimed") ") + "
    VEXAA_OF_QUEUE("COUNT(*)", "running") ") + "
    VEXAA_OF_QUEUE("COUNT(*)", "publishing") "), "
    VEXAA_OF_QUEUE("COUNT(*)", "publishing") "), "
    "CASE WHEN q.drain_since = q.updated_at THEN q.drain_to_id END, "
    "t.failures, t.reason, t.message, t.last_at, t.stopped_at IS NOT NULL, "
    "CURRENT_TIMESTAMP(6) FROM queues q "
    "LEFT JOIN queue_troubles t ON t.queue_name = q.name "
    "WHERE q.name IN (%s)";
// SET works from left to right: the last CASE sees the new count.
inline constexpr char kNoteTrouble[] =
    "INSERT INTO queue_troubles (queue_name, reason, message) VALUES (?, ?, ?) "
    "ON DUPLICATE KEY UPDATE failures = failures + 1, reason = ?, "
    "message = ?, last_at = CURRENT_TIMESTAMP(6), "
    "stopped_at = CASE WHEN failures >= ? "
    "THEN COALESCE(stopped_at, CURRENT_TIMESTAMP(6)) END";
inline constexpr char kForgetTrouble[] =
    "DELETE FROM queue_troubles WHERE queue_name = ?";
inline constexpr char kCountAttempts[] =
    "SELECT COUNT(*) FROM job_attempts WHERE job_id = ? AND reason = ?";
inline constexpr char kLastWorked[] =
    "SELECT MAX(finished_at) FROM job_attempts "
    "WHERE job_id = ? AND reason NOT IN (%s)";
inline constexpr char kProfiles[] =
    "SELECT name, codec, bitrate, sample_rate, channels, quality, container, "
    "copy_if_fits FROM profiles";
inline constexpr char kReadJob[] =
    "SELECT " VEXAA_JOB_COLUMNS " FROM jobs WHERE id = ?";
inline constexpr char kReadClaimed[] =
    "SELECT " VEXAA_JOB_COLUMNS
    " FROM jobs WHERE claim_nonce = ? AND id IN (%s) "
    "ORDER BY priority DESC, id";
inline constexpr char kReadLive[] =
    "SELECT " VEXAA_JOB_COLUMNS
    " FROM jobs FORCE INDEX (claim) WHERE state IN " VEXAA_LIVE
    " AND queue_name IN (%s) ORDER BY id";
inline constexpr char kReadAllLive[] =
    "SELECT " VEXAA_JOB_COLUMNS
    " FROM jobs FORCE INDEX (due) WHERE state IN " VEXAA_LIVE " ORDER BY id";
// Reads each job it counts: never on the way of a claim (maintenance.cc).
inline constexpr char kCountJobs[] =
    "SELECT COUNT(*) FROM jobs FORCE INDEX (claim) "
    "WHERE queue_name = ? AND state = ?";
inline constexpr char kReadCancelWanted[] =
    "SELECT id FROM jobs FORCE INDEX (wish) "
    "WHERE desired_state = 'cancelled' "
    "AND state IN ('claimed', 'running') AND queue_name IN (%s) ORDER BY id";
// The columns of JobOutput in the order OutputFromRow() reads them.
#define VEXAA_OUTPUT_COLUMNS                                           \
  "idx, kind, profile AS output_profile, uri, upload_id, part_count, " \
  "COALESCE(bytes, staged_bytes) AS size, parts_digest, "              \
  "published_at IS NOT NULL AS published"
inline constexpr char kReadOutputs[] =
    "SELECT " VEXAA_OUTPUT_COLUMNS
    " FROM job_outputs WHERE job_id = ? ORDER BY idx";
// Its output rows beside the job; NULLs beside one that has none. The derived
// table only renames, and is merged.
inline constexpr char kReadWithOutputs[] =
    "SELECT " VEXAA_JOB_COLUMNS
    ", o.idx, o.kind, o.output_profile, o.uri, o.upload_id, o.part_count, "
    "o.size, o.parts_digest, o.published FROM jobs LEFT JOIN "
    "(SELECT job_id, " VEXAA_OUTPUT_COLUMNS
    " FROM job_outputs) o "
    "ON o.job_id = jobs.id WHERE jobs.id = ? ORDER BY o.idx";

// Claiming. The index is named because without statistics the server may sort
// the whole backlog, and lock it. A row that waits for its sweep is left out:
// the sweep would take the new attempt's upload for an old one.
inline constexpr char kClaimSelect[] =
    "SELECT id FROM jobs FORCE INDEX (claim) "
    "WHERE queue_name = ? AND state = 'queued' AND desired_state = 'run' "
    "AND cleanup_at IS NULL "
    "ORDER BY priority DESC, id LIMIT ? FOR UPDATE SKIP LOCKED";
// Of a draining queue: what was there when its drain began.
inline constexpr char kClaimSelectUpTo[] =
    "SELECT id FROM jobs FORCE INDEX (claim) "
    "WHERE queue_name = ? AND state = 'queued' AND desired_state = 'run' "
    "AND cleanup_at IS NULL AND id <= ? "
    "ORDER BY priority DESC, id LIMIT ? FOR UPDATE SKIP LOCKED";
// pod_name comes before attempt: SET works from left to right.
inline constexpr char kClaimUpdate[] =
    "UPDATE jobs SET state = 'claimed', reason = 'Started', message = '', "
    "pod_name = CONCAT('vexaa-job-', id, '-', attempt + 1), "
    "attempt = attempt + 1, owner = ?, claim_nonce = ?, "
    "claimed_at = CURRENT_TIMESTAMP(6), "
    "first_claimed_at = COALESCE(first_claimed_at, CURRENT_TIMESTAMP(6)), "
    "started_at = NULL, node_name = NULL, publisher = NULL, run_at = NULL "
    "WHERE id IN (%s)";
inline constexpr char kClaimAttempts[] =
    "INSERT INTO job_attempts "
    "(job_id, attempt, claim_nonce, owner, pod_name, claimed_at) "
    "SELECT id, attempt, claim_nonce, owner, pod_name, claimed_at "
    "FROM jobs WHERE id IN (%s)";
// Locks, so that it waits for a COMMIT that is still under way.
inline constexpr char kClaimRecheck[] =
    "SELECT id FROM jobs WHERE claim_nonce = ? AND id IN (%s) FOR UPDATE";

// The life of an attempt.
inline constexpr char kFixPlan[] =
    "UPDATE jobs SET resolved_profile = ?, "
    "output_uri = COALESCE(output_uri, ?) "
    "WHERE id = ? AND attempt = ? AND state = 'claimed'";
// The same for `count` jobs that never had one, and so no output rows either:
// id and plan of each, id and main output's address of each, their ids.
std::string FixFirstPlans(size_t count);
inline constexpr char kPlanOutputUpdate[] =
    "UPDATE job_outputs SET kind = ?, profile = ?, uri = ?, "
    "output_lock = UNHEX(?), upload_id = NULL, part_count = NULL, "
    "staged_bytes = NULL, parts_digest = NULL, bytes = NULL, crc32 = NULL, "
    "sha256_parts = NULL, samples = NULL, duration_ms = NULL, track = NULL, "
    "language = NULL, note = NULL, gapless = NULL, loudness_lufs = NULL, "
    "loudness_range_lu = NULL, true_peak_dbtp = NULL, published_at = NULL "
    "WHERE job_id = ? AND idx = ?";
// `count` rows, each with what an update has.
std::string PlanOutputs(size_t count);
inline constexpr char kPlanOutputsTrim[] =
    "DELETE FROM job_outputs WHERE job_id = ? AND idx >= ?";
inline constexpr char kLockHolder[] =
    "SELECT job_id FROM job_outputs WHERE output_lock = UNHEX(?)";

inline constexpr char kNoteWaiting[] =
    "UPDATE jobs SET reason = ?, message = ? "
    "WHERE id = ? AND attempt = ? AND state IN ('claimed', 'publishing')";
inline constexpr char kMarkRunning[] =
    "UPDATE jobs SET state = 'running', reason = 'Running', message = '', "
    "pod_name = COALESCE(?, pod_name), node_name = COALESCE(?, node_name), "
    "started_at = COALESCE(started_at, CURRENT_TIMESTAMP(6)) "
    "WHERE id = ? AND attempt = ? AND state IN ('claimed', 'running')";
inline constexpr char kAttemptRunning[] =
    "UPDATE job_attempts SET pod_name = COALESCE(?, pod_name), "
    "node_name = COALESCE(?, node_name), "
    "started_at = COALESCE(started_at, CURRENT_TIMESTAMP(6)) "
    "WHERE job_id = ? AND attempt = ?";

inline constexpr char kBeginPublish[] =
    "UPDATE jobs SET state = 'publishing', reason = 'Publishing', "
    "message = '', publisher = ?, publish_sent_at = CURRENT_TIMESTAMP(6), "
    "started_at = COALESCE(started_at, CURRENT_TIMESTAMP(6)), "
    "source_etag = ?, source_bytes = ?, bytes_read = ? "
    "WHERE id = ? AND attempt = ? AND state IN ('claimed', 'running') "
    "AND desired_state = 'run'";
inline constexpr char kStageOutput[] =
    "UPDATE job_outputs SET upload_id = ?, part_count = ?, staged_bytes = ?, "
    "parts_digest = ?, crc32 = ?, sha256_parts = ?, samples = ?, "
    "duration_ms = ?, track = ?, language = ?, note = ?, gapless = ?, "
    "loudness_lufs = ?, loudness_range_lu = ?, true_peak_dbtp = ? "
    "WHERE job_id = ? AND idx = ?";
// Outputs for tracks that the source turned out not to have.
inline constexpr char kDropAbsentOutputs[] =
    "DELETE FROM job_outputs WHERE job_id = ? AND idx NOT IN (%s)";
inline constexpr char kHoldPublish[] =
    "UPDATE jobs SET publisher = ?, publish_sent_at = CURRENT_TIMESTAMP(6) "
    "WHERE id = ? AND attempt = ? AND state = 'publishing' "
    "AND (publisher = ? OR publish_sent_at IS NULL "
    "OR publish_sent_at < CURRENT_TIMESTAMP(6) - INTERVAL 60 SECOND)";

// A sweep may follow at once: it leaves the published upload alone, and what an
// earlier attempt was publishing is protected by stale_uploads. Whatever ends
// forgets its nonce, which makes the token: a finished job keeps no secret.
// Keeps the keys locked while a sweep is to follow. One statement for the
// three tables: it ends as a whole or not at all, in one round trip.
#define VEXAA_SUCCEED                                                      \
  "UPDATE jobs j LEFT JOIN job_outputs o ON o.job_id = j.id "              \
  "LEFT JOIN job_attempts a ON a.job_id = j.id AND a.attempt = j.attempt " \
  "SET j.state = 'succeeded', j.reason = 'Succeeded', "                    \
  "j.message = 'published', j.finished_at = CURRENT_TIMESTAMP(6), "        \
  "j.publisher = NULL, j.claim_nonce = NULL, "                             \
  "j.cleanup_at = CASE WHEN ? = 1 THEN CURRENT_TIMESTAMP(6) END, "         \
  "o.bytes = o.staged_bytes, o.published_at = CURRENT_TIMESTAMP(6), "      \
  "o.output_lock = CASE WHEN ? = 1 THEN o.output_lock END, "               \
  "a.finished_at = CURRENT_TIMESTAMP(6), "                                 \
  "a.exit_code = COALESCE(a.exit_code, 0), a.reason = 'Succeeded', "       \
  "a.message = 'published', a.claim_nonce = '' "                           \
  "WHERE j.state = 'publishing' AND "
inline constexpr char kMarkSucceeded[] =
    VEXAA_SUCCEED "j.id = ? AND j.attempt = ?";
// Of rows that kLockPublishing has shown to be of the attempt that is meant.
inline constexpr char kMarkSomeSucceeded[] = VEXAA_SUCCEED "j.id IN (%s)";
// Everybody locks primary keys in one order, or two of these deadlock.
inline constexpr char kLockPublishing[] =
    "SELECT id, attempt FROM jobs FORCE INDEX (PRIMARY) "
    "WHERE id IN (%s) AND state = 'publishing' ORDER BY id FOR UPDATE";
inline constexpr char kUnlockOutputs[] =
    "UPDATE job_outputs SET output_lock = NULL WHERE job_id = ?";
inline constexpr char kAttemptMeasured[] =
    "UPDATE job_attempts SET cpu_seconds = ? / 1000, peak_rss_bytes = ?, "
    "bytes_in = ?, bytes_out = ? WHERE job_id = ? AND attempt = ?";

inline constexpr char kLockAttempt[] =
    "SELECT state FROM jobs WHERE id = ? AND attempt = ? FOR UPDATE";
inline constexpr char kEndAttempt[] =
    "UPDATE jobs SET state = ?, reason = ?, message = ?, failures = ?, "
    "disruptions = ?, run_at = ?, publisher = NULL, claim_nonce = NULL, "
    "source_etag = COALESCE(?, source_etag), "
    "source_bytes = COALESCE(?, source_bytes), "
    "bytes_read = COALESCE(?, bytes_read), "
    "finished_at = CASE WHEN ? = 1 THEN CURRENT_TIMESTAMP(6) END, "
    "cleanup_at = CASE WHEN ? = 1 "
    "THEN CURRENT_TIMESTAMP(6) + INTERVAL ? SECOND END "
    "WHERE id = ? AND attempt = ?";
inline constexpr char kAttemptEnded[] =
    "UPDATE job_attempts SET finished_at = CURRENT_TIMESTAMP(6), "
    "exit_code = ?, reason = ?, message = ?, claim_nonce = '' "
    "WHERE job_id = ? AND attempt = ?";
inline constexpr char kAddStaleUpload[] =
    "INSERT INTO stale_uploads (job_id, attempt, uri, upload_id, not_before) "
    "SELECT job_id, ?, uri, ?, CURRENT_TIMESTAMP(6) + INTERVAL ? SECOND "
    "FROM job_outputs WHERE job_id = ? AND idx = ?";
inline constexpr char kSaveLogTail[] =
    "UPDATE job_attempts SET log_tail = ? WHERE job_id = ? AND attempt = ?";
// By job: MariaDB looks nothing up by a list of pairs.
inline constexpr char kAttemptsWithoutLog[] =
    "SELECT job_id, attempt FROM job_attempts FORCE INDEX (PRIMARY) "
    "WHERE job_id IN (%s) AND log_tail IS NULL ORDER BY job_id, attempt";

// A report of an older attempt never overwrites one of a newer.
inline constexpr char kProgressUpdate[] =
    "UPDATE job_progress SET percent = ?, speed = ?, media_seconds = ?, "
    "bytes_read = ?, attempt = ? WHERE job_id = ? AND attempt <= ?";
inline constexpr char kProgressInsert[] =
    "INSERT IGNORE INTO job_progress "
    "(percent, speed, media_seconds, bytes_read, attempt, job_id) "
    "VALUES (?, ?, ?, ?, ?, ?)";

// One controller of local processes for a database.
inline constexpr char kExecutorLock[] =
    "SELECT GET_LOCK(CONCAT('vexaa_x', SHA2(DATABASE(), 224)), 1)";
// The session that holds it, 0 for none.
inline constexpr char kExecutorLockHolder[] =
    "SELECT COALESCE(IS_USED_LOCK(CONCAT('vexaa_x', SHA2(DATABASE(), 224))), "
    "0)";
inline constexpr char kExecutorLockMine[] =
    "SELECT IS_USED_LOCK(CONCAT('vexaa_x', SHA2(DATABASE(), 224))) "
    "= CONNECTION_ID()";

// Migrations; the table is golang-migrate's. A lock's name has 64 characters
// at most, and MySQL 9.6 took MD5() away.
inline constexpr char kMigrationLock[] =
    "SELECT GET_LOCK(CONCAT('vexaa_', SHA2(DATABASE(), 224)), 1)";
inline constexpr char kMigrationUnlock[] =
    "SELECT RELEASE_LOCK(CONCAT('vexaa_', SHA2(DATABASE(), 224)))";
inline constexpr char kCreateSchemaMigrations[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations "
    "(version BIGINT NOT NULL PRIMARY KEY, dirty BOOLEAN NOT NULL)";
inline constexpr char kReadSchemaVersion[] =
    "SELECT version, dirty FROM schema_migrations LIMIT 1";
inline constexpr char kDeleteSchemaVersion[] = "DELETE FROM schema_migrations";
inline constexpr char kInsertSchemaVersion[] =
    "INSERT INTO schema_migrations (version, dirty) VALUES (?, ?)";

}  // namespace vexaa::store::sql
