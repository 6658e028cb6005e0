"""Lanes of the crash test whose runners are pods, on a node that the test plays.

The API server is real; its node is tests/chaos/fake_kubelet.py, which runs the
real runner for each pod and never lies here.
"""

import json
import os
import sys
import uuid

import harness
from crash_end import expect
from crash_lane import TTL, Lane
from harness import ROOT
from kubernetes_harness import Kubectl

sys.path.insert(0, os.path.join(ROOT, "tests", "chaos"))

from fake_kubelet import TAINT, FakeKubelet  # noqa: E402
from kube_api import KubeApi  # noqa: E402


class Node:
    """The node of all lanes."""

    def __init__(self, folder):
        kubectl = Kubectl("default")
        kubectl("apply", "-f", os.path.join(ROOT, "manifests", "crd", "audiojobs.yaml"))
        kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/audiojobs.vexaa.io")
        self.api = KubeApi(os.environ["VEXAA_TEST_KUBECONFIG"])
        self.kubelet = FakeKubelet(self.api, "vexaa-crash-" + uuid.uuid4().hex[:8],
                                   os.path.join(folder, "kubelet"), seed=0, lie_share=0)
        self.kubelet.start()

    def close(self):
        self.kubelet.end()


class PodLane(Lane):
    """A namespace of its own beside the rest."""

    def __init__(self, folder, variable, node):
        self.node = node
        super().__init__(folder, variable)

    def make_controller(self):
        self.namespace = "vexaa-crash-" + uuid.uuid4().hex[:8]
        kubectl = Kubectl(self.namespace)
        kubectl("create", "namespace", self.namespace)
        self.closing.callback(kubectl, "delete", "namespace", self.namespace, "--wait=false")
        kubectl("create", "serviceaccount", "vexaa-runner")
        kubectl("create", "secret", "generic", "vexaa-s3",
                "--from-literal=access-key=" + os.environ["VEXAA_TEST_S3_ACCESS_KEY"],
                "--from-literal=secret-key=" + os.environ["VEXAA_TEST_S3_SECRET_KEY"])
        harness.Controller(self.folder, self.database, self.bucket).migrate()
        self.installation = self.database.query("SELECT uuid FROM installation")[0]["uuid"]
        kubeconfig = os.path.join(self.folder, "kubeconfig")
        self.proxies["api"] = self.proxy("--kubeconfig", os.environ["VEXAA_TEST_KUBECONFIG"],
                                         "--write-kubeconfig", kubeconfig)
        controller = harness.Controller(self.folder, self.database, self.bucket)
        with open(controller.config, "w", encoding="utf-8") as file:
            json.dump(self.settings(kubeconfig), file)
        return controller

    def settings(self, kubeconfig):
        database = self.database.through(self.proxies["database"].port)
        tolerated = [{"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}]
        return {
            "executor": "kubernetes",
            "database": {"host": database.host, "port": database.port, "name": database.name,
                         "user": "root", "tls": "off"},
            "stores": [{"name": "bed", "allowHttp": True, "buckets": [self.bucket.name],
                        "runnerSecret": "vexaa-s3",
                        "endpoint": self.bucket.through(self.proxies["storage"].port).endpoint,
                        "runnerEndpoint": self.bucket.through(self.runner_proxy.port).endpoint}],
            "kubernetes": {"kubeconfig": kubeconfig, "namespace": self.namespace,
                           "runnerImage": "vexaa/runner:crash", "cpuRequest": "50m",
                           "nodeSelector": {TAINT: self.node.kubelet.name},
                           "tolerations": tolerated,
                           "finishedPodTTL": TTL, "failedPodTTL": TTL},
            # A Lease would be waited for after each crash, and leader_test does.
            "leaderElection": {"enabled": False},
            "log": {"format": "json", "level": "debug"}}

    def own_names(self):
        return {**super().own_names(), "NAMESPACE": self.namespace,
                "INSTALLATION": self.installation}

    def apply(self, uri):
        self.name = self.source.removesuffix(".mp4")
        made, answer = self.node.api.call("POST", self.resources(), {
            "apiVersion": "vexaa.io/v1alpha1", "kind": "AudioJob",
            "metadata": {"name": self.name}, "spec": {"sourceURI": uri}})
        expect("AudioJob made", made, 201)
        self.uid = answer["metadata"]["uid"]

    def resources(self):
        return f"/apis/vexaa.io/v1alpha1/namespaces/{self.namespace}/audiojobs"

    def find_job(self):
        rows = self.database.query("SELECT id FROM jobs WHERE cr_uid = %s", self.uid)
        return rows[0]["id"] if rows else None

    def status(self):
        return self.node.api.call("GET", f"{self.resources()}/{self.name}")[1].get("status", {})

    def is_over(self, job):
        return super().is_over(job) and (
            not self.life.resource or self.status().get("state") == job["state"])

    def check(self, reference=None):
        if self.life.resource:
            status = self.status()
            expect("status", [status.get(key) for key in ("jobId", "state", "reason")],
                   [self.job_id, "succeeded", "Succeeded"])
            expect("conditions", {c["type"]: c["status"] for c in status["conditions"]},
                   dict.fromkeys(("Accepted", "Succeeded", "Finished"), "True"))
        return super().check(reference)

    def runners(self):
        return [pod.process.pid for pod in list(self.node.kubelet.pods.values())
                if pod.namespace == self.namespace and pod.process and
                pod.process.poll() is None]

    def left_over(self):
        _, found = self.node.api.call("GET", f"/api/v1/namespaces/{self.namespace}/pods")
        return [f"pod {pod['metadata']['name']}" for pod in found["items"]] + \
            [f"runner {pid}" for pid in self.runners()]
