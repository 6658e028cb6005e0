"""The pods' half of a chaos run: a leader and a standby on a real API server."""

import os
import uuid

import checker
import disturbers
import servers
import stage
from fake_kubelet import TAINT, FakeKubelet
from fault_proxy import FaultProxy
from kube_api import KubeApi
from kubernetes_harness import Kubectl
from operator_harness import HostController

LIE_SHARE = 0.08


class Pods(stage.Stage):
    """Runners as pods, on a node that this test plays."""

    name = "pods"

    def __init__(self, *arguments, api_server=None):
        super().__init__(*arguments)
        self.api_server = api_server  # the file with the process id of one that may be killed

    def make_controllers(self):
        kubeconfig = os.environ["VEXAA_TEST_KUBECONFIG"]
        self.namespace = "vexaa-chaos-" + uuid.uuid4().hex[:8]
        self.api = KubeApi(kubeconfig)
        self.kubectl = Kubectl(self.namespace)
        self.kubectl("create", "namespace", self.namespace)
        self.defer(self.kubectl, "delete", "namespace", self.namespace, "--wait=false")
        self.kubectl("create", "serviceaccount", "vexaa-runner")
        self.kubectl("create", "secret", "generic", "vexaa-s3",
                     "--from-literal=access-key=" + os.environ["VEXAA_TEST_S3_ACCESS_KEY"],
                     "--from-literal=secret-key=" + os.environ["VEXAA_TEST_S3_SECRET_KEY"])
        self.kubelet = FakeKubelet(self.api, self.namespace, os.path.join(self.folder, "kubelet"),
                                   self.seed, LIE_SHARE)
        self.kubelet.start()
        self.defer(self.kubelet.end)
        through = os.path.join(self.folder, "through.kubeconfig")
        self.api_proxy = FaultProxy("--kubeconfig", kubeconfig, "--write-kubeconfig", through)
        self.defer(self.api_proxy.close)
        direct = HostController(self.folder, "direct", self.settings(kubeconfig, self.database))
        direct.migrate()
        behind = self.database.through(self.sql_proxy.port)
        return [HostController(self.folder, name, self.settings(through, behind)) for name in ("a", "b")]

    def settings(self, kubeconfig, database):
        storage = self.bucket.through(self.s3_proxy.port)
        return {
            "executor": "kubernetes",
            "database": {"host": database.host, "port": database.port, "name": database.name,
                         "user": "root", "tls": "off"},
            "stores": [{"name": "bed", "endpoint": storage.endpoint, "allowHttp": True,
                        "buckets": [storage.name], "runnerSecret": "vexaa-s3"}],
            "kubernetes": {"kubeconfig": kubeconfig, "namespace": self.namespace,
                           "runnerImage": "vexaa/runner:chaos", "cpuRequest": "50m",
                           "nodeSelector": {TAINT: self.namespace},
                           "tolerations": [{"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}],
                           "finishedPodTTL": f"{stage.FINISHED_POD_TTL}s",
                           "failedPodTTL": f"{stage.FINISHED_POD_TTL}s"},
            "progress": {"address": "127.0.0.1", "port": 0},
            "log": {"format": "json", "level": "debug"}}

    def make_disturbers(self):
        made = super().make_disturbers() + [disturbers.ApiProxy(self.seed, self.api_proxy)]
        if self.api_server:
            server = servers.ApiServer(self.api_server, self.api)
            made.append(disturbers.RestartApiServer(self.seed, server))
        return made

    def runner_pids(self):
        return self.kubelet.runner_pids()

    def left_over(self):
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        _, found = self.api.insist("GET", path)
        return checker.left_of_pods(found["items"])

    def tell(self):
        super().tell()
        lies = ", ".join(f"{count} x {lie}" for lie, count in sorted(self.kubelet.lies.items()))
        stage.say(f"pods: the node lied: {lies or 'never'}")
