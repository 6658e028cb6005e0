"""Faults of object storage while jobs are read, staged and published.

Controller and runners reach the bucket through the fault proxy; the test itself
goes straight to the server. Every job ends once: one object, nothing left.
"""

import harness
from fault_proxy import FaultProxy
from harness import SAMPLE, Case, need, wait_until

KEY = "audio/talk.mp4/mp3-128k.mp3"
COMPLETE = {"method": "POST", "path": "mp3.uploadId="}
PART = {"method": "PUT", "path": "partNumber="}


class StorageFaults(Case):
    def setUp(self):
        super().setUp()
        need("VEXAA_FAULT_PROXY")
        self.database = self.make_database()
        self.bucket = self.make_bucket()
        self.proxy = FaultProxy("--upstream", self.bucket.endpoint)
        self.addCleanup(self.proxy.close)
        self.controller = self.make_controller(
            self.database, self.bucket.through(self.proxy.port)).start()

    def submit(self):
        self.job_id = self.database.submit(self.bucket.put_file("talk.mp4", SAMPLE))

    def completes(self):
        """The statuses that Completes of the output were answered with."""
        return [entry["status"] for entry in self.proxy.log()
                if entry["what"].startswith("POST") and "uploadId=" in entry["what"]]

    def check_ended_once(self, *reasons):
        job = self.database.wait_end(self.job_id)
        self.assertEqual(job["state"], "succeeded", job["message"])
        self.database.wait_swept(self.job_id)
        self.assert_one_audio(self.bucket, KEY, SAMPLE)
        self.assertEqual(self.bucket.keys(), [KEY, "talk.mp4"])
        attempts = self.database.query(
            "SELECT attempt, reason FROM job_attempts WHERE job_id = %s ORDER BY attempt",
            self.job_id)
        self.assertEqual([row["reason"] for row in attempts], [*reasons, "Succeeded"])
        self.assertEqual([row["attempt"] for row in attempts],
                         list(range(1, len(reasons) + 2)))
        self.assertTrue(self.bucket.head(KEY)["Metadata"]["vexaa-token"].startswith(
            f"{self.job_id}.{len(attempts)}."))

    def test_a_complete_that_was_applied_but_whose_reply_is_lost(self):
        rule = self.proxy.add("lose_reply", **COMPLETE)
        self.submit()
        self.check_ended_once()
        self.assertEqual(self.proxy.met(rule), 1)
        self.assertEqual(self.completes(), [200])  # sent once, and never again

    def test_a_complete_that_was_applied_but_is_answered_500(self):
        self.proxy.add("edit", status=500, **COMPLETE)
        self.submit()
        self.check_ended_once()
        self.assertEqual(self.completes(), [200])

    def test_a_complete_that_never_arrives(self):
        rule = self.proxy.add("reset", count=2, **COMPLETE)
        self.submit()
        self.check_ended_once()
        self.assertEqual(self.proxy.met(rule), 2)
        self.assertEqual(self.completes(), [0, 0, 200])

    def test_a_complete_of_an_upload_that_is_gone_is_answered_500(self):
        rule = self.proxy.add("hold", **COMPLETE)
        self.submit()
        wait_until("a Complete", lambda: self.proxy.met(rule))
        for key, upload in self.bucket.open_uploads():
            self.bucket.client.abort_multipart_upload(Bucket=self.bucket.name, Key=key,
                                                      UploadId=upload)
        print("[upload aborted under its Complete]", end=" ")
        self.proxy.release(rule)
        self.check_ended_once("StorageUnavailable")
        statuses = self.completes()
        print(f"[Completes answered {statuses}]", end=" ")
        self.assertIn(statuses[0], (404, 500))  # RADOS Gateway says 500

    def test_a_lost_reply_to_the_look_at_the_published_key(self):
        self.proxy.add("lose_reply", method="HEAD", path="mp3$", count=3)
        self.submit()
        self.check_ended_once()

    def test_storage_that_is_down_as_a_job_is_published(self):
        rule = self.proxy.add("hold", **COMPLETE)
        self.submit()
        wait_until("a Complete", lambda: self.proxy.met(rule))
        self.proxy.cut_off()
        wait_until("a failed publish", lambda: "COULDNT_CONNECT" in self.controller.text() or
                   "onnect" in self.controller.text())
        self.assertEqual(self.database.job(self.job_id)["state"], "publishing")
        self.proxy.restore()
        self.check_ended_once()

    def test_storage_that_answers_503_and_slow_down_to_everything_twice(self):
        for status, code in ((503, "SlowDown"), (500, "InternalError")):
            for method in ("HEAD", "GET", "POST", "PUT"):
                self.proxy.add("answer", method=method, status=status,
                               body=f"<Error><Code>{code}</Code></Error>")
        self.submit()
        self.check_ended_once()

    def test_parts_whose_replies_are_lost(self):
        rule = self.proxy.add("lose_reply", count=3, **PART)
        self.submit()
        self.check_ended_once()
        self.assertGreaterEqual(self.proxy.met(rule), 1)

    def test_an_upload_whose_id_was_never_heard_is_swept(self):
        self.proxy.add("lose_reply", method="POST", path="uploads")
        self.submit()
        self.check_ended_once()

    def test_storage_that_fails_a_whole_attempt_is_tried_again(self):
        rule = self.proxy.add("reset", count=-1, **PART)
        self.submit()
        wait_until("a failed attempt", lambda: self.database.job(self.job_id)["attempt"] and
                   self.database.job(self.job_id)["state"] == "scheduled")
        self.proxy.remove(rule)
        self.database.query("UPDATE jobs SET run_at = NOW(6) WHERE id = %s", self.job_id)
        self.check_ended_once("StorageUnavailable")


if __name__ == "__main__":
    harness.main()
