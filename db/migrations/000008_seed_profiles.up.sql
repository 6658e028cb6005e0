INSERT IGNORE INTO profiles
  (name, codec, bitrate, sample_rate, channels, description)
VALUES
  ('mp3-128k', 'mp3', 128000, 44100, 2, 'MP3, 128 kbit/s, stereo: plays everywhere'),
  ('mp3-320k', 'mp3', 320000, 44100, 2, 'MP3, 320 kbit/s, stereo'),
  ('wav', 'pcm_s16le', NULL, NULL, NULL, 'WAV, 16 bit, rate and channels of the source'),
  ('flac', 'flac', NULL, NULL, NULL, 'FLAC, lossless, rate and channels of the source'),
  ('speech-16k', 'pcm_s16le', NULL, 16000, 1, 'WAV, 16 kHz, mono: what transcription wants');
