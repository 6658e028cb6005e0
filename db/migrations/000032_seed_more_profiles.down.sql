DELETE FROM profiles WHERE name IN ('aac-160k', 'opus-96k', 'copy');
