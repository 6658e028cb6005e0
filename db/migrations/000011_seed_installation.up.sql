INSERT IGNORE INTO installation (id) VALUES (1);
