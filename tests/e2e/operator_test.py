"""What pods can do in a real cluster, and what it comes to for their jobs.

A pod that waits for a node or an image shows at once in its job's row; the
patience with it is minutes, and is tested on fakes.
"""

import json
import os
import re
import signal

import harness
from harness import SAMPLE, make_long_video, wait_until
from operator_harness import OperatorCase


class Pods(OperatorCase):
    def submit(self, name="talk.mp4", **columns):
        return self.database.submit(self.bucket.put_file(name, SAMPLE), **columns)

    def wait_reason(self, job_id, reason):
        def reached():
            job = self.database.job(job_id)
            return job if job["reason"] == reason else None
        return wait_until(f"job {job_id} for {reason}", reached)

    def start_long_job(self):
        video = make_long_video(os.path.join(self.folder, "long.mkv"), 2400)
        job = self.database.submit(self.bucket.put_file("long.mkv", video))
        self.database.wait_state(job, "running")
        return job, f"vexaa-job-{job}-1"

    def wait_second_attempt(self, job_id):
        """The first attempt as its row tells it, once there is another."""
        def again():
            rows = self.database.query(
                "SELECT reason, message, exit_code FROM job_attempts WHERE job_id = %s "
                "ORDER BY attempt", job_id)
            return rows[0] if len(rows) > 1 else None
        return wait_until("another attempt", again)


class Refusals(Pods):
    def test_a_full_quota_uses_nothing_up_and_every_row_ends_well(self):
        self.kubectl("create", "quota", "few", "--hard=pods=2")
        self.make_controller().start()
        self.database.query("UPDATE queues SET max_running = 10")
        jobs = [self.submit(f"talk{number}.mp4") for number in range(16)]
        waiting = wait_until("a job that waits", lambda: self.database.query(
            "SELECT message FROM v_jobs WHERE reason = 'QuotaExceeded'"))
        self.assertIn("exceeded quota: few", waiting[0]["message"])
        for job in jobs:
            row = self.assert_ended_once(job)
            self.assertEqual((row["attempt"], row["failures"]), (1, 0))

    def test_a_pod_that_admission_refuses_stops_the_queue_until_it_is_let_in(self):
        self.kubectl("create", "--filename=-", "--output=name", input=json.dumps({
            "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"},
            "spec": {"limits": [{"type": "Container", "max": {"memory": "100Mi"}}]}}))
        controller = self.make_controller().start()
        jobs = [self.submit(f"talk{number}.mp4") for number in range(8)]
        wait_until("the stop", lambda: controller.metric(
            'vexaa_queue_stopped{queue="default"}') == 1)
        queue = self.database.query("SELECT * FROM v_queue")[0]
        self.assertEqual(queue["stopped_reason"], "PodRejected")
        self.assertIn("maximum memory usage per Container is 100Mi", queue["stopped_message"])
        self.assertTrue(controller.said("Queue stopped: this installation fails its jobs"))
        self.kubectl("delete", "limitrange", "small")
        # Half a minute to the probe, a minute to the next try of the refused.
        for job in jobs:
            self.assertEqual(self.assert_ended_once(job)["failures"], 0)
        self.assertEqual(controller.metric('vexaa_queue_stopped{queue="default"}'), 0)
        self.assertIsNone(self.database.query("SELECT * FROM v_queue")[0]["stopped_at"])


class Waiting(Pods):
    def test_an_image_that_cannot_be_pulled_shows_in_the_row(self):
        self.make_controller(settings=self.settings(runnerImage="127.0.0.1:1/nothing:1")).start()
        row = self.wait_reason(self.submit(), "ImagePullFailed")
        self.assertEqual((row["state"], row["failures"]), ("claimed", 0))
        self.assertIn("127.0.0.1:1/nothing:1", row["message"])

    def test_an_image_name_that_is_none_ends_the_attempt_at_once(self):
        self.make_controller(settings=self.settings(runnerImage="UPPER//case")).start()
        row = self.database.wait_state(self.submit(), "scheduled")
        self.assertEqual((row["reason"], row["failures"]), ("ImagePullFailed", 0))
        self.assertIn("InvalidImageName", row["message"])

    def test_a_pod_without_a_node_shows_the_schedulers_sentence(self):
        self.make_controller(settings=self.settings(cpuRequest="1000")).start()
        self.database.query("UPDATE queues SET max_running = 10, max_pending = 3")
        jobs = [self.submit(f"talk{number}.mp4") for number in range(6)]
        row = self.wait_reason(jobs[0], "Unschedulable")
        self.assertIn("Insufficient cpu", row["message"])
        wait_until("three pods", lambda: len(self.pods()) == 3)
        states = [self.database.job(job)["state"] for job in jobs]
        self.assertEqual(states, ["claimed"] * 3 + ["queued"] * 3)

    def test_a_secret_that_is_missing_shows_in_the_pods_events_and_blocks_nobody(self):
        settings = self.settings()
        settings["stores"][0]["runnerSecret"] = "nowhere"
        self.make_controller(settings=settings).start()
        job = self.submit()
        wait_until("the pod", self.pods)
        self.assertEqual(self.database.wait_state(job, "claimed")["failures"], 0)
        self.database.query("CALL vexaa_cancel(%s)", job)
        self.assertEqual(self.database.wait_end(job)["state"], "cancelled")
        wait_until("no pod", lambda: not self.pods())


class Ends(Pods):
    def test_a_runner_that_needs_more_memory_gets_half_as_much_again(self):
        # Too little for a runner with its windows full.
        self.make_controller(settings=self.settings(memoryLimit="32Mi")).start()
        video = make_long_video(os.path.join(self.folder, "long.mkv"), 1200,
                                ("-b:a", "384k"))
        job = self.database.submit(self.bucket.put_file("long.mkv", video))
        first = self.wait_second_attempt(job)
        self.assertEqual(first["reason"], "OutOfMemory", first["message"])
        second = wait_until("the next pod", lambda: [
            pod for pod in self.pods() if pod["metadata"]["name"].endswith("-2")])[0]
        self.assertEqual(second["spec"]["containers"][0]["resources"]["limits"]["memory"], "48Mi")

    def test_a_pod_deleted_by_hand_is_a_disruption(self):
        self.make_controller().start()
        job, pod = self.start_long_job()
        self.kubectl("delete", "pod", pod, "--wait=false")
        self.assertIn(self.wait_second_attempt(job)["reason"], ("Evicted", "PodLost"))
        row = self.assert_ended_once(job)
        self.assertEqual((row["failures"], row["disruptions"]), (0, 1))

    def test_a_job_past_its_timeout_ends_as_one(self):
        self.make_controller().start()
        video = make_long_video(os.path.join(self.folder, "long.mkv"), 7200)
        job = self.database.submit(self.bucket.put_file("long.mkv", video),
                                   timeout_seconds=1, max_attempts=1)
        row = self.database.wait_end(job)
        self.assertEqual((row["state"], row["reason"]), ("failed", "DeadlineExceeded"),
                         row["message"])

    def test_an_unready_controller_is_replaced_by_a_new_one_that_adopts(self):
        first = self.make_controller("a").start()
        job, pod = self.start_long_job()
        first.send(signal.SIGKILL)
        self.make_controller("b").start()
        self.assertEqual(self.assert_ended_once(job)["attempt"], 1)
        self.assertEqual([one["metadata"]["name"] for one in self.pods()], [pod])


class Readiness(OperatorCase):
    def test_a_controller_that_cannot_see_its_pods_is_alive_but_not_ready(self):
        """Of a view that grows old, and is trusted again: tests/unit/controller."""
        with open(os.environ["VEXAA_TEST_KUBECONFIG"], encoding="utf-8") as file:
            text = re.sub(r"https://[^\s\",]+", "https://127.0.0.1:1", file.read())
        kubeconfig = os.path.join(self.folder, "nowhere")
        with open(kubeconfig, "w", encoding="utf-8") as file:
            file.write(text)
        controller = self.make_controller(settings=self.settings(kubeconfig=kubeconfig)).start()
        status, text = controller.admin("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("[-] pods: ", text)
        self.assertEqual(controller.admin("/livez")[0], 200)


if __name__ == "__main__":
    harness.main()
