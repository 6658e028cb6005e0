INSERT IGNORE INTO queues (name) VALUES ('default');
