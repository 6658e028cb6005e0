DELETE FROM profiles
WHERE name IN ('mp3-128k', 'mp3-320k', 'wav', 'flac', 'speech-16k');
