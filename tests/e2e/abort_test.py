"""Abort beside Complete: what happens at the moment of publishing.

On RADOS Gateway an Abort that overlaps a Complete destroys the published object
when its garbage is collected. Here jobs are cancelled, their runners stopped
and their controller killed just as they are being published; then the garbage
is collected by force, and every published object must still be whole.
"""

import os
import random
import signal
import subprocess
import time
import zlib

import harness
from harness import SAMPLE, Case, kill_if_there, need, wait_until

JOBS = 24


class AtTheMomentOfPublishing(Case):
    def setUp(self):
        super().setUp()
        need("VEXAA_TEST_RGW_DIR")
        self.database = self.make_database()
        self.bucket = self.make_bucket()
        self.controller = self.make_controller(self.database, self.bucket).start()
        self.seed = int(os.environ.get("VEXAA_TEST_SEED", random.randrange(10**6)))
        self.random = random.Random(self.seed)
        print(f"seed {self.seed}", flush=True)

    def collect_garbage(self):
        subprocess.run(
            ["radosgw-admin", "-c",
             os.path.join(os.environ["VEXAA_TEST_RGW_DIR"], "ceph.conf"),
             "gc", "process", "--include-all"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_staged(self, job_id):
        """Until the runner has written its outcome, or the job moved on."""
        outcome = os.path.join(self.controller.runs, f"vexaa-job-{job_id}-1", "outcome")
        wait_until("an outcome", lambda: os.path.exists(outcome) or
                   self.database.job(job_id)["state"] in ("succeeded", "failed"))

    def disturb(self, job_id, kind):
        if kind == "cancel":
            self.database.query(
                "UPDATE jobs SET desired_state = 'cancelled' WHERE id = %s", job_id)
        elif kind == "stop runners":
            for pid in self.controller.runner_pids():
                kill_if_there(pid, signal.SIGTERM)
        else:
            self.controller.kill()
            self.controller.start()

    def submit_and_disturb(self, index):
        source = self.bucket.put_file(f"talk{index}.mp4", SAMPLE)
        job_id = self.database.submit(source)
        kind = ("cancel", "stop runners", "kill controller")[index % 3]
        self.wait_staged(job_id)
        # From before the row is taken to publishing until after it is done.
        self.pause(self.random.uniform(0, 0.06))
        self.disturb(job_id, kind)
        return job_id

    @staticmethod
    def pause(seconds):
        """Spins: the moment itself is what is tested, not what comes after."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pass

    def check_whole(self, job):
        key = job["output_uri"].split("/", 3)[3]
        content = self.bucket.get(key)
        output = self.database.output(job["id"])
        self.assertEqual(len(content), output["bytes"], key)
        self.assertEqual(f"{zlib.crc32(content):08x}", output["crc32"], key)
        return key

    def test_no_published_object_is_ever_lost(self):
        ids = [self.submit_and_disturb(index) for index in range(JOBS)]
        jobs = [self.database.wait_end(job_id) for job_id in ids]
        for job_id in ids:
            self.database.wait_swept(job_id)
        self.collect_garbage()
        states = {}
        keys = []
        for job in jobs:
            states.setdefault(job["state"], []).append(job["id"])
            self.assertIn(job["state"], ("succeeded", "cancelled"), job["message"])
            if job["state"] == "succeeded":
                keys.append(self.check_whole(job))
        print({state: len(of) for state, of in states.items()}, flush=True)
        sources = [f"talk{index}.mp4" for index in range(JOBS)]
        self.assertEqual(self.bucket.keys(), sorted(keys + sources))
        self.assertEqual(self.bucket.open_uploads(), [])


if __name__ == "__main__":
    harness.main()
