"""A namespace of a bench in the disposable cluster of VEXAA_TEST_KUBECONFIG."""
import json
import os
import subprocess
import time
import uuid

# the address of this machine on the pods' bridge
POD_HOST = os.environ.get("VEXAA_TEST_POD_HOST", "10.244.0.1")


def is_there():
    return bool(os.environ.get("VEXAA_TEST_KUBECONFIG"))


class Namespace:
    """Exists for a `with` block."""

    def __init__(self, access_key="a", secret_key="b"):
        if not is_there():
            raise SystemExit("bench/run: VEXAA_TEST_KUBECONFIG must name a disposable cluster")
        self.kubeconfig = os.environ["VEXAA_TEST_KUBECONFIG"]
        self.name = "vexaa-bench-" + uuid.uuid4().hex[:8]
        self._keys = access_key, secret_key

    def __enter__(self):
        self.kubectl("create", "namespace", self.name)
        self.kubectl("create", "serviceaccount", "vexaa-runner")
        self.kubectl("create", "secret", "generic", "vexaa-s3",
                     f"--from-literal=access-key={self._keys[0]}",
                     f"--from-literal=secret-key={self._keys[1]}")
        return self

    def __exit__(self, *_):
        self.kubectl("delete", "namespace", self.name, "--wait=false")

    def kubectl(self, *arguments):
        done = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, "--namespace", self.name,
                               *arguments], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def pods(self):
        return json.loads(self.kubectl("get", "pods", "--output=json"))["items"]

    def clear(self):
        """Deletes all pods, by one request, and waits until they are gone."""
        self.kubectl("delete", "--raw",
                     f"/api/v1/namespaces/{self.name}/pods?gracePeriodSeconds=0")
        while self.pods():
            time.sleep(0.2)

    def version(self):
        server = json.loads(self.kubectl("version", "--output=json"))["serverVersion"]
        return f"Kubernetes {server['gitVersion']}"

    def settings(self, **more):
        """The `kubernetes` part of a controller's configuration."""
        return {"kubeconfig": self.kubeconfig, "namespace": self.name, **more}


def as_posted(pod):
    """What must be POSTed to make such a pod; of nobody's installation, so that
    no controller hears of it."""
    metadata = pod["metadata"]
    labels = {**metadata["labels"], "vexaa.io/installation": str(uuid.uuid4())}
    kept = {"labels": labels, "annotations": metadata.get("annotations", {})}
    spec = {key: value for key, value in pod["spec"].items()
            if key not in ("nodeName", "priority", "preemptionPolicy")}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": kept, "spec": spec}
