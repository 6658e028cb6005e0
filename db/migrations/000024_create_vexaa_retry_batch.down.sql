DROP PROCEDURE IF EXISTS vexaa_retry_batch;
