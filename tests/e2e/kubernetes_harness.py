"""An installation of VExAA in a disposable cluster, for the tests of one class.

Everything goes through kubectl, as an operator's hands do: `apply -k` of an
overlay over manifests/base that names this test's database and object store.
The cluster comes from VEXAA_TEST_KUBECONFIG, the images vexaa/runner:TAG and
vexaa/controller:TAG in it from VEXAA_TEST_IMAGE_TAG. Pods reach the servers of
the test bed at VEXAA_TEST_POD_HOST.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import uuid

from harness import ROOT, Bucket, Case, Database, need

BASE = os.path.join(ROOT, "manifests", "base")
SAMPLES = os.path.join(ROOT, "manifests", "samples")
CRD = os.path.join(ROOT, "manifests", "crd", "audiojobs.yaml")
# The address of this machine on the pods' bridge, where cluster and test share one.
POD_HOST = os.environ.get("VEXAA_TEST_POD_HOST", "10.244.0.1")

# `bases` and these two kinds of patches are what kubectl 1.20 understands, and
# newer ones still take. Old ones do not rename a Namespace on their own.
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
bases: [{base}]
resources: [secrets.yaml]
configMapGenerator:
- name: vexaa-config
  behavior: replace
  files: [config.yaml]
patchesStrategicMerge: [controller.yaml]
patchesJson6902:
- target: {{version: v1, kind: Namespace, name: vexaa}}
  path: namespace.yaml
images:
- {{name: vexaa/controller, newName: vexaa/controller, newTag: "{tag}"}}
"""

NAMESPACE_PATCH = """\
- {{op: replace, path: /metadata/name, value: {namespace}}}
"""

# A test cluster may have neither DNS nor a service proxy: runners are told the
# address of the controller's pod. One that was replaced is not found again, and
# that may cost progress only.
CONTROLLER_PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: vexaa-controller}
spec:
  template:
    spec:
      containers:
      - name: controller
        env:
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: VEXAA_PROGRESS_URL, value: "http://$(POD_IP):8082/progress"}
"""


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


class Kubectl:
    """kubectl on one namespace of the test's cluster."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.command = ["kubectl", "--kubeconfig", os.environ["VEXAA_TEST_KUBECONFIG"],
                        "--namespace", namespace]

    def __call__(self, *arguments, check=True, timeout=180, input=""):
        """Its output as text; a failure is an AssertionError with all it said."""
        done = subprocess.run([*self.command, *arguments], input=input,
                              capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)} failed:\n"
                                 f"{done.stdout}{done.stderr}")
        return done.stdout

    def read(self, *arguments):
        return json.loads(self(*arguments, "--output=json"))


def install_audio_jobs():
    """The definition is the cluster's: it stays there for who comes next."""
    kubectl = Kubectl("default")
    kubectl("apply", "-f", CRD)
    kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/audiojobs.vexaa.io")


def fill_in(text, values):
    """The text with `change-me` replaced by each value in turn."""
    first, *rest = text.split("change-me")
    assert len(rest) == len(values), "another number of blanks"
    return first + "".join(value + after for value, after in zip(values, rest))


class Installation:
    """Namespace, accounts and controller; `start` returns when it is ready."""

    def __init__(self, folder, database, bucket):
        self.folder = os.path.join(folder, "overlay")
        self.database = database
        self.bucket = bucket
        self.namespace = "vexaa-e2e-" + uuid.uuid4().hex[:8]
        self.kubectl = Kubectl(self.namespace)
        self.user = "e2e_" + uuid.uuid4().hex[:12]
        self.password = uuid.uuid4().hex

    def start(self):
        self._check_servers()
        self._make_accounts()
        self._write_overlay()
        self.kubectl("apply", "--kustomize", self.folder)
        try:
            self.wait_ready()
        except AssertionError:
            self.explain()
            raise

    def wait_ready(self):
        self.kubectl("rollout", "status", "deployment/vexaa-controller", "--timeout=120s")

    def _check_servers(self):
        """A bed on loopback alone would only show as pods that wait for ever."""
        s3 = urllib.parse.urlsplit(self.bucket.endpoint)
        for port in (self.database.port, s3.port):
            try:
                socket.create_connection((POD_HOST, port), timeout=5).close()
            except OSError as error:
                raise AssertionError(
                    f"pods cannot reach the test bed at {POD_HOST}:{port} ({error}): "
                    "start it with VEXAA_BED_BIND=0.0.0.0, or set VEXAA_TEST_POD_HOST") from error

    def _make_accounts(self):
        """The schema's owner migrates; the controller may only read and write."""
        for name, rights in ((self.user + "_owner", "ALL PRIVILEGES"),
                             (self.user, "SELECT, INSERT, UPDATE, DELETE")):
            self.database.query(f"CREATE USER {name}@'%%' IDENTIFIED BY %s",
                                self.password, database=None)
            self.database.query(f"GRANT {rights} ON {self.database.name}.* TO {name}@'%'",
                                database=None)

    @property
    def endpoint(self):
        """The object store as pods reach it."""
        s3 = urllib.parse.urlsplit(self.bucket.endpoint)
        return f"{s3.scheme}://{POD_HOST}:{s3.port}"

    def _config(self):
        return json.dumps({
            "executor": "kubernetes",
            "database": {"host": POD_HOST, "port": self.database.port,
                         "name": self.database.name, "user": self.user,
                         "passwordFile": "/etc/vexaa/database/password", "tls": "off"},
            "stores": [{"name": "bed", "allowHttp": True,
                        "endpoint": self.endpoint, "buckets": [self.bucket.name],
                        "accessKeyFile": "/etc/vexaa/stores/main/access-key",
                        "secretKeyFile": "/etc/vexaa/stores/main/secret-key",
                        "runnerSecret": "vexaa-s3"}],
            "kubernetes": {"ownerConfigMap": "vexaa-owner",
                           "runnerImage": f"vexaa/runner:{image_tag()}"},
            "progress": {"address": "0.0.0.0", "port": 8082},
            "admin": {"address": "0.0.0.0", "port": 8080},
            "log": {"format": "json", "level": "debug"}}, indent=1)

    def _secrets(self):
        """The sample, filled in."""
        with open(os.path.join(SAMPLES, "secrets.yaml"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace("user: vexaa_owner", f"user: {self.user}_owner")
        return fill_in(text, [self.password, os.environ["VEXAA_TEST_S3_ACCESS_KEY"],
                              os.environ["VEXAA_TEST_S3_SECRET_KEY"], self.password])

    def _write_overlay(self):
        os.mkdir(self.folder)
        write(self.folder, "secrets.yaml", self._secrets())
        write(self.folder, "config.yaml", self._config())
        write(self.folder, "controller.yaml", CONTROLLER_PATCH)
        write(self.folder, "namespace.yaml", NAMESPACE_PATCH.format(namespace=self.namespace))
        base = os.path.relpath(BASE, os.path.realpath(self.folder))
        write(self.folder, "kustomization.yaml", KUSTOMIZATION.format(
            namespace=self.namespace, base=base, tag=image_tag()))

    def pods(self, selector):
        return self.kubectl.read("get", "pods", "--selector", selector)["items"]

    def runner_pods(self, job_id):
        """The pods of a job by their names."""
        return {pod["metadata"]["name"]: pod
                for pod in self.pods(f"vexaa.io/job-id={job_id}")}

    def controller_pod(self):
        """The controller pod that is not on its way out."""
        live = [pod for pod in self.pods("app.kubernetes.io/component=controller")
                if "deletionTimestamp" not in pod["metadata"]]
        return live[0] if live else None

    def kill(self, pod):
        """kill -9 of the program in a pod, which this machine must run."""
        pid = host_pid(pod["metadata"]["uid"])
        if pid is None:
            raise unittest.SkipTest("the pods' processes are not on this machine")
        os.kill(pid, 9)

    def explain(self):
        """Prints what an operator would look at first."""
        for arguments in (("get", "pods", "--output=wide"), ("get", "events"),
                          ("logs", "deployment/vexaa-controller", "--all-containers",
                           "--tail=100")):
            print(f"--- kubectl {' '.join(arguments)}")
            print(self.kubectl(*arguments, check=False)[-12000:])
        for table in ("jobs", "job_attempts"):
            for row in self.database.query(f"SELECT * FROM {table}"):
                print({key: str(value) for key, value in row.items() if value is not None})

    def remove(self):
        self.kubectl("delete", "namespace", self.namespace, "--ignore-not-found",
                     "--wait", "--timeout=120s")
        for name in (self.user, self.user + "_owner"):
            self.database.query(f"DROP USER IF EXISTS {name}@'%'", database=None)


def host_pid(pod_uid):
    """The process of our program in a pod, as this machine counts it."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
                groups = file.read().replace("_", "-")
            with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                program = file.read()
        except OSError:
            continue
        if f"pod{pod_uid}" in groups and program.startswith("vexaa-"):
            return int(pid)
    return None


def image_tag():
    return os.environ["VEXAA_TEST_IMAGE_TAG"]


class InstalledCase(Case):
    """Tests of one installation, one after another."""

    @classmethod
    def setUpClass(cls):
        need("VEXAA_TEST_KUBECONFIG", "VEXAA_TEST_IMAGE_TAG", "VEXAA_TEST_MARIADB",
             "VEXAA_TEST_S3_ENDPOINT")
        if not shutil.which("kubectl"):
            raise unittest.SkipTest("no kubectl: install kubernetes-client")
        cls.class_folder = tempfile.mkdtemp(prefix="vexaa-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.class_folder, ignore_errors=True)
        cls.database = Database(os.environ["VEXAA_TEST_MARIADB"])
        cls.addClassCleanup(cls.database.drop)
        cls.bucket = Bucket()
        cls.addClassCleanup(cls.bucket.drop)
        cls.installation = Installation(cls.class_folder, cls.database, cls.bucket)
        cls.kubectl = cls.installation.kubectl
        cls.addClassCleanup(cls.installation.remove)
        cls.installation.start()

    def setUp(self):
        super().setUp()
        self.addCleanup(self._explain_failure)

    def _explain_failure(self):
        if self._failed():
            print(f"--- {self.id()}")
            self.installation.explain()
