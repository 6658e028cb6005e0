-- Named output settings. NULL means: as the source has it.
CREATE TABLE IF NOT EXISTS profiles (
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  codec VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'mp3, pcm_s16le or flac',
  bitrate INT UNSIGNED NULL COMMENT 'bits per second',
  sample_rate INT UNSIGNED NULL COMMENT 'Hz',
  channels TINYINT UNSIGNED NULL,
  description VARCHAR(255) NOT NULL DEFAULT '',
  updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    ON UPDATE CURRENT_TIMESTAMP(6),
  CONSTRAINT profile_name_must_be_lower_case_letters_digits_dots_dashes
    CHECK (name REGEXP '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$'),
  CONSTRAINT sample_rate_must_be_from_8000_to_192000
    CHECK (sample_rate BETWEEN 8000 AND 192000),
  CONSTRAINT channels_must_be_from_1_to_16
    CHECK (channels BETWEEN 1 AND 16)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='named output settings';
