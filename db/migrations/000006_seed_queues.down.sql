DELETE FROM queues WHERE name = 'default';
