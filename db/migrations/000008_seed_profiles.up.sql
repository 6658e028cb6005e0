INSERT IGNORE INTO profiles
  (name, codec, container, bitrate, sample_rate, channels, description)
VALUES
  ('mp3-128k', 'mp3', 'mp3', 128000, 44100, 2, 'MP3, 128 kbit/s, stereo: plays everywhere'),
  ('mp3-320k', 'mp3', 'mp3', 320000, 44100, 2, 'MP3, 320 kbit/s, stereo'),
  ('wav', 'pcm_s16le', 'wav', NULL, NULL, NULL, 'WAV, 16 bit, rate and channels of the source'),
  ('flac', 'flac', 'flac', NULL, NULL, NULL, 'FLAC, lossless, rate and channels of the source'),
  ('aac-160k', 'aac', 'm4a', 160000, 44100, 2, 'AAC in M4A, 160 kbit/s, stereo'),
  ('opus-96k', 'opus', 'ogg', 96000, 48000, 2, 'Opus in Ogg, 96 kbit/s, stereo'),
  ('speech-16k', 'pcm_s16le', 'wav', NULL, 16000, 1, 'WAV, 16 kHz, mono: what transcription wants'),
  ('copy', 'copy', 'source', NULL, NULL, NULL, 'the audio stream as it is');
