"""Nodes that lie, and one that is lost: their jobs end once.

API server, scheduler, node lifecycle controller, database, storage, controller and
runner are real. The node is played by this test (tests/chaos/fake_kubelet.py), so
that it lies when it shall, and falls silent while its runner goes on.
"""

import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "chaos"))

import harness  # noqa: E402
from fake_kubelet import LIES, TAINT, FakeKubelet  # noqa: E402
from harness import SAMPLE, make_long_video, sha256_text, wait_until  # noqa: E402
from kube_api import KubeApi  # noqa: E402
from operator_harness import OperatorCase  # noqa: E402

UNREACHABLE = "node.kubernetes.io/unreachable"
# Until a silent node is tainted 20 to 25 s pass, then 1 s by this test's template, 30 s
# of the pod's grace and 60 s of the controller's patience; the rest is for slow machines.
LOSS_PATIENCE = 400


class Node(FakeKubelet):
    """Tells these lies, one a pod in the order they come, and then the truth."""

    def __init__(self, api, name, folder, pool, lies=()):
        assert set(lies) <= {None, *LIES}
        super().__init__(api, name, folder, seed=0, lie_share=0, pool=pool)
        self.script = list(lies)

    def draw_lie(self):
        return self.script.pop(0) if self.script else None


class Nodes(OperatorCase):
    def setUp(self):
        super().setUp()
        self.api = KubeApi(os.environ["VEXAA_TEST_KUBECONFIG"])
        self.bucket.keep_versions()

    def start_node(self, name="a", lies=()):
        node = Node(self.api, f"{self.namespace}-{name}", os.path.join(self.folder, name),
                    self.namespace, lies)
        node.start()
        self.addCleanup(node.end)
        return node

    def start_controller(self, tolerations=()):
        settings = self.settings(nodeSelector={TAINT: self.namespace}, tolerations=[
            {"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}, *tolerations])
        del settings["stores"][0]["runnerEndpoint"]  # the runners are on this machine
        settings["progress"] = {"address": "127.0.0.1", "port": 0}
        return self.make_controller(settings=settings).start()

    def submit(self, name, path=SAMPLE):
        return self.database.submit(self.bucket.put_file(name, path))

    def wait_first_end(self, job_id):
        """The first attempt's row once that is over."""
        (row,) = wait_until("the end of the first attempt", lambda: self.database.query(
            "SELECT reason, message, node_name FROM job_attempts WHERE job_id = %s "
            "AND attempt = 1 AND finished_at IS NOT NULL", job_id), LOSS_PATIENCE)
        return row

    def hurry(self, job_id):
        """The next attempt now, as an impatient user has it."""
        self.database.query("UPDATE jobs SET run_at = CURRENT_TIMESTAMP(6) "
                            "WHERE id = %s AND state = 'scheduled'", job_id)

    def counts(self, job_id):
        job = self.database.job(job_id)
        return job["attempt"], job["failures"], job["disruptions"]

    def reasons(self, job_id):
        return [row["reason"] for row in self.database.query(
            "SELECT reason FROM job_attempts WHERE job_id = %s ORDER BY attempt", job_id)]

    def check_one_object(self, job_id, name, path=SAMPLE):
        """Ended well: its own sound under its key, put there once, and nothing left over."""
        job = self.assert_ended_once(job_id)
        self.database.wait_swept(job_id)
        self.assert_one_audio(self.bucket, f"audio/{name}/mp3-128k.mp3", path)
        self.check_owner(job, name)
        return job

    def check_owner(self, job, name):
        """The one object that there ever was is of the job's last attempt."""
        key = f"audio/{name}/mp3-128k.mp3"
        self.assertEqual(self.bucket.versions(key), 1)
        told = self.bucket.head(key)["Metadata"]
        self.assertTrue(told["vexaa-token"].startswith(f"{job['id']}.{job['attempt']}."), told)
        self.assertEqual(told["vexaa-source"], sha256_text(job["source_uri"]))


class Lies(Nodes):
    """`Succeeded` without a proof is a crash of the runner, and costs one attempt."""

    def check_lie(self, job_id, name):
        row = self.wait_first_end(job_id)
        self.assertEqual(row["reason"], "RunnerCrashed", row["message"])
        self.assertIn("without an outcome though it exited 0", row["message"])
        self.hurry(job_id)
        self.check_one_object(job_id, name)
        self.assertEqual(self.counts(job_id), (2, 1, 0))
        self.assertEqual(self.reasons(job_id), ["RunnerCrashed", "Succeeded"])

    def lie(self, lie):
        self.start_node(lies=[lie])
        self.start_controller()
        self.check_lie(self.submit("talk.mp4"), "talk.mp4")

    def test_succeeded_without_an_outcome(self):
        self.lie("Succeeded without an outcome")

    def test_succeeded_with_a_cut_outcome(self):
        self.lie("Succeeded with a cut outcome")

    def test_succeeded_without_having_run(self):
        self.lie("Succeeded without having run")

    def test_succeeded_with_the_outcome_of_another_pod(self):
        node = self.start_node(lies=[None, "Succeeded with the outcome of another pod"])
        self.start_controller()
        other = make_long_video(os.path.join(self.folder, "other.mkv"), 7)
        honest = self.submit("other.mkv", other)
        self.check_one_object(honest, "other.mkv", other)
        self.assertEqual(len(node.outcomes), 1)  # what there is to lie with
        self.check_lie(self.submit("talk.mp4"), "talk.mp4")
        self.check_owner(self.database.job(honest), "other.mkv")
        self.assertEqual(self.counts(honest), (1, 0, 0))


class Loss(Nodes):
    def lose(self, node):
        """A job in whose middle its node is cut off and its runner halted; its video, its
        pod as it is played, and what that has staged."""
        video = make_long_video(os.path.join(self.folder, "long.mkv"), 240)
        self.job_id = self.submit("long.mkv", video)
        self.database.wait_state(self.job_id, "running")
        (left,) = wait_until("an open upload", self.bucket.open_uploads)
        node.heard.clear()
        (played,) = node.pods.values()
        played.process.send_signal(signal.SIGSTOP)
        self.addCleanup(played.process.kill)
        return video, played, left

    def taints(self, node):
        _, found = self.api.call("GET", f"/api/v1/nodes/{node.name}")
        return [(taint["key"], taint["effect"]) for taint in found["spec"].get("taints", [])]

    def wait_loss(self, lost):
        """Until the controller gives the pod up; says what took how long."""
        begin = time.monotonic()
        wait_until("the taint", lambda: (UNREACHABLE, "NoExecute") in self.taints(lost),
                   LOSS_PATIENCE, pause=0.5)
        tainted = time.monotonic()
        row = self.wait_first_end(self.job_id)
        print(f"[unreachable after {tainted - begin:.0f} s, given up after "
              f"{time.monotonic() - tainted:.0f} s more]", end=" ", flush=True)
        self.assertEqual((row["reason"], row["node_name"]), ("NodeLost", lost.name), row["message"])
        self.assertIn("did not end the deleted pod in time", row["message"])

    def test_a_lost_nodes_job_is_done_elsewhere_beside_its_zombie(self):
        begin = time.monotonic()
        lost = self.start_node("lost")
        self.start_controller(tolerations=[{
            "key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute",
            "tolerationSeconds": 1}])
        video, zombie, left = self.lose(lost)
        other = self.start_node("other")
        self.wait_loss(lost)
        wait_until("the next attempt at work", lambda: other.pods)
        self.assertNotIn(left, self.bucket.open_uploads())  # swept before that had a pod
        zombie.process.send_signal(signal.SIGCONT)
        wait_until("the zombie's end", lambda: zombie.process.poll() is not None)
        print(f"[the zombie went on beside the next attempt, and ended with "
              f"{zombie.process.returncode}]", end=" ", flush=True)
        job = self.check_one_object(self.job_id, "long.mkv", video)
        self.assertEqual(job["node_name"], other.name)
        lost.heard.set()
        wait_until("the end of the lost pod", lambda: f"vexaa-job-{self.job_id}-1" not in [
            pod["metadata"]["name"] for pod in self.pods()])
        self.check_owner(self.database.job(self.job_id), "long.mkv")
        self.assertEqual(self.counts(self.job_id), (2, 0, 1))
        self.assertEqual(self.reasons(self.job_id), ["NodeLost", "Succeeded"])
        print(f"[the node is back; {time.monotonic() - begin:.0f} s in all]", end=" ", flush=True)


if __name__ == "__main__":
    harness.main()
