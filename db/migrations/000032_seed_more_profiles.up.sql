INSERT IGNORE INTO profiles
  (name, codec, bitrate, sample_rate, channels, description)
VALUES
  ('aac-160k', 'aac', 160000, 48000, 2, 'AAC in M4A, 160 kbit/s, stereo'),
  ('opus-96k', 'opus', 96000, 48000, 2, 'Opus in Ogg, 96 kbit/s, stereo'),
  ('copy', 'copy', NULL, NULL, NULL, 'the sound of the source as it is, in Matroska unless output_uri names another container');
