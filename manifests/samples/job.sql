-- One row is one request.
INSERT INTO jobs (source_uri) VALUES ('s3://videos/talk.mp4');

-- With more said: another place, another profile, a name for the batch.
INSERT INTO jobs (source_uri, output_uri, profile, batch, priority)
VALUES ('s3://videos/talk.mp4', 's3://videos/speech/talk.wav', 'speech-16k', 'talks', 10);

-- What became of them.
SELECT id, state, progress, reason, message, output_uri FROM v_jobs ORDER BY id DESC LIMIT 2;
