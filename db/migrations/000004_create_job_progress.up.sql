-- Written every few seconds while a job runs; narrow, and apart from jobs, so
-- that progress never touches the row the queue works with.
CREATE TABLE IF NOT EXISTS job_progress (
  job_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  attempt INT UNSIGNED NOT NULL,
  percent DECIMAL(5,2) NULL COMMENT '0 to 100; NULL when the length is unknown',
  speed DECIMAL(9,2) NULL COMMENT 'seconds of media per second',
  media_seconds DECIMAL(12,3) NULL COMMENT 'media done so far',
  bytes_read BIGINT UNSIGNED NULL,
  bytes_written BIGINT UNSIGNED NULL,
  updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    ON UPDATE CURRENT_TIMESTAMP(6),
  CONSTRAINT progress_belongs_to_a_job
    FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='how far the running attempt is';
