"""Many rows on a real cluster with room for five pods: all end well, at no cost.

    back_pressure_test.py [--rows N] [Room.test_...]

API server, scheduler, quota, database and controller are real. The node is played by
this test: 10,000 runs of the runner would take the machine's two cores for an hour, so
a pod that is bound to it works for a moment, stages a small file where its run spec
says, and ends with the outcome that a runner would write.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import sys
import threading
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "chaos"))

import harness  # noqa: E402
from fake_kubelet import TAINT, FakeKubelet, now  # noqa: E402
from harness import wait_until  # noqa: E402
from kube_api import KubeApi  # noqa: E402
from operator_harness import OperatorCase  # noqa: E402

ROOM = 5
MAX_PENDING = 20
WORK_SECONDS = 0.2
AUDIO = b"audio " * 100


def stage(spec):
    """Makes the staged file of a run spec's one output, as the folder store does; its result."""
    (output,) = spec["plan"]["outputs"]
    folder, name = os.path.split(output["uri"].removeprefix("file://"))
    os.makedirs(folder, exist_ok=True)
    stage_name = f"{spec['job']}-{spec['attempt']}"
    with open(os.path.join(folder, f".{name}.vexaa-{stage_name}"), "xb") as file:
        file.write(AUDIO)
        file.flush()
        for key, value in (("token", spec["token"]),
                           ("source", hashlib.sha256(spec["source"]["uri"].encode()).hexdigest()),
                           ("profile", "mp3-128k")):
            os.setxattr(file.fileno(), f"user.vexaa.{key}", value.encode())
        made = os.fstat(file.fileno())
    seconds, rest = divmod(made.st_mtime_ns, 10**9)
    proof = f"{made.st_dev} {made.st_ino} {made.st_size} {seconds}.{rest}\n"
    return {"i": 0, "upload": f"{stage_name}:{made.st_dev:x}:{made.st_ino:x}", "parts": 1,
            "bytes": made.st_size, "digest": hashlib.sha256(proof.encode()).hexdigest(),
            "crc32": f"{zlib.crc32(AUDIO):08x}", "sha256": "", "samples": 44100, "ms": 1000,
            "track": 0, "lang": ""}


def outcome_of(spec):
    """The termination message of a runner that did well (lib/jobs/run_outcome.h)."""
    body = json.dumps({
        "v": 1, "job": spec["job"], "attempt": spec["attempt"], "token": spec["token"],
        "reason": "Succeeded", "message": "staged", "etag": "", "size": len(AUDIO),
        "read": len(AUDIO), "cpuMs": 1, "rss": 1, "mediaMs": 1000, "outputs": [stage(spec)]},
        separators=(",", ":"))
    return f'{body[:-1]},"crc":"{zlib.crc32(body.encode()):08x}"}}'


class ScriptedNode(FakeKubelet):
    """Pods bound to it end well after a moment, once `open` is set."""

    def __init__(self, api, name, folder, room):
        super().__init__(api, name, folder, seed=0, lie_share=0, room=room)
        self.open = threading.Event()
        self.workers = concurrent.futures.ThreadPoolExecutor(2 * MAX_PENDING)
        self.seen = set()
        self.lock = threading.Lock()
        self.working = self.most_working = 0
        self.errors = []

    def see(self, pod):
        uid = pod["metadata"]["uid"]
        if uid not in self.seen and "deletionTimestamp" not in pod["metadata"]:
            self.seen.add(uid)
            self.workers.submit(self.play, pod)

    def count(self, change):
        with self.lock:
            self.working += change
            self.most_working = max(self.most_working, self.working)

    def play(self, pod):
        try:
            self.count(1)
            started = now()
            self.open.wait()
            time.sleep(WORK_SECONDS)
            container = pod["spec"]["containers"][0]
            spec = next(json.loads(variable["value"]) for variable in container["env"]
                        if variable["name"] == "VEXAA_RUN_SPEC")
            message = outcome_of(spec)
            self.count(-1)  # before the scheduler can know of it
            self.report(pod, container, started, message)
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(f"{pod['metadata']['name']}: {error!r}")

    def report(self, pod, container, started, message):
        path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
        status, answer = self.api.patch(path + "/status", {
            "metadata": {"uid": pod["metadata"]["uid"]},
            "status": {"phase": "Succeeded", "startTime": started, "containerStatuses": [{
                "name": container["name"], "image": container["image"], "imageID": "",
                "ready": False, "restartCount": 0, "state": {"terminated": {
                    "exitCode": 0, "reason": "Completed", "startedAt": started,
                    "finishedAt": now(), "message": message}}}]}})
        if status != 200:
            raise AssertionError(answer)

    def end(self):
        self.open.set()
        super().end()
        self.workers.shutdown()


class Room(OperatorCase):
    """Rows in the hundreds, with `--rows` as many as you like."""

    ROWS = None

    def start(self, rows, room):
        """All rows, and a controller that meets a node with so much room."""
        self.api = KubeApi(os.environ["VEXAA_TEST_KUBECONFIG"])
        self.node = ScriptedNode(self.api, self.namespace, os.path.join(self.folder, "node"), room)
        self.node.start()
        self.addCleanup(self.node.end)
        settings = self.settings(
            nodeSelector={TAINT: self.namespace}, finishedPodTTL="10s",
            tolerations=[{"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}])
        settings["folder"] = {"roots": [self.folder], "outputRoot": self.folder}
        controller = self.make_controller(settings=settings)
        self.database.query("UPDATE queues SET max_running = 100, max_pending = %s", MAX_PENDING)
        self.rows = rows
        for first in range(0, rows, 500):
            some = range(first, min(first + 500, rows))
            self.database.query(
                "INSERT INTO jobs (source_uri, max_attempts) VALUES " +
                ", ".join(["(%s, 1)"] * len(some)),
                *(f"file://{self.folder}/videos/{number}.mp4" for number in some))
        self.begin = time.monotonic()
        return controller.start()

    def states(self):
        return {row["state"]: row["n"] for row in self.database.query(
            "SELECT state, COUNT(*) AS n FROM jobs GROUP BY state")}

    def end_all(self, controller):
        """Until every row has ended; the figures."""
        self.node.open.set()
        patience = 120 + self.rows
        wait_until(f"{self.rows} ends", lambda: self.done() == self.rows, patience)
        seconds = time.monotonic() - self.begin
        refused = len(controller.said("Runner pod refused"))
        print(f"[{self.rows} rows in {seconds:.0f} s, {refused} creations refused, at most "
              f"{self.node.most_working} pods at work]", end=" ", flush=True)
        return refused

    def done(self):
        time.sleep(0.2)  # a count of thousands of rows is no poll
        self.assertEqual(self.node.errors, [])
        states = self.states()
        self.assertEqual(states.get("failed", 0), 0)
        return states.get("succeeded", 0)

    def check(self):
        used = self.database.query(
            "SELECT COUNT(*) AS n, SUM(attempt) AS attempts, SUM(failures) AS failures, "
            "SUM(disruptions) AS disruptions FROM jobs")[0]
        self.assertEqual(tuple(int(used[key]) for key in (
            "n", "attempts", "failures", "disruptions")), (self.rows, self.rows, 0, 0))
        self.assertEqual(len(self.node.seen), self.rows)
        made = [name for _, _, names in os.walk(self.folder) for name in names
                if name.endswith(".mp3") or ".vexaa-" in name]
        self.assertEqual(len(made), self.rows)
        self.assertFalse([name for name in made if name.startswith(".")])

    def test_a_node_with_room_for_five(self):
        # The scheduler looks at what did not fit after pauses of up to 10 s.
        controller = self.start(self.ROWS or 60, ROOM)
        wait_until("those without room to say so", lambda: self.database.query(
            "SELECT COUNT(*) AS n FROM v_jobs WHERE reason = 'Unschedulable' "
            "AND message LIKE '%Too many pods%'")[0]["n"] == MAX_PENDING)
        waiting = self.rows - ROOM - MAX_PENDING
        self.assertEqual(self.states(), {"claimed": ROOM + MAX_PENDING, "queued": waiting})
        self.assertEqual(self.end_all(controller), 0)
        self.assertEqual(self.node.most_working, ROOM)
        self.check()

    def test_a_quota_of_five(self):
        self.kubectl("create", "quota", "few", f"--hard=pods={ROOM}")
        controller = self.start(self.ROWS or 300, 110)
        wait_until("a row to say so", lambda: self.database.query(
            "SELECT id FROM v_jobs WHERE reason = 'QuotaExceeded' "
            "AND message LIKE '%exceeded quota: few%'"))
        # How exactly a quota is kept is the cluster's matter: up to 9 pods were seen at
        # work under this one.
        self.assertGreater(self.end_all(controller), 0)
        self.check()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int)
    options, sys.argv[1:] = parser.parse_known_args()
    Room.ROWS = options.rows
    harness.main()
