#!/usr/bin/env python3
"""The controller's program refuses a wrong configuration at its start: exit code
78, and each error with its place and what is right there. Needs no server."""
import os
import pathlib
import subprocess
import tempfile
import unittest

CONTROLLER = os.environ.get("VEXAA_CONTROLLER", "")
REFUSED = 78
PODS = "stores: [{name: a, provider: aws, buckets: [videos]}]\n"
PROCESSES = "executor: process\nprocess: {directory: /tmp}\nfolder: {roots: [/tmp]}\n"


class RefusedConfig(unittest.TestCase):
    def setUp(self):
        self.assertTrue(CONTROLLER, "VEXAA_CONTROLLER names the program to test")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "controller.yaml"

    def start(self, text, *flags, **environment):
        self.file.write_text(text)
        return subprocess.run([CONTROLLER, "--config", self.file, *flags], env=environment,
                              capture_output=True, text=True, timeout=60)

    def errors_of(self, text, *flags, **environment):
        """What it says below its first line, without the folder's name."""
        ended = self.start(text, *flags, **environment)
        self.assertEqual(ended.returncode, REFUSED, ended.stderr)
        self.assertEqual(ended.stdout, "", "it had begun to work")
        first, *errors = ended.stderr.splitlines()
        self.assertEqual(first, "vexaa-controller: the configuration is wrong:")
        return [error.replace(f"{self.file}:", "file:") for error in errors]

    def test_a_value_of_the_wrong_type(self):
        self.assertEqual(
            self.errors_of(PROCESSES + "database:\n  port: many\n"),
            ["file:5: database.port: must be a whole number between 1 and 65535, not 'many'"])

    def test_an_unknown_key(self):
        self.assertEqual(
            self.errors_of(PROCESSES + "databse: {host: x}\n"),
            ["file:4: databse: is no key that is known here; did you mean 'database'?"])

    def test_a_wrong_pod_template(self):
        errors = self.errors_of(PODS + "kubernetes:\n"
                                "  cpuRequest: much\n"
                                "  volumes:\n"
                                "  - name: root\n"
                                "    hostPath: {path: /}\n")
        self.assertEqual(len(errors), 2, errors)
        self.assertRegex(errors[0], "^file:3: kubernetes.cpuRequest: .*'much'")
        self.assertRegex(errors[1], "^file:6: kubernetes.volumes: 'hostPath' is none of .*emptyDir")

    def test_times_of_leader_election_that_do_not_fit(self):
        self.assertEqual(
            self.errors_of(PODS + "leaderElection:\n  leaseDuration: 10s\n  renewDeadline: 10s\n"),
            ["file:3: leaderElection.leaseDuration: must be longer than renewDeadline, or two may lead"])

    def test_a_file_that_is_no_yaml(self):
        self.assertRegex(self.errors_of("executor: process\n  a: [\n")[0], "^file:2: not YAML: ")

    def test_a_variable(self):
        errors = self.errors_of(PROCESSES, VEXAA_WORKERS="some")
        self.assertEqual(errors, ["VEXAA_WORKERS: workers: must be a whole number between 1 and 64, not 'some'"])

    def test_also_before_a_migration_and_when_it_is_only_checked(self):
        for flag in ("migrate", "--check-config"):
            self.assertRegex(self.errors_of(PROCESSES + "workers: 0\n", flag)[0], "^file:4: workers: ")

    def test_a_file_that_is_not_there(self):
        ended = subprocess.run([CONTROLLER, "--config", self.file], env={}, capture_output=True,
                               text=True, timeout=60)
        self.assertEqual(ended.returncode, REFUSED)
        self.assertEqual(ended.stderr, f"vexaa-controller: cannot read {self.file}\n")

    def test_nothing_of_a_right_one(self):
        ended = self.start(PROCESSES, "--check-config")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
