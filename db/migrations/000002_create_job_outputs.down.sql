DROP TABLE IF EXISTS job_outputs;
