-- Roles for MySQL >= 8.0.16. Run once, after `vexaa-controller migrate`, as an account that
-- may create users, with the schema as the current database:
--   mysql -u root -p vexaa < db/roles.mysql.sql
-- It may be run again at any time. The three logins come locked and without a
-- password; open the ones you need:
--   ALTER USER 'vexaa_submit_login'@'%' IDENTIFIED BY '...' ACCOUNT UNLOCK;

CREATE ROLE IF NOT EXISTS vexaa_controller, vexaa_submit, vexaa_read;

-- The controller: data only, no DDL. Migrations run as the schema's owner.
GRANT SELECT, INSERT, UPDATE, DELETE ON * TO vexaa_controller;

-- A user of the queue: the user's columns of jobs and nothing else. An INSERT
-- that names `state` is refused by the server (1143).
GRANT INSERT (source_uri, output_uri, profile, options, queue_name, batch,
              priority, run_at, max_attempts, timeout_seconds,
              idempotency_key, labels, desired_state, traceparent),
      UPDATE (desired_state, priority),
      SELECT (id, source_uri, output_uri, profile, options, queue_name, batch,
              priority, run_at, max_attempts, timeout_seconds,
              idempotency_key, labels, desired_state, state, reason, message,
              attempt, created_at, finished_at)
  ON jobs TO vexaa_submit;
GRANT SELECT ON v_jobs TO vexaa_submit;
GRANT SELECT ON v_attempts TO vexaa_submit;
GRANT SELECT ON v_queue TO vexaa_submit;
GRANT SELECT ON v_batches TO vexaa_submit;
GRANT SELECT ON queues TO vexaa_submit;
GRANT SELECT ON profiles TO vexaa_submit;
GRANT SELECT ON job_outputs TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_retry TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_cancel TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_requeue TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_retry_batch TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_cancel_batch TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_schedule TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_schedule_batch TO vexaa_submit;
GRANT EXECUTE ON PROCEDURE vexaa_move_batch TO vexaa_submit;

-- Dashboards: what users see, without the token of a running attempt.
GRANT SELECT ON v_jobs TO vexaa_read;
GRANT SELECT ON v_attempts TO vexaa_read;
GRANT SELECT ON v_queue TO vexaa_read;
GRANT SELECT ON v_batches TO vexaa_read;
GRANT SELECT ON queues TO vexaa_read;
GRANT SELECT ON profiles TO vexaa_read;
GRANT SELECT ON job_outputs TO vexaa_read;

CREATE USER IF NOT EXISTS 'vexaa_controller_login'@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'vexaa_submit_login'@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'vexaa_read_login'@'%' ACCOUNT LOCK;
GRANT vexaa_controller TO 'vexaa_controller_login'@'%';
GRANT vexaa_submit TO 'vexaa_submit_login'@'%';
GRANT vexaa_read TO 'vexaa_read_login'@'%';
SET DEFAULT ROLE vexaa_controller TO 'vexaa_controller_login'@'%';
SET DEFAULT ROLE vexaa_submit TO 'vexaa_submit_login'@'%';
SET DEFAULT ROLE vexaa_read TO 'vexaa_read_login'@'%';
