DROP PROCEDURE IF EXISTS vexaa_cancel_batch;
