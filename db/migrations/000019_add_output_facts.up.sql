-- What the runner found out about each output it made.
ALTER TABLE job_outputs
  ADD COLUMN note VARCHAR(255) NULL
    COMMENT 'for people: which track was chosen and why, copied or encoded' AFTER language,
  ADD COLUMN gapless TINYINT UNSIGNED NULL
    COMMENT '1: players can leave out the padding of the encoder' AFTER note,
  ADD COLUMN loudness_lufs DECIMAL(5,1) NULL
    COMMENT 'integrated loudness (EBU R 128), when it was asked for' AFTER gapless,
  ADD COLUMN loudness_range_lu DECIMAL(5,1) NULL AFTER loudness_lufs,
  ADD COLUMN true_peak_dbtp DECIMAL(5,1) NULL AFTER loudness_range_lu;
