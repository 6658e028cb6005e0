"""A short chaos run: 200 jobs, most by processes, the others by pods of the fake kubelet."""

import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import chaos  # noqa: E402
import harness  # noqa: E402

MINUTES = 2.5


class Chaos(unittest.TestCase):
    def check(self, jobs, pods):
        harness.need("VEXAA_TEST_S3_ENDPOINT", "VEXAA_FAULT_PROXY")
        seed = random.SystemRandom().randrange(10**6)
        print(f"seed {seed}", flush=True)
        verdict = chaos.chaos(seed, MINUTES, jobs, pods)
        verdict.show()
        self.assertEqual(verdict.line(), "lost 0, duplicated 0, stuck 0, litter 0", f"seed {seed}")

    def test_jobs_of_processes_end_once_whatever_fails(self):
        self.check(150, 0)

    def test_jobs_of_pods_end_once_whatever_fails(self):
        harness.need("VEXAA_TEST_KUBECONFIG")
        self.check(0, 50)


if __name__ == "__main__":
    harness.main()
