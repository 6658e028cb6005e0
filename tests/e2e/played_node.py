"""Controllers of a real cluster whose pods run on a node that the test plays.

No image is needed, a runner starts at once, and what it stages can be held
back: so a test says itself when each runner ends.
"""

import contextlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "chaos"))

from fake_kubelet import TAINT, FakeKubelet  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from harness import SAMPLE, wait_until  # noqa: E402
from kube_api import KubeApi  # noqa: E402
from operator_harness import OperatorCase  # noqa: E402


class Node(FakeKubelet):
    """Also while it is cut off from the API server, that believes it to be alive: in
    earnest the one who counts its heartbeats would be cut off, too."""

    def keep_alive(self):
        while not self.stopping.wait(5):
            with contextlib.suppress(OSError):
                self.beat()


class PlayedNodeCase(OperatorCase):
    """`api` speaks to the API server itself; pods end up on `node`, once it is started."""

    TTL = "1s"

    def setUp(self):
        super().setUp()
        self.bucket.keep_versions()
        self.api = KubeApi(os.environ["VEXAA_TEST_KUBECONFIG"])
        self.storage = self.start_proxy("--upstream", self.bucket.endpoint)
        self.held = {}

    def start_proxy(self, *flags):
        proxy = FaultProxy(*flags)
        self.addCleanup(proxy.close)
        return proxy

    def start_node(self, room):
        self.node = Node(self.api, self.namespace, os.path.join(self.folder, "node"), seed=0,
                         lie_share=0, room=room)
        self.node.start()
        self.addCleanup(self.node.end)

    def settings(self, **kubernetes):
        settings = super().settings(
            nodeSelector={TAINT: self.namespace}, finishedPodTTL=self.TTL, failedPodTTL=self.TTL,
            tolerations=[{"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}],
            **kubernetes)
        settings["stores"][0]["runnerEndpoint"] = self.bucket.through(self.storage.port).endpoint
        settings["progress"] = {"address": "127.0.0.1", "port": 0}
        return settings

    def submit(self, name, database=None):
        return (database or self.database).submit(self.bucket.put_file(name, SAMPLE))

    def hold(self, name):
        """The runner of this source cannot stage anything until `let_go`."""
        self.held[name] = self.storage.add("hold", method="PUT", path=f"/{name}/", count=-1)

    def wait_held(self, name):
        wait_until(f"the runner of {name}", lambda: self.storage.met(self.held[name]))

    def let_go(self, *names):
        """What comes later passes; what is held goes on or is sent again."""
        for name in names:
            rule = self.held.pop(name)
            self.storage.release(rule)
            self.storage.remove(rule)

    def check_first_attempts(self, jobs, database=None):
        """Each of `jobs` (ids by source) succeeded at its first try, and was published once."""
        database = database or self.database
        for name, job_id in jobs.items():
            job = database.wait_end(job_id)
            self.assertEqual(
                (job["state"], job["attempt"], job["failures"], job["disruptions"]),
                ("succeeded", 1, 0, 0), f"{name}: {job['reason']} {job['message']}")
            database.wait_swept(job_id)
            self.assertEqual(self.bucket.versions(f"audio/{name}/mp3-128k.mp3"), 1, name)

    def check_no_litter(self, pods):
        """So many pods there were, each once; their TTL is over, and nothing is left."""
        names = [pod.name for pod in self.node.pods.values()]
        self.assertEqual((len(names), len(set(names))), (pods, pods), names)
        wait_until("the pods past their TTL to go", lambda: not self.pods())
        self.assertEqual(self.bucket.open_uploads(), [])
        self.assertEqual(self.node.runner_pids(), [])
