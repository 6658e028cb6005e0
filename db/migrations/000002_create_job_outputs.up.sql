-- The files a job makes, 1 to 8 of them, and the upload that holds each until
-- it is published.
CREATE TABLE IF NOT EXISTS job_outputs (
  job_id BIGINT UNSIGNED NOT NULL,
  idx TINYINT UNSIGNED NOT NULL COMMENT '0 is the main output',
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'audio',
  profile VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uri VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
    COMMENT 'where the output appears once it is published',
  output_lock BINARY(32) NULL
    COMMENT 'SHA-256 of uri while a live job holds it, NULL when it is free',
  upload_id VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL
    COMMENT 'the staged upload of the last attempt',
  part_count INT UNSIGNED NULL COMMENT 'parts of the staged upload',
  staged_bytes BIGINT UNSIGNED NULL COMMENT 'size of the staged upload',
  parts_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'digest of the part list the runner reported',
  bytes BIGINT UNSIGNED NULL COMMENT 'size of the published output',
  crc32 CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'CRC-32 of the whole output, hex',
  sha256_parts CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'SHA-256 over the SHA-256 of each part, hex',
  samples BIGINT UNSIGNED NULL COMMENT 'samples per channel',
  duration_ms BIGINT UNSIGNED NULL,
  track SMALLINT UNSIGNED NULL COMMENT 'audio track of the source, 0 is the first',
  language VARCHAR(16) NULL COMMENT 'language of that track as the source names it',
  published_at TIMESTAMP(6) NULL DEFAULT NULL,
  PRIMARY KEY (job_id, idx),
  UNIQUE KEY another_live_job_writes_this_output (output_lock),
  CONSTRAINT output_belongs_to_a_job
    FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE,
  CONSTRAINT output_idx_must_be_below_8 CHECK (idx < 8)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='the files a job makes';
