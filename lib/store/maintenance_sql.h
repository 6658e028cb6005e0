// The SQL texts of housekeeping: what time, users and dead attempts leave to be
// done. As in job_sql.h: only what MySQL and MariaDB both take, "(%s)" for
// lists.
#pragma once

#include "lib/store/job_sql.h"

namespace vexaa::store::sql {

// Rows whose time has come, and rows that nobody wants any more.
inline constexpr char kDueSelect[] =
    "SELECT id FROM jobs FORCE INDEX (due) WHERE state = 'scheduled' "
    "AND run_at <= CURRENT_TIMESTAMP(6) ORDER BY run_at LIMIT ? "
    "FOR UPDATE SKIP LOCKED";
inline constexpr char kPromote[] =
    "UPDATE jobs SET state = 'queued' WHERE id IN (%s)";
// One state at a time: equality alone reads and locks only what matches.
inline constexpr char kCancelSelect[] =
    "SELECT id FROM jobs FORCE INDEX (wish) WHERE desired_state = 'cancelled' "
    "AND state = ? LIMIT ? FOR UPDATE SKIP LOCKED";
// A job that was tried before may have left uploads behind.
#define VEXAA_SWEEP_IF_TRIED                                      \
  "cleanup_at = CASE WHEN attempt > 0 THEN COALESCE(cleanup_at, " \
  "GREATEST(CURRENT_TIMESTAMP(6), COALESCE(publish_sent_at + "    \
  "INTERVAL 15 MINUTE, CURRENT_TIMESTAMP(6)))) END"
inline constexpr char kCancelUpdate[] =
    "UPDATE jobs SET state = 'cancelled', reason = 'Cancelled', "
    "message = 'cancelled before it ran', "
    "finished_at = CURRENT_TIMESTAMP(6), " VEXAA_SWEEP_IF_TRIED
    " WHERE id IN (%s)";
// Of a runner whose attempt is over. An upload that an output's row names is
// published, or was noted when its attempt ended.
inline constexpr char kNoteLeftUpload[] =
    "INSERT INTO stale_uploads (job_id, attempt, uri, upload_id, not_before) "
    "SELECT o.job_id, ?, o.uri, ?, CURRENT_TIMESTAMP(6) + INTERVAL ? SECOND "
    "FROM jobs j JOIN job_outputs o ON o.job_id = j.id "
    "WHERE j.id = ? AND o.idx = ? AND NOT (o.upload_id <=> ?) "
    "AND (j.attempt <> ? OR j.state NOT IN " VEXAA_LIVE
    ") "
    "AND NOT EXISTS (SELECT 1 FROM stale_uploads s "
    "WHERE s.job_id = j.id AND s.upload_id = ?)";
inline constexpr char kDueStaleUploads[] =
    "SELECT id, uri, upload_id FROM stale_uploads "
    "WHERE not_before <= CURRENT_TIMESTAMP(6) ORDER BY not_before LIMIT ?";
inline constexpr char kProtectedUploads[] =
    "SELECT upload_id FROM stale_uploads "
    "WHERE job_id = ? AND not_before > CURRENT_TIMESTAMP(6)";
// What could not be done now is tried again after 5 s, then at twice its age,
// at least every 10 min; meanwhile it stands behind the others.
#define VEXAA_BACK_OFF(since)                   \
  "CURRENT_TIMESTAMP(6) + INTERVAL "            \
  "LEAST(GREATEST(TIMESTAMPDIFF(SECOND, " since \
  ", CURRENT_TIMESTAMP(6)), 5), 600) SECOND"
inline constexpr char kDelayStaleUpload[] =
    "UPDATE stale_uploads SET not_before = " VEXAA_BACK_OFF(
        "created_at") " WHERE id = ? AND not_before <= CURRENT_TIMESTAMP(6)";
inline constexpr char kForgetStaleUpload[] =
    "DELETE FROM stale_uploads WHERE id = ?";
// While cleanup_at is set no attempt is live: see kClaimSelect. Nobody serves
// a queue that was removed, so that everybody sweeps its jobs.
inline constexpr char kDueSweeps[] =
    "SELECT id FROM jobs WHERE cleanup_at <= CURRENT_TIMESTAMP(6) "
    "AND (queue_name IN (%s) OR queue_name NOT IN (SELECT name FROM queues)) "
    "ORDER BY cleanup_at LIMIT ?";
inline constexpr char kDelaySweep[] =
    "UPDATE jobs SET cleanup_at = " VEXAA_BACK_OFF(
        "COALESCE(finished_at, CURRENT_TIMESTAMP(6))")
    " WHERE id = ? AND cleanup_at <= CURRENT_TIMESTAMP(6)";
inline constexpr char kFinishSweep[] =
    "UPDATE jobs SET cleanup_at = NULL "
    "WHERE id = ? AND cleanup_at <= CURRENT_TIMESTAMP(6)";

// A drain takes what was there when the queue's row was changed last. Setting
// updated_at to itself keeps it as it is.
inline constexpr char kDraining[] =
    "SELECT name FROM queues WHERE state = 'draining' AND name IN (%s)";
inline constexpr char kNoteDrains[] =
    "UPDATE queues SET drain_to_id = (SELECT COALESCE(MAX(id), 0) FROM jobs), "
    "drain_since = updated_at, updated_at = updated_at "
    "WHERE name IN (%s) AND state = 'draining' "
    "AND NOT (drain_since <=> updated_at)";
#define VEXAA_NONE_LEFT(state) \
  " AND NOT EXISTS " VEXAA_OF_QUEUE("1", state) " AND j.id <= q.drain_to_id)"
inline constexpr char kPauseDrained[] =
    "UPDATE queues q SET q.state = 'paused', q.drain_to_id = NULL, "
    "q.drain_since = NULL WHERE q.name IN (%s) AND q.state = 'draining' "
    "AND q.drain_since = q.updated_at" VEXAA_NONE_LEFT("running")
        VEXAA_NONE_LEFT("publishing") VEXAA_NONE_LEFT("claimed")
            VEXAA_NONE_LEFT("scheduled") VEXAA_NONE_LEFT("queued");
// Names that jobs carry, one jump in the index for each.
inline constexpr char kNextQueueName[] =
    "SELECT queue_name FROM jobs FORCE INDEX (claim) WHERE queue_name > ? "
    "ORDER BY queue_name LIMIT 1";
inline constexpr char kIsQueue[] = "SELECT 1 FROM queues WHERE name = ?";
// Five minutes are for whoever adds the queue after its first jobs. The age is
// no condition: a search for old rows would walk over every young one. What is
// in front is old in five minutes at the latest.
inline constexpr char kUnknownQueueFront[] =
    "SELECT id, created_at < CURRENT_TIMESTAMP(6) - INTERVAL 5 MINUTE "
    "FROM jobs FORCE INDEX (claim) WHERE queue_name = ? AND state = ? "
    "ORDER BY priority DESC, id LIMIT ?";
// Only what is to be failed, and not what its user is just changing.
inline constexpr char kUnknownQueueLock[] =
    "SELECT id FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (%s) "
    "AND queue_name = ? AND state = ? ORDER BY id FOR UPDATE SKIP LOCKED";
inline constexpr char kFailUnknownQueue[] =
    "UPDATE jobs SET state = 'failed', reason = 'InvalidJob', run_at = NULL, "
    "message = CONCAT('there is no queue ', queue_name, "
    "': name one of the table queues'), "
    "finished_at = CURRENT_TIMESTAMP(6), " VEXAA_SWEEP_IF_TRIED
    " WHERE id IN (%s)";

// Retention. A locked row keeps its state, so the DELETEs need no guard of
// their own; children go first, or each would be found by a cascade.
inline constexpr char kPurgeSelect[] =
    "SELECT id FROM jobs FORCE INDEX (finished) WHERE state = ? "
    "AND finished_at < CURRENT_TIMESTAMP(6) - INTERVAL ? SECOND "
    "AND cleanup_at IS NULL ORDER BY finished_at LIMIT ? "
    "FOR UPDATE SKIP LOCKED";
inline constexpr const char* kPurgeDeletes[] = {
    "DELETE FROM job_progress WHERE job_id IN (%s)",
    "DELETE FROM job_outputs WHERE job_id IN (%s)",
    "DELETE FROM job_attempts WHERE job_id IN (%s)",
    "DELETE FROM jobs WHERE id IN (%s)"};

}  // namespace vexaa::store::sql
