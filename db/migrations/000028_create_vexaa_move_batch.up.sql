CREATE PROCEDURE vexaa_move_batch(
  IN batch_name VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci,
  IN new_queue VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin)
SQL SECURITY DEFINER
COMMENT 'moves the waiting jobs of a batch to another queue'
BEGIN
  DECLARE moved INT DEFAULT 1;
  DECLARE total INT DEFAULT 0;
  IF NOT EXISTS (SELECT 1 FROM queues q WHERE q.name = new_queue) THEN
    SIGNAL SQLSTATE '45000'
      SET MESSAGE_TEXT = 'nothing was changed: there is no queue of this name';
  END IF;
  WHILE moved > 0 DO
    UPDATE jobs SET queue_name = new_queue
    WHERE batch = batch_name AND state IN ('scheduled', 'queued')
      AND queue_name <> new_queue
    LIMIT 1000;
    SET moved = ROW_COUNT();
    SET total = total + moved;
  END WHILE;
  SELECT total AS moved;
END;
