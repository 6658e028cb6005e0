ALTER TABLE job_outputs
  DROP COLUMN note,
  DROP COLUMN gapless,
  DROP COLUMN loudness_lufs,
  DROP COLUMN loudness_range_lu,
  DROP COLUMN true_peak_dbtp;
