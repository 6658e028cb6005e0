ALTER TABLE jobs
  DROP KEY finished, ADD KEY finished (finished_at),
  DROP KEY batch, ADD KEY batch (batch, state, finished_at);
