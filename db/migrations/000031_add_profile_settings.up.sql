-- Settings that came with AAC, Opus and copies.
ALTER TABLE profiles
  MODIFY COLUMN codec VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'mp3, pcm_s16le, pcm_s24le, pcm_f32le, flac, aac, opus or copy',
  ADD COLUMN quality TINYINT UNSIGNED NULL
    COMMENT 'MP3 with a variable bit rate, 0 (best) to 9; instead of bitrate' AFTER channels,
  ADD COLUMN container VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'mp3, wav, flac, m4a, ogg or mka; NULL: what is usual for the codec' AFTER quality,
  ADD COLUMN copy_if_fits TINYINT UNSIGNED NOT NULL DEFAULT 0
    COMMENT '1: a source that has these settings already is copied' AFTER container;
