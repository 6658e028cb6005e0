"""AudioJobs, as a platform user meets them: kubectl alone.

The resource definition is the cluster's, so it is installed once and left there
when it was there before. A second controller of the cluster would not mind:
each serves its own namespace.
"""

import json
import os
import shutil
import signal
import tempfile

import harness
from harness import SAMPLE, kill_if_there, make_long_video, need, wait_until
from kubernetes_harness import host_pid, install_audio_jobs
from operator_harness import OperatorCase


def is_told_to_stop(process):
    """Whether SIGTERM waits for a process that is held, or it is gone."""
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            (pending,) = (line.split()[1] for line in file if line.startswith("ShdPnd:"))
    except (FileNotFoundError, ProcessLookupError):
        return True
    return bool(int(pending, 16) >> (signal.SIGTERM - 1) & 1)


class AudioJobCase(OperatorCase):
    def setUp(self):
        super().setUp()
        install_audio_jobs()

    def apply(self, name="talk", **spec):
        manifest = os.path.join(self.folder, name + ".json")
        with open(manifest, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "vexaa.io/v1alpha1", "kind": "AudioJob",
                       "metadata": {"name": name}, "spec": spec}, file)
        self.kubectl("apply", "-f", manifest)

    def status(self, name="talk"):
        return self.kubectl.read("get", "audiojob", name).get("status", {})

    def wait_job(self, name="talk"):
        """The number of the row it became."""
        return wait_until("a row", lambda: self.status(name).get("jobId"))

    def wait_condition(self, condition, name="talk"):
        self.kubectl("wait", f"--for=condition={condition}", f"audiojob/{name}",
                     "--timeout=120s")

    def conditions(self, name="talk"):
        return {c["type"]: c["status"] for c in self.status(name)["conditions"]}

    def source(self, name="talk.mp4"):
        return self.bucket.put_file(name, SAMPLE)


class AudioJobs(AudioJobCase):
    def test_apply_wait_and_get_show_one_job_from_beginning_to_end(self):
        self.make_controller().start()
        self.apply(sourceURI=self.source())
        self.wait_condition("Finished")
        status = self.status()
        self.assertEqual((status["state"], status["reason"], status["progress"]),
                         ("succeeded", "Succeeded", 100))
        self.assertEqual(self.conditions(), {"Accepted": "True", "Succeeded": "True",
                                             "Finished": "True"})
        job = self.database.job(status["jobId"])
        self.assertEqual(status["outputURI"], job["output_uri"])
        self.assertEqual(status["podName"], job["pod_name"])
        self.assert_one_audio(self.bucket, "audio/talk.mp4/mp3-128k.mp3", SAMPLE)
        line = self.kubectl("get", "aj", "--no-headers").split()
        self.assertEqual(line[:5], ["talk", "succeeded", "100", "Succeeded", "mp3-128k"])
        described = self.kubectl("describe", "audiojob", "talk")
        self.assertRegex(described, r"Normal\s+Succeeded")
        owner = self.pods()[0]["metadata"]["ownerReferences"][0]
        self.assertEqual((owner["kind"], owner["name"], owner["controller"]),
                         ("AudioJob", "talk", True))

    def test_explain_describes_every_field(self):
        for field, words in (("spec.sourceURI", "The video"), ("spec.options", "bitrate"),
                             ("status.conditions", "Finished")):
            self.assertIn(words, self.kubectl("explain", f"audiojob.{field}"))

    def test_the_server_refuses_what_the_schema_knows_to_be_wrong(self):
        with self.assertRaisesRegex(AssertionError, "spec.sourceURI"):
            self.apply(sourceURI="ftp://x/y")
        with self.assertRaisesRegex(AssertionError, "maxAttempts"):
            self.apply(sourceURI="s3://v/a", maxAttempts=0)

    def test_a_job_at_fault_finishes_with_its_sentence(self):
        self.make_controller().start()
        self.apply(sourceURI=f"s3://{self.bucket.name}/nothing.mp4", profile="unheard-of")
        self.wait_condition("Finished")
        status = self.status()
        self.assertEqual((status["state"], status["reason"]), ("failed", "InvalidJob"))
        self.assertIn("there is no profile 'unheard-of'", status["message"])
        self.assertEqual(self.conditions()["Succeeded"], "False")
        self.assertRegex(self.kubectl("describe", "aj", "talk"), r"Warning\s+InvalidJob")

    def test_deleting_cancels_what_has_not_ended_and_nothing_else(self):
        self.make_controller().start()
        self.apply("done", sourceURI=self.source("done.mp4"))
        self.wait_condition("Succeeded", "done")
        done = self.wait_job("done")
        before = self.database.job(done)
        self.database.query("UPDATE queues SET state = 'paused'")
        self.apply("waits", sourceURI=self.source())
        waits = self.wait_job("waits")
        self.kubectl("delete", "aj", "done", "waits")
        self.assertEqual(self.database.wait_end(waits)["state"], "cancelled")
        self.assertEqual(self.database.job(done), before)

    def test_deleting_while_no_controller_runs_cancels_at_its_next_start(self):
        controller = self.make_controller().start()
        self.database.query("UPDATE queues SET state = 'paused'")
        self.apply(sourceURI=self.source())
        job = self.wait_job()
        controller.send(signal.SIGKILL)
        controller.process.wait()
        self.kubectl("delete", "aj", "talk")
        controller.start()
        self.assertEqual(self.database.wait_end(job)["state"], "cancelled")

    def test_one_whose_row_was_purged_never_runs_again(self):
        controller = self.make_controller().start()
        self.apply(sourceURI=self.source())
        self.wait_condition("Succeeded")
        self.database.query("DELETE FROM jobs WHERE id = %s", self.wait_job())
        controller.end()
        controller.start()
        self.apply("next", sourceURI=self.source("next.mp4"))
        self.wait_condition("Succeeded", "next")
        rows = self.database.query("SELECT cr_name FROM jobs")
        self.assertEqual([row["cr_name"] for row in rows], ["next"])
        self.assertEqual(self.conditions()["Succeeded"], "True")

    def test_only_priority_may_change_once_it_is_accepted(self):
        self.make_controller().start()
        self.database.query("UPDATE queues SET state = 'paused'")
        source = self.source()
        self.apply(sourceURI=source)
        job = self.wait_job()
        self.apply(sourceURI=source, priority=7)
        wait_until("the priority", lambda: self.database.job(job)["priority"] == 7)
        self.apply(sourceURI=source, priority=7, profile="flac")
        self.wait_condition("SpecChanged")
        self.assertEqual(self.database.job(job)["profile"], "mp3-128k")

    def test_without_the_resource_everything_else_works(self):
        settings = self.settings(audioJobs=False)
        controller = self.make_controller(settings=settings).start()
        job = self.database.submit(self.source())
        self.assertEqual(self.database.wait_end(job)["state"], "succeeded")
        self.assertFalse(controller.said("Could not list AudioJobs"))


class Running(AudioJobCase):
    """AudioJobs deleted while their runners work, pods of the cluster."""

    # So long that a runner has not ended before it is held.
    SECONDS = 1200
    # Until the cluster has taken a pod away: 30 s of grace, and what its node takes.
    PODS_PATIENCE = 400

    @classmethod
    def setUpClass(cls):
        need("VEXAA_TEST_KUBECONFIG", "VEXAA_TEST_IMAGE_TAG")
        folder = tempfile.mkdtemp(prefix="vexaa-e2e-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.video = make_long_video(os.path.join(folder, "long.mkv"), cls.SECONDS)

    def begin(self, name):
        """An AudioJob in the middle of its work, held there; its row's number and its process."""
        self.apply(name, sourceURI=self.bucket.put_file(name, self.video))
        job = self.wait_job(name)
        wait_until("an open upload", lambda: any(
            f"audio/{name}/" in key for key, _ in self.bucket.open_uploads()))
        self.database.wait_state(job, "running")
        return job, self.hold(job)

    def hold(self, job):
        (pod,) = self.pods_of(job)
        process = host_pid(pod["metadata"]["uid"])
        if process is None:
            self.skipTest("the pods' processes are not on this machine")
        os.kill(process, signal.SIGSTOP)
        self.addCleanup(kill_if_there, process, signal.SIGCONT)
        return process

    def pods_of(self, job):
        return self.pods("-l", f"vexaa.io/job-id={job}")

    def wait_no_pod(self, job):
        wait_until("no pod", lambda: not self.pods_of(job), self.PODS_PATIENCE)

    def check_cancelled(self, job):
        """By its owner, and nothing of it is left."""
        ended = self.database.wait_end(job)
        self.assertEqual((ended["state"], ended["reason"]), ("cancelled", "Cancelled"))
        self.database.wait_swept(job)
        self.assertIsNone(self.database.output(job)["output_lock"])
        self.wait_no_pod(job)

    def check_storage(self, *sources):
        wait_until("no upload", self.has_no_upload, pause=0.5)
        self.assertEqual(self.bucket.keys(), sorted(sources))

    def has_no_upload(self):
        """One that a runner names as it leaves is kept for 15 minutes: they are over."""
        self.database.query("UPDATE stale_uploads SET not_before = CURRENT_TIMESTAMP(6)")
        return (not self.bucket.open_uploads()
                and not self.database.query("SELECT * FROM stale_uploads"))

    def let_go(self, job, process):
        """Once its row is cancelled and it has been told to stop: it cannot end before."""
        self.database.wait_end(job)
        wait_until("SIGTERM", lambda: is_told_to_stop(process))
        kill_if_there(process, signal.SIGCONT)

    def test_deleting_stops_the_runner_and_leaves_nothing(self):
        self.make_controller().start()
        job, process = self.begin("talk")
        self.kubectl("delete", "aj", "talk")
        self.let_go(job, process)
        self.check_cancelled(job)
        self.check_storage("talk")

    def test_deleting_while_no_controller_runs_stops_the_runner_at_its_next_start(self):
        """The cluster's garbage collector takes the pod of one; the other's is left to work."""
        # no Lease: its end would be waited for
        settings = dict(self.settings(), leaderElection={"enabled": False})
        controller = self.make_controller(settings=settings).start()
        (taken, takens_process), (left, lefts_process) = self.begin("taken"), self.begin("left")
        controller.send(signal.SIGKILL)
        controller.process.wait()
        os.kill(takens_process, signal.SIGCONT)
        self.kubectl("delete", "aj", "taken")
        self.kubectl("delete", "aj", "left", "--cascade=orphan")
        self.wait_no_pod(taken)
        self.assertEqual(self.pods_of(left)[0]["status"]["phase"], "Running")
        self.assertEqual([self.database.job(job)["state"] for job in (taken, left)],
                         ["running", "running"])
        controller.start()
        self.let_go(left, lefts_process)
        self.check_cancelled(taken)
        self.check_cancelled(left)
        self.check_storage("taken", "left")


if __name__ == "__main__":
    harness.main()
