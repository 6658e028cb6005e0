"""Jobs from INSERT to audio, with runners as pods of a real cluster.

The cluster must be disposable: a node of it is drained.
"""

import json
import os
import time

import harness
from harness import SAMPLE, make_long_video, sha256_text, wait_until
from kubernetes_harness import InstalledCase


class LongJobs(InstalledCase):
    """Long jobs, each with a key of its own."""

    # Long enough to be interrupted, also where encoding is quick.
    SECONDS = 1200

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.video = make_long_video(os.path.join(cls.class_folder, "long.mkv"), cls.SECONDS)

    def setUp(self):
        super().setUp()
        self.source = f"{self._testMethodName}.mkv"
        self.key = f"audio/{self.source}/mp3-128k.mp3"

    def start_long_job(self):
        """A job whose runner works; returns its pod, which runs."""
        self.job_id = self.database.submit(self.bucket.put_file(self.source, self.video))
        job = self.database.wait_state(self.job_id, "running")
        pod = self.installation.runner_pods(self.job_id)[f"vexaa-job-{self.job_id}-1"]
        self.assertEqual(job["node_name"], pod["spec"]["nodeName"])
        return pod

    def wait_upload(self):
        wait_until("an open upload", self.bucket.open_uploads)

    def check_one_result(self):
        """The job ended once: one object, nothing left over. Its attempts' reasons."""
        job = self.database.wait_end(self.job_id)
        self.assertEqual(job["state"], "succeeded", job["message"])
        self.database.wait_swept(self.job_id)
        self.assert_one_audio(self.bucket, self.key, self.video)
        ours = [key for key in self.bucket.keys() if self.source in key]
        self.assertEqual(ours, [self.key, self.source])
        attempts = self.database.query(
            "SELECT attempt, reason FROM job_attempts WHERE job_id = %s ORDER BY attempt",
            self.job_id)
        self.assertEqual(attempts[-1]["attempt"], job["attempt"])
        print(f"took {(job['finished_at'] - job['created_at']).total_seconds():.1f} s", end=" ")
        return [attempt["reason"] for attempt in attempts]


class Jobs(LongJobs):
    """A whole job, and jobs in whose middle something is killed: they end once."""

    def test_one_insert_gives_a_pod_an_object_and_a_row(self):
        source = self.bucket.put_file("talk.mp4", SAMPLE)
        job = self.database.wait_end(self.database.submit(source))
        self.assertEqual((job["state"], job["reason"], job["attempt"]),
                         ("succeeded", "Succeeded", 1), job["message"])
        key = "audio/talk.mp4/mp3-128k.mp3"
        self.assertEqual(job["output_uri"], f"s3://{self.bucket.name}/{key}")
        self.assert_one_audio(self.bucket, key, SAMPLE)
        self.check_output(job, self.bucket.head(key))
        self.check_finished_pod(f"vexaa-job-{job['id']}-1", job)

    def check_output(self, job, head):
        output = self.database.output(job["id"])
        self.assertEqual(output["bytes"], head["ContentLength"])
        self.assertGreater(output["duration_ms"], 0)
        self.assertRegex(output["crc32"], "^[0-9a-f]{8}$")
        self.assertRegex(output["sha256_parts"], "^[0-9a-f]{64}$")
        self.assertEqual(head["Metadata"]["vexaa-source"], sha256_text(job["source_uri"]))

    def check_finished_pod(self, name, job):
        pods = self.installation.runner_pods(job["id"])
        self.assertEqual(list(pods), [name])
        self.assertEqual(pods[name]["status"]["phase"], "Succeeded")
        self.assertEqual(job["pod_name"], name)
        lines = [json.loads(line) for line in self.kubectl("logs", name).splitlines()]
        self.assertTrue(any(line.get("jobId") == job["id"] for line in lines), lines)

    def test_a_drained_node_needs_no_force_and_the_job_ends_once(self):
        node = self.start_long_job()["spec"]["nodeName"]
        self.wait_upload()
        self.addCleanup(self.kubectl, "uncordon", node)
        start = time.monotonic()
        self.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data",
                     "--timeout=90s")
        print(f"drain took {time.monotonic() - start:.1f} s", end=", ")
        self.assertEqual(self.installation.runner_pods(self.job_id), {})
        self.kubectl("uncordon", node)
        reasons = self.check_one_result()
        self.assertEqual(reasons[-1], "Succeeded")
        self.assertIn(reasons[0], ("Evicted", "PodLost"))
        self.assertEqual(len(reasons), 2)
        self.assertEqual(self.database.job(self.job_id)["failures"], 0)

    def test_a_killed_controller_adopts_the_running_pod(self):
        runner = self.start_long_job()
        # Progress proves that the runner found the controller, too.
        wait_until("progress", lambda: (self.database.view(self.job_id)["progress"] or 0) > 0)
        before = self.restarts()
        self.installation.kill(self.installation.controller_pod())
        wait_until("its replacement", lambda: self.restarts() > before)
        self.check_adopted(runner)

    def restarts(self):
        pod = self.installation.controller_pod()
        return pod["status"]["containerStatuses"][0]["restartCount"]

    def test_a_replaced_controller_adopts_the_running_pod(self):
        runner = self.start_long_job()
        old = self.installation.controller_pod()["metadata"]
        self.kubectl("delete", "pod", old["name"], "--force", "--grace-period=0")
        wait_until("its replacement", lambda: (
            pod := self.installation.controller_pod()) and pod["metadata"]["uid"] != old["uid"])
        self.check_adopted(runner)

    def check_adopted(self, runner):
        """The first attempt's pod, and no other, did the job."""
        self.assertEqual(self.check_one_result(), ["Succeeded"])
        pods = self.installation.runner_pods(self.job_id).values()
        self.assertEqual([pod["metadata"]["uid"] for pod in pods], [runner["metadata"]["uid"]])

    def test_a_killed_runner_is_retried_and_leaves_one_object(self):
        runner = self.start_long_job()
        self.wait_upload()
        self.installation.kill(runner)
        self.assertEqual(self.check_one_result(), ["RunnerCrashed", "Succeeded"])
        self.assertEqual(self.database.job(self.job_id)["failures"], 1)

    def test_a_runner_deleted_by_force_is_retried_beside_its_zombie(self):
        runner = self.start_long_job()
        self.wait_upload()
        self.kubectl("delete", "pod", runner["metadata"]["name"], "--force", "--grace-period=0")
        reasons = self.check_one_result()
        self.assertEqual(reasons[1:], ["Succeeded"])
        self.assertIn(reasons[0], ("PodLost", "Evicted"))
        self.assertEqual(self.database.job(self.job_id)["failures"], 0)


class Removal(LongJobs):
    def test_a_namespace_is_deleted_with_its_running_job(self):
        """Nothing holds it up; a minute is promised, and the time is printed."""
        self.start_long_job()
        start = time.monotonic()
        self.kubectl("delete", "namespace", self.installation.namespace, "--wait",
                     "--timeout=180s")
        print(f"took {time.monotonic() - start:.1f} s", end=" ")
        self.assertEqual(self.bucket.keys(), [self.source])


if __name__ == "__main__":
    harness.main()
