"""The controller dies before and after each external call of a job's life, in turn.

A first job shows which calls there are: what the controller sends to the
database, to object storage and to the API server while a job lives, and does
not send when idle. Then each call meets kill -9 twice in the life of a job of
its own: before it arrives, and when it was applied but its reply never came.
The next controller must bring the job to its one end. On MySQL those steps are
run that a database decides; VEXAA_CRASH_ALL=1 runs every one there, too.
"""

import os
import queue
import re
import shutil
import tempfile
import threading
import time
import unittest

import crash_calls
import harness
from crash_end import expect
from crash_lane import AUDIO_JOB, CANCELLED, PLAIN, RETRIED, ProcessLane, Step
from harness import SAMPLE, decoded_samples, need, probe

LANES = 6
TRIES = 2
# Longer than the pause between two rounds of any of its duties, in seconds.
ROUND = 6
# An AudioJob shows what its row says whenever it looks: how often, is chance.
MOST_SHOWN = 2
# After so many findings the rest would only take time.
MOST_FINDINGS = 5
# Only made when two things meet: a sweep that comes too early is put off.
CHANCE = re.compile(r"SET cleanup_at = CURRENT_TIMESTAMP\(6\) \+ INTERVAL")
# Calls that are neither repeated nor chance, and that the list need not have.
MOST_UNMET = 2
# What must have been seen for the list to be believed: regular expressions.
COMMITS = [*(f"SET state = '{state}'.*; COMMIT$" for state in
             ("queued", "claimed", "running", "publishing")),
           "SET j.state = 'succeeded'"]
FLOOR = {
    PLAIN: [*COMMITS, "SET resolved_profile.*; COMMIT$", "^HEAD /@BUCKET@/audio/@SOURCE@",
            "^POST /@BUCKET@/.*uploadId=", "^GET /@BUCKET@/.*uploadId="],
    RETRIED: [*COMMITS, "SET state = \\?.*; COMMIT$", "SET cleanup_at = NULL.*; COMMIT$",
              "^DELETE /@BUCKET@/.*uploadId=", "^GET /@BUCKET@\\?.*uploads"],
    CANCELLED: ["SET state = \\?.*; COMMIT$", "SET cleanup_at = NULL.*; COMMIT$"]}
PODS = "/api/v1/namespaces/@NAMESPACE@/pods"
STATUS = "/apis/vexaa.io/v1alpha1/namespaces/@NAMESPACE@/audiojobs/@SOURCE@/status"
POD_FLOOR = {PLAIN: [*FLOOR[PLAIN], f"^POST {PODS}$", f"^DELETE {PODS}/@JOB@1"],
             RETRIED: [*FLOOR[RETRIED], f"^DELETE {PODS}/@JOB@2"],
             CANCELLED: [*FLOOR[CANCELLED], f"^DELETE {PODS}/@JOB@1"],
             AUDIO_JOB: ["^INSERT INTO jobs", f"^PATCH {STATUS}"]}


class Crashes:
    """Of one executor on one database server."""

    VARIABLE = ""
    FLOOR = FLOOR

    @classmethod
    def setUpClass(cls):
        need(cls.VARIABLE, "VEXAA_TEST_S3_ENDPOINT", "VEXAA_FAULT_PROXY")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vexaa-crash-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.lock = threading.Lock()
        self.lanes = 0
        self.findings = []
        self.reference = None  # the CRC of a good output
        self.unmet = []
        self.done = 0

    def make_lane(self, folder):
        return ProcessLane(folder, self.VARIABLE)

    def new_lane(self):
        with self.lock:
            self.lanes += 1
            number = self.lanes
        return self.make_lane(os.path.join(self.folder, f"lane-{number}"))

    def test_a_crash_at_every_step_leaves_one_end(self):
        start = time.monotonic()
        steps = self.all_steps()
        chosen = self.choose(steps)
        print(f"{len(steps)} steps, {len(chosen)} are run", flush=True)
        self.work_off(chosen)
        print(f"{self.done} steps ended as they must, {len(self.unmet)} calls did not come again, "
              f"{len(self.findings)} findings, {time.monotonic() - start:.0f} s", flush=True)
        self.assertEqual(self.findings, [])
        self.check_unmet()

    def check_unmet(self):
        firsts = [step for step in self.unmet
                  if step.call.nth == 0 and not CHANCE.search(step.call.text)]
        self.assertEqual([str(step) for step in firsts if self.is_needed(step)], [])
        calls = {str(step.call) for step in firsts}
        self.assertLessEqual(len(calls), MOST_UNMET, calls)

    # Which calls are there?
    def all_steps(self):
        lane = self.new_lane()
        try:
            idle = self.record_idle(lane)
            known, steps = set(), []
            for life in self.FLOOR:
                calls = self.record(lane, life, idle)
                self.check_floor(life, calls)
                new = [call for call in calls if self.is_new(life, call, known)]
                known.update(call.kind() for call in calls)
                print(f"{life.name}: {len(calls)} calls, {len(new)} to crash at", flush=True)
                steps += [Step(life, call, before) for call in new for before in (True, False)]
            return steps
        finally:
            lane.close()

    @staticmethod
    def is_new(life, call, known):
        """Calls after a cancel are their own; of other lives only kinds not met before."""
        if life == AUDIO_JOB and call.nth >= MOST_SHOWN:
            return False
        return life == CANCELLED or call.kind() not in known

    def record_idle(self, lane):
        """What a controller without jobs calls, once nothing new of it has come for a while."""
        lane.start()
        idle, last_new = set(), time.monotonic()
        while time.monotonic() < last_new + ROUND:
            kinds = crash_calls.kinds(lane.logs(), lane.own_names())
            if kinds - idle:
                idle, last_new = idle | kinds, time.monotonic()
            time.sleep(0.2)
        return idle

    def record(self, lane, life, idle):
        lane.clear_logs()
        lane.live(life)
        crc = lane.check(self.reference)
        if life == PLAIN:
            self.reference = crc
            self.check_audio(lane)
        lane.wait_clean()
        since = lane.turned_at if life == CANCELLED else 0
        return crash_calls.calls(lane.logs(), lane.names(), idle, since)

    def check_audio(self, lane):
        path = os.path.join(self.folder, "got.mp3")
        with open(path, "wb") as file:
            file.write(lane.bucket.get(lane.key))
        self.assertEqual(probe(path), ("mp3", 44100, 2))
        self.assertEqual(decoded_samples(path), decoded_samples(SAMPLE))

    def check_floor(self, life, calls):
        texts = "\n".join(call.full_text() for call in calls)
        for pattern in self.FLOOR[life]:
            self.assertRegex(texts, f"(?m){pattern}", f"{life.name}: not among the calls")

    def is_needed(self, step):
        """Whether no life of this kind comes to its end without the call."""
        return any(re.search(pattern, step.call.full_text())
                   for pattern in self.FLOOR[step.life])

    def choose(self, steps):
        all_of_them = os.environ.get("VEXAA_CRASH_ALL") == "1"
        # What takes longest begins first.
        return sorted((step for step in steps if all_of_them or self.is_wanted(step)),
                      key=lambda step: not step.patient)

    @staticmethod
    def is_wanted(_step):
        return True

    # Crash at them.
    def work_off(self, steps):
        waiting = queue.SimpleQueue()
        for step in enumerate(steps, 1):
            waiting.put((*step, len(steps)))
        threads = [threading.Thread(target=self.run_lane, args=(waiting,)) for _ in range(LANES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def run_lane(self, waiting):
        lane = None
        try:
            while len(self.findings) < MOST_FINDINGS:
                number, step, count = waiting.get_nowait()
                lane = lane or self.new_lane()
                lane = self.run_step(lane, step, f"{number}/{count}")
        except queue.Empty:
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.find("a lane broke", error)
        self.leave(lane)

    def leave(self, lane):
        if not lane:
            return
        try:
            lane.start()
            lane.wait_clean()
        except Exception as error:  # pylint: disable=broad-except
            self.find("at the end of a lane", error)
        lane.close()

    def run_step(self, lane, step, number):
        """The lane to go on with: what failed leaves nothing to build on."""
        start = time.monotonic()
        try:
            for _ in range(TRIES):
                crashed = lane.live(step.life, step)
                expect("exit code", lane.controller.stop(), 0)
                lane.check(self.reference)
                if crashed:
                    break
        except Exception as error:  # pylint: disable=broad-except
            self.find(f"{number} {step}", error, lane)
            lane.close()
            return None
        self.tell(number, step, crashed, time.monotonic() - start)
        return lane

    def tell(self, number, step, crashed, seconds):
        with self.lock:
            self.done += 1
            if not crashed:
                self.unmet.append(step)
            end = "one end" if crashed else f"the call did not come in {TRIES} lives"
            print(f"{number} {step}: {end}, {seconds:.1f} s", flush=True)

    def find(self, where, error, lane=None):
        with self.lock:
            self.findings.append(f"{where}: {error}")
            print(f"FOUND {where}: {error!r}", flush=True)
            if lane:
                print(f"--- log of its controllers\n{lane.controller.text()[-6000:]}", flush=True)


class ProcessesOnMariaDb(Crashes, unittest.TestCase):
    VARIABLE = "VEXAA_TEST_MARIADB"


class ProcessesOnMySql(Crashes, unittest.TestCase):
    VARIABLE = "VEXAA_TEST_MYSQL"

    @staticmethod
    def is_wanted(step):
        """The rest does not depend on the server, or is undone with its transaction."""
        return step.call.commits()


class PodsOnMariaDb(Crashes, unittest.TestCase):
    VARIABLE = "VEXAA_TEST_MARIADB"
    FLOOR = POD_FLOOR

    @classmethod
    def setUpClass(cls):
        need("VEXAA_TEST_KUBECONFIG")
        super().setUpClass()
        if not shutil.which("kubectl"):
            raise unittest.SkipTest("no kubectl: install kubernetes-client")

    def setUp(self):
        super().setUp()
        from crash_pods import Node
        self.node = Node(self.folder)
        self.addCleanup(self.node.close)

    def make_lane(self, folder):
        from crash_pods import PodLane
        return PodLane(folder, self.VARIABLE, self.node)


if __name__ == "__main__":
    harness.main()
