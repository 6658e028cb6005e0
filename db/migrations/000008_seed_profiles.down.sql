DELETE FROM profiles WHERE name IN ('mp3-128k', 'mp3-320k', 'wav', 'flac',
                                    'aac-160k', 'opus-96k', 'speech-16k', 'copy');
