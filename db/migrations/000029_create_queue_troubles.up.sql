-- A queue whose runners cannot work because this installation is wrong: an
-- image that cannot be pulled, credentials that are refused. A row goes when a
-- runner of the queue works again. Apart from queues, so that a failing pod
-- never waits for an operator's open transaction.
CREATE TABLE IF NOT EXISTS queue_troubles (
  queue_name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  failures INT UNSIGNED NOT NULL DEFAULT 1
    COMMENT 'attempts in a row that ended by a fault of the installation',
  reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the last one',
  message VARCHAR(1024) NOT NULL DEFAULT '',
  last_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  stopped_at TIMESTAMP(6) NULL DEFAULT NULL
    COMMENT 'since when nothing but one probe at a time is claimed'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='queues that fail because the installation is wrong';
