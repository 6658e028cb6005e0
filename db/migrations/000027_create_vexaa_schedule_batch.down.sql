DROP PROCEDURE IF EXISTS vexaa_schedule_batch;
