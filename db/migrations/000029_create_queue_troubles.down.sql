DROP TABLE IF EXISTS queue_troubles;
