DROP VIEW IF EXISTS v_attempts;
