ALTER TABLE profiles
  MODIFY COLUMN codec VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'mp3, pcm_s16le or flac',
  DROP COLUMN quality,
  DROP COLUMN container,
  DROP COLUMN copy_if_fits;
