DROP PROCEDURE IF EXISTS vexaa_move_batch;
