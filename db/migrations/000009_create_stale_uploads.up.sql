-- Uploads of attempts that are over, waiting for their abort. No foreign key:
-- the duty outlives the job's row.
CREATE TABLE IF NOT EXISTS stale_uploads (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  job_id BIGINT UNSIGNED NOT NULL,
  attempt INT UNSIGNED NOT NULL,
  uri VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  upload_id VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  not_before TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    COMMENT 'an abort beside a late complete destroys the object: wait this long',
  created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  KEY due (not_before),
  KEY of_job (job_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='uploads that are to be aborted';
