-- One row: who we are. It labels every pod, so that two installations in one
-- namespace never touch each other's.
CREATE TABLE IF NOT EXISTS installation (
  id TINYINT UNSIGNED NOT NULL DEFAULT 1 PRIMARY KEY,
  uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT (UUID()),
  created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  CONSTRAINT there_is_one_installation CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='the identity of this installation';
