// The SQL texts of rows that stand for custom resources. As in job_sql.h: only
// what MySQL and MariaDB both take, "(%s)" for lists.
#pragma once

#include "lib/store/job_sql.h"

namespace vexaa::store::sql {

// As the table writes it, a new row that nobody else may ask for twice.
inline constexpr char kInsertResourceJob[] =
    "INSERT INTO jobs (cr_namespace, cr_name, cr_uid, source_uri, output_uri, "
    "profile, options, queue_name, batch, priority, run_at, max_attempts, "
    "timeout_seconds, idempotency_key, labels) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr char kFindByUid[] = "SELECT id FROM jobs WHERE cr_uid = ?";
inline constexpr char kReadByUid[] =
    "SELECT j.cr_uid, j.id, j.state, j.reason, j.message, j.attempt, "
    "CASE WHEN j.state = 'succeeded' THEN 100 ELSE p.percent END, j.pod_name, "
    "COALESCE(o.uri, j.output_uri), j.started_at, j.finished_at "
    "FROM jobs j "
    "LEFT JOIN job_progress p FORCE INDEX (PRIMARY) "
    "ON p.job_id = j.id AND p.attempt = j.attempt "
    "LEFT JOIN job_outputs o FORCE INDEX (PRIMARY) "
    "ON o.job_id = j.id AND o.idx = 0 "
    "WHERE j.cr_uid IN (%s)";
// What can have changed: as many rows as are worked on or ended lately, however
// many wait. SQL users' rows are among them.
inline constexpr char kLiveUids[] =
    "SELECT cr_uid FROM jobs FORCE INDEX (due) WHERE state IN " VEXAA_LIVE
    " AND cr_uid > '' AND cr_namespace = ? ORDER BY id";
inline constexpr char kEndedUids[] =
    "SELECT cr_uid FROM jobs FORCE INDEX (finished) "
    "WHERE state IN ('succeeded', 'failed', 'cancelled') "
    "AND finished_at > CURRENT_TIMESTAMP(6) - INTERVAL ? SECOND "
    "AND cr_uid > '' AND cr_namespace = ? ORDER BY id";
#define VEXAA_NOT_ENDED \
  "state IN ('scheduled', 'queued', 'claimed', 'running', 'publishing')"
inline constexpr char kCancelByUid[] =
    "UPDATE jobs SET desired_state = 'cancelled' WHERE cr_uid = ? "
    "AND desired_state = 'run' AND " VEXAA_NOT_ENDED;
inline constexpr char kSetPriorityByUid[] =
    "UPDATE jobs SET priority = ? WHERE cr_uid = ? "
    "AND state IN ('scheduled', 'queued')";
// A range of the unique key: rows that SQL users made are not touched.
inline constexpr char kWanted[] =
    "SELECT cr_uid, cr_name FROM jobs "
    "FORCE INDEX (a_job_for_this_custom_resource_exists) "
    "WHERE cr_uid > '' AND cr_namespace = ? AND desired_state = 'run' "
    "AND " VEXAA_NOT_ENDED " ORDER BY cr_uid";

}  // namespace vexaa::store::sql
