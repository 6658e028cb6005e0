-- A queue that drains works off what was there when its row was changed last;
-- the controller notes here up to which job that is.
ALTER TABLE queues
  MODIFY COLUMN state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active'
    COMMENT 'active; paused: nothing is claimed; draining: what is there is finished, then paused',
  MODIFY COLUMN max_pending INT UNSIGNED NOT NULL DEFAULT 20
    COMMENT 'pods that may wait for a node at a time',
  ADD COLUMN drain_to_id BIGINT UNSIGNED NULL
    COMMENT 'system: the last job that a draining queue still takes',
  ADD COLUMN drain_since TIMESTAMP(6) NULL DEFAULT NULL
    COMMENT 'system: updated_at when drain_to_id was noted';
