ALTER TABLE queues DROP COLUMN drain_to_id, DROP COLUMN drain_since;
