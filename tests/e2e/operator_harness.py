"""Controllers of this machine that work in a disposable cluster.

Unlike kubernetes_harness they are no pods themselves: a test starts two of
them, stops and kills them as processes, and reads their logs as they come.
"""

import json
import os
import shutil
import signal
import subprocess
import unittest
import urllib.parse
import urllib.request
import uuid

from harness import CONTROLLER, Bucket, Case, need, wait_until
from kubernetes_harness import POD_HOST, Kubectl, image_tag


class HostController:
    """One vexaa-controller process that makes pods in a namespace."""

    def __init__(self, folder, name, config):
        self.name = name
        self.config = os.path.join(folder, name + ".json")
        self.log = os.path.join(folder, name + ".log")
        self.process = None
        self.environment = dict(
            os.environ, AWS_ACCESS_KEY_ID=os.environ["VEXAA_TEST_S3_ACCESS_KEY"],
            AWS_SECRET_ACCESS_KEY=os.environ["VEXAA_TEST_S3_SECRET_KEY"])
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump(config, file, indent=1)

    def migrate(self):
        subprocess.run([CONTROLLER, "migrate", "--config", self.config], check=True,
                       stdout=subprocess.DEVNULL, env=self.environment)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([CONTROLLER, "--config", self.config], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL,
                                            env=self.environment)
        wait_until(f"{self.name} started", lambda: self.said("Controller started"))
        return self

    def send(self, number):
        self.process.send_signal(number)

    def end(self):
        if self.process and self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            self.process.wait(timeout=60)

    def lines(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return [json.loads(line) for line in file if line.startswith("{") and
                    line.endswith("}\n")]

    def said(self, message):
        """The lines with this message, oldest first."""
        return [line for line in self.lines() if line["msg"] == message]

    def admin(self, path):
        """Status and text of a page of its admin port."""
        port = self.said("Controller started")[-1]["adminPort"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        for line in self.admin("/metrics")[1].splitlines():
            if line.rsplit(" ", 1)[0] == name:
                return float(line.rsplit(" ", 1)[1])
        return None

    def leads(self):
        return self.metric("vexaa_leader") == 1


class OperatorCase(Case):
    """A namespace, a database and a bucket for each test."""

    def setUp(self):
        need("VEXAA_TEST_KUBECONFIG", "VEXAA_TEST_MARIADB", "VEXAA_TEST_S3_ENDPOINT")
        if not shutil.which("kubectl"):
            raise unittest.SkipTest("no kubectl: install kubernetes-client")
        super().setUp()
        self.controllers = []
        self.addCleanup(self._explain_failure)
        self.database = self.make_database()
        self.bucket = Bucket()
        self.addCleanup(self.bucket.drop)
        self.namespace = "vexaa-op-" + uuid.uuid4().hex[:8]
        self.kubectl = Kubectl(self.namespace)
        self.kubectl("create", "namespace", self.namespace)
        self.addCleanup(self.kubectl, "delete", "namespace", self.namespace, "--wait=false")
        self.kubectl("create", "serviceaccount", "vexaa-runner")
        self.kubectl("create", "secret", "generic", "vexaa-s3",
                     "--from-literal=access-key=" + os.environ["VEXAA_TEST_S3_ACCESS_KEY"],
                     "--from-literal=secret-key=" + os.environ["VEXAA_TEST_S3_SECRET_KEY"])

    def _explain_failure(self):
        if self._failed():
            for controller in self.controllers:
                with open(controller.log, encoding="utf-8", errors="replace") as file:
                    print(f"--- log of {controller.name}\n{file.read()[-6000:]}")
            for arguments in (("get", "pods", "--output=wide"), ("get", "events")):
                print(f"--- kubectl {' '.join(arguments)}")
                print(self.kubectl(*arguments, check=False)[-6000:])

    def settings(self, **kubernetes):
        """A configuration; keys of `kubernetes` come on top."""
        s3 = urllib.parse.urlsplit(self.bucket.endpoint)
        return {
            "executor": "kubernetes",
            "database": {"host": self.database.host, "port": self.database.port,
                         "name": self.database.name, "user": "root", "tls": "off"},
            "stores": [{"name": "bed", "endpoint": self.bucket.endpoint, "allowHttp": True,
                        "buckets": [self.bucket.name], "runnerSecret": "vexaa-s3",
                        "runnerEndpoint": f"{s3.scheme}://{POD_HOST}:{s3.port}"}],
            "kubernetes": {"kubeconfig": os.environ["VEXAA_TEST_KUBECONFIG"],
                           "namespace": self.namespace,
                           "runnerImage": f"vexaa/runner:{image_tag()}",
                           "cpuRequest": "50m", **kubernetes},
            "log": {"format": "json", "level": "debug"}}

    def make_controller(self, name="a", settings=None):
        controller = HostController(self.folder, name, settings or self.settings())
        controller.migrate()
        self.addCleanup(controller.end)
        self.controllers.append(controller)
        return controller

    def pods(self, *arguments):
        return self.kubectl.read("get", "pods", *arguments)["items"]

    def assert_ended_once(self, job_id):
        job = self.database.wait_end(job_id)
        self.assertEqual(job["state"], "succeeded", job["message"])
        return job
