-- A queue is a name with limits. No foreign key points here: a user's open
-- INSERT would otherwise block a pause.
CREATE TABLE IF NOT EXISTS queues (
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active'
    COMMENT 'active; paused: nothing is claimed; draining: what is there is finished, then paused',
  max_running INT UNSIGNED NOT NULL DEFAULT 10
    COMMENT 'jobs claimed, running or publishing at a time; 0: no limit',
  max_pending INT UNSIGNED NOT NULL DEFAULT 20
    COMMENT 'pods that may wait for a node at a time; kept, not yet enforced',
  updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    ON UPDATE CURRENT_TIMESTAMP(6),
  CONSTRAINT queue_must_be_lower_case_letters_digits_dots_dashes
    CHECK (name REGEXP '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$'),
  CONSTRAINT queue_state_must_be_active_paused_or_draining
    CHECK (state IN ('active', 'paused', 'draining'))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='queues with their limits';
