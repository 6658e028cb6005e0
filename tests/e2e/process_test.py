"""Jobs from INSERT to audio, with runners as local processes."""

import json
import os
import shutil
import signal
import tempfile

import pymysql

import harness
from harness import (SAMPLE, TESTDATA, Case, decoded_samples, is_alive,
                     make_long_video, probe, sha256_text, wait_until)


class WholeJob(Case):
    def run_one(self, variable):
        database = self.make_database(variable)
        bucket = self.make_bucket()
        controller = self.make_controller(database, bucket).start()
        source = bucket.put_file("talks/a b+c é.mp4", SAMPLE)
        job = database.wait_end(database.submit(source))
        self.assertEqual((job["state"], job["reason"]), ("succeeded", "Succeeded"),
                         job["message"])
        self.assertEqual(job["attempt"], 1)
        key = "audio/talks/a b+c é.mp4/mp3-128k.mp3"
        self.assertEqual(job["output_uri"], f"s3://{bucket.name}/{key}")
        self.assert_one_audio(bucket, key, SAMPLE)
        self.check_rows(database, bucket, job, key)
        self.assertEqual(controller.stop(), 0)

    def check_rows(self, database, bucket, job, key):
        output = database.output(job["id"])
        head = bucket.head(key)
        self.assertEqual(output["bytes"], head["ContentLength"])
        self.assertEqual(output["samples"], decoded_samples(SAMPLE))
        self.assertGreater(output["duration_ms"], 0)
        self.assertRegex(output["crc32"], "^[0-9a-f]{8}$")
        self.assertRegex(output["sha256_parts"], "^[0-9a-f]{64}$")
        self.assertIsNone(output["output_lock"])
        self.assertEqual(head["Metadata"]["vexaa-source"], sha256_text(job["source_uri"]))
        self.assertTrue(head["Metadata"]["vexaa-token"].startswith(f"{job['id']}.1."))
        attempt = database.query("SELECT * FROM job_attempts WHERE job_id = %s",
                                 job["id"])[0]
        self.assertEqual(attempt["exit_code"], 0)
        self.assertGreater(attempt["peak_rss_bytes"], 0)
        wait_until("the log", lambda: database.query(
            "SELECT log_tail FROM job_attempts WHERE job_id = %s",
            job["id"])[0]["log_tail"])

    def test_one_job_on_mariadb(self):
        self.run_one("VEXAA_TEST_MARIADB")

    def test_one_job_on_mysql(self):
        self.run_one("VEXAA_TEST_MYSQL")

    def test_every_profile_from_and_to_a_folder(self):
        database = self.make_database()
        self.make_controller(database).start()
        expected = {"mp3-128k": ("mp3", 44100, 2), "mp3-320k": ("mp3", 44100, 2),
                    "wav": ("pcm_s16le", 44100, 1), "flac": ("flac", 44100, 1),
                    "speech-16k": ("pcm_s16le", 16000, 1)}
        source_format = probe(SAMPLE)
        for name in ("wav", "flac"):
            expected[name] = (expected[name][0], *source_format[1:])
        ids = {name: database.submit(f"file://{SAMPLE}", profile=name)
               for name in expected}
        for name, job_id in ids.items():
            job = database.wait_end(job_id)
            self.assertEqual(job["state"], "succeeded", f"{name}: {job['message']}")
            path = job["output_uri"].removeprefix("file://")
            self.assertEqual(probe(path), expected[name], name)

    def test_an_earlier_result_is_replaced(self):
        database = self.make_database()
        bucket = self.make_bucket()
        self.make_controller(database, bucket).start()
        source = bucket.put_file("talk.mp4", SAMPLE)
        for _ in range(2):
            job = database.wait_end(database.submit(source))
            self.assertEqual(job["state"], "succeeded", job["message"])
        self.assert_one_audio(bucket, "audio/talk.mp4/mp3-128k.mp3", SAMPLE)


class ManyOutputs(Case):
    """Every track and further outputs of one read, in a folder."""

    OPTIONS = {"track": "all", "if_exists": "skip",
               "outputs": [{"profile": "speech-16k", "track": "ger"}]}

    def setUp(self):
        super().setUp()
        self.database = self.make_database()
        self.make_controller(self.database).start()
        self.source = f"file://{os.path.join(TESTDATA, 'two_tracks.mkv')}"

    def make(self, options):
        job = self.database.wait_end(
            self.database.submit(self.source, options=json.dumps(options)))
        self.assertEqual(job["state"], "succeeded", job["message"])
        outputs = self.database.query(
            "SELECT * FROM job_outputs WHERE job_id = %s ORDER BY idx", job["id"])
        return job, outputs

    def test_every_track_is_an_output_and_no_other(self):
        _, outputs = self.make(self.OPTIONS)
        names = [os.path.basename(row["uri"]) for row in outputs]
        self.assertEqual(names, ["mp3-128k.track0.mp3", "mp3-128k.track1.mp3",
                                 "speech-16k.ger.wav"])
        self.assertEqual([row["track"] for row in outputs], [0, 1, 1])
        self.assertEqual([row["language"] for row in outputs], ["eng", "deu", "deu"])
        self.assertEqual(outputs[2]["note"], "the only track in 'ger'")
        for row in outputs:
            path = row["uri"].removeprefix("file://")
            self.assertEqual(os.path.getsize(path), row["bytes"])
            self.assertIsNone(row["output_lock"])
        folder = os.path.dirname(outputs[0]["uri"].removeprefix("file://"))
        visible = [name for name in os.listdir(folder) if not name.startswith(".")]
        self.assertEqual(sorted(visible), sorted(names))

    def test_a_result_that_is_there_is_kept(self):
        only = {"track": 1, "if_exists": "skip"}
        _, first = self.make(only)
        path = first[0]["uri"].removeprefix("file://")
        made = os.stat(path)
        job, again = self.make(only)
        self.assertIn("kept", again[0]["note"])
        self.assertEqual(again[0]["bytes"], first[0]["bytes"])
        self.assertEqual(os.stat(path).st_ino, made.st_ino)
        attempt = self.database.query(
            "SELECT * FROM job_attempts WHERE job_id = %s", job["id"])[0]
        self.assertEqual(attempt["bytes_in"], 0)

    def test_a_result_of_other_options_is_not_kept(self):
        self.make({"track": 1, "if_exists": "skip"})
        job = self.database.wait_end(self.database.submit(
            self.source, options='{"track": 1, "if_exists": "skip", "start": 0.5}'))
        self.assertEqual((job["state"], job["reason"]), ("failed", "OutputExists"))

    def test_a_clip_has_its_length_to_the_sample(self):
        _, outputs = self.make({"track": 1, "start": 0.25, "duration": 0.5})
        self.assertEqual(outputs[0]["samples"], 22050)

    def test_a_clip_behind_the_end_is_a_wrong_job(self):
        job = self.database.wait_end(self.database.submit(
            self.source, options='{"start": 60}'))
        self.assertEqual((job["state"], job["reason"]), ("failed", "InvalidJob"))
        self.assertIn("choose an earlier start", job["message"])

    def test_a_missing_track_says_how_many_there_are(self):
        job = self.database.wait_end(self.database.submit(
            self.source, options='{"track": 5}'))
        self.assertEqual((job["state"], job["reason"]), ("failed", "NoAudioStream"))
        self.assertIn("2 audio tracks", job["message"])


class BadInput(Case):
    def setUp(self):
        super().setUp()
        self.database = self.make_database()
        self.bucket = self.make_bucket()
        self.make_controller(self.database, self.bucket).start()

    def check(self, source, reason, **columns):
        job = self.database.wait_end(self.database.submit(source, **columns))
        self.assertEqual((job["state"], job["reason"]), ("failed", reason),
                         job["message"])
        self.assertEqual(job["attempt"], 1)
        self.assertGreater(len(job["message"].split()), 4, job["message"])
        self.database.wait_swept(job["id"])
        self.assertEqual(self.bucket.open_uploads(), [])
        return job

    def test_a_source_without_scheme_is_refused_by_name_of_the_rule(self):
        with self.assertRaises(pymysql.err.MySQLError) as caught:
            self.database.submit("talk.mp4")
        self.assertIn("source_uri_must_be_s3_or_file_uri", str(caught.exception))

    def test_a_missing_object(self):
        self.check(f"s3://{self.bucket.name}/nope.mp4", "InputNotFound")

    def test_a_text_file_renamed(self):
        source = self.bucket.put("talk.mp4", b"this is no video\n" * 100)
        self.check(source, "InputUnreadable")

    def test_a_video_without_sound(self):
        source = self.bucket.put_file("mute.mp4", os.path.join(TESTDATA, "no_sound.mp4"))
        self.check(source, "NoAudioStream")

    def test_somebody_elses_object_under_the_key(self):
        source = self.bucket.put_file("talk.mp4", SAMPLE)
        self.bucket.put("mine.mp3", b"precious")
        self.check(source, "OutputExists",
                   output_uri=f"s3://{self.bucket.name}/mine.mp3")
        self.assertEqual(self.bucket.get("mine.mp3"), b"precious")

    def test_a_bucket_that_is_not_served(self):
        self.check("s3://somebody-elses/talk.mp4", "InvalidJob")

    def test_an_unknown_profile(self):
        source = self.bucket.put_file("talk.mp4", SAMPLE)
        self.check(source, "InvalidJob", profile="mp9")


class Deaths(Case):
    """kill -9 and cancel in mid-work."""

    SECONDS = 600
    KEY = "audio/long.mkv/mp3-128k.mp3"

    def setUp(self):
        super().setUp()
        self.database = self.make_database()
        self.bucket = self.make_bucket()
        self.controller = self.make_controller(self.database, self.bucket).start()
        self.video = make_long_video(os.path.join(self.folder, "long.mkv"),
                                     self.SECONDS)
        self.job_id = self.database.submit(self.bucket.put_file("long.mkv", self.video))
        self.database.wait_state(self.job_id, "running")
        self.pid = self.controller.wait_runner()

    def check_one_result(self, attempt):
        job = self.database.wait_end(self.job_id)
        self.assertEqual(job["state"], "succeeded", job["message"])
        self.assertEqual(job["attempt"], attempt)
        self.database.wait_swept(self.job_id)
        self.assert_one_audio(self.bucket, self.KEY, self.video)
        self.assertEqual(self.bucket.keys(), [self.KEY, "long.mkv"])
        ends = self.database.query(
            "SELECT reason FROM job_attempts WHERE job_id = %s ORDER BY attempt",
            self.job_id)
        return [end["reason"] for end in ends]

    def wait_upload(self):
        wait_until("an open upload", self.bucket.open_uploads)

    def test_a_killed_runner_is_retried_and_leaves_one_object(self):
        self.wait_upload()
        os.kill(self.pid, signal.SIGKILL)
        self.assertEqual(self.check_one_result(attempt=2),
                         ["RunnerCrashed", "Succeeded"])

    def test_a_killed_controller_adopts_the_running_process(self):
        self.controller.kill()
        self.assertTrue(is_alive(self.pid))
        self.controller.start()
        self.assertEqual(self.check_one_result(attempt=1), ["Succeeded"])

    def test_a_process_that_ends_while_no_controller_runs_is_adopted(self):
        self.controller.kill()
        wait_until("the runner's end", lambda: not is_alive(self.pid))
        self.assertEqual(self.bucket.keys(), ["long.mkv"])  # staged only
        self.controller.start()
        self.assertEqual(self.check_one_result(attempt=1), ["Succeeded"])

    def test_a_process_killed_while_no_controller_runs_is_retried(self):
        self.controller.kill()
        os.kill(self.pid, signal.SIGKILL)
        self.controller.start()
        self.assertEqual(self.check_one_result(attempt=2),
                         ["RunnerCrashed", "Succeeded"])

    def test_a_cancelled_job_leaves_no_object_and_no_upload(self):
        self.wait_upload()
        self.database.query("UPDATE jobs SET desired_state = 'cancelled' WHERE id = %s",
                            self.job_id)
        job = self.database.wait_end(self.job_id)
        self.assertEqual((job["state"], job["reason"]), ("cancelled", "Cancelled"))
        wait_until("the runner's end", lambda: not is_alive(self.pid))
        self.database.wait_swept(self.job_id)
        self.assertEqual(self.bucket.open_uploads(), [])
        self.assertEqual(self.bucket.keys(), ["long.mkv"])

    def test_a_runner_told_to_stop_is_a_disruption_and_runs_again(self):
        self.wait_upload()
        os.kill(self.pid, signal.SIGTERM)
        self.assertEqual(self.check_one_result(attempt=2), ["Evicted", "Succeeded"])
        job = self.database.job(self.job_id)
        self.assertEqual((job["failures"], job["disruptions"]), (0, 1))


class Limits(Case):
    """What a queue and a job allow is kept with processes, too."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="vexaa-e2e-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.video = make_long_video(os.path.join(folder, "long.mkv"), 2400)

    def setUp(self):
        super().setUp()
        self.database = self.make_database()
        self.bucket = self.make_bucket()
        self.controller = self.make_controller(self.database, self.bucket)
        self.source = self.bucket.put_file("long.mkv", self.video)

    def submit(self, name, **columns):
        return self.database.submit(
            self.source, output_uri=f"s3://{self.bucket.name}/{name}.mp3", **columns)

    def check_nothing_left(self, job_id):
        self.database.wait_swept(job_id)
        wait_until("the runner's end", lambda: not self.controller.runner_pids())
        self.assertEqual(self.bucket.open_uploads(), [])
        self.assertEqual(self.bucket.keys(), ["long.mkv"])

    def test_no_more_jobs_run_than_their_queue_allows(self):
        self.database.query("UPDATE queues SET max_running = 2")
        ids = [self.submit(name) for name in ("a", "b", "c")]
        self.controller.start()
        for job_id in ids[:2]:
            self.database.wait_state(job_id, "running")
        wait_until("two runners", lambda: len(self.controller.runner_pids()) == 2)
        self.assertEqual(self.database.job(ids[2])["state"], "queued")
        self.database.query("CALL vexaa_cancel(%s)", ids[0])
        self.database.wait_state(ids[2], "running")
        for job_id in ids[1:]:
            self.database.query("CALL vexaa_cancel(%s)", job_id)
            self.assertEqual(self.database.wait_end(job_id)["state"], "cancelled")
        for job_id in ids:
            self.check_nothing_left(job_id)

    def test_a_job_past_its_timeout_ends_as_one(self):
        self.controller.start()
        job_id = self.submit("a", timeout_seconds=1, max_attempts=1)
        job = self.database.wait_end(job_id)
        self.assertEqual((job["state"], job["reason"], job["failures"]),
                         ("failed", "DeadlineExceeded", 1), job["message"])
        self.check_nothing_left(job_id)


if __name__ == "__main__":
    harness.main()
