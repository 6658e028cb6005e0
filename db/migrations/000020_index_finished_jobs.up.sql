-- Retention reads (state, finished_at): rows that are to be kept longer than
-- others are never walked over. Batches are counted from their index alone.
ALTER TABLE jobs
  DROP KEY finished, ADD KEY finished (state, finished_at),
  DROP KEY batch, ADD KEY batch (batch, state, reason, finished_at);
