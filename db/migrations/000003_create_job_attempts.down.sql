DROP TABLE IF EXISTS job_attempts;
