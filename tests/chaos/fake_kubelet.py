"""A node that is this test: it runs the real runner for the pods bound to it.

It registers a tainted node, keeps it alive, and plays the kubelet: status as a
kubelet writes it, SIGTERM and a grace period for a deleted pod, the termination
message from the runner's own file. It can also lie, as nodes do that fail at
the wrong moment: see LIES.
"""

import base64
import datetime
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

from harness import RUNNER

TAINT = "vexaa.io/fake-node"
GRACE_SECONDS = 30
# What a node may tell or do instead of the truth, and how often.
LIES = {
    "Succeeded without an outcome": 1,
    "Succeeded with a cut outcome": 1,
    "Succeeded with the outcome of another pod": 1,
    "Succeeded without having run": 1,
    "Failed after a success": 1,
    "evicted": 1,
    "vanished with its pod": 1,
}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class FakePod(threading.Thread):
    """One pod's life on the node."""

    def __init__(self, kubelet, pod, lie):
        super().__init__(daemon=True)
        self.kubelet = kubelet
        self.pod = pod
        self.lie = lie
        self.name = pod["metadata"]["name"]
        self.namespace = pod["metadata"]["namespace"]
        self.path = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
        self.folder = os.path.join(kubelet.folder, pod["metadata"]["uid"])
        self.process = None
        self.deleted = threading.Event()
        self.started_at = None

    def run(self):
        try:
            self.live()
        except Exception as error:  # pylint: disable=broad-except
            print(f"fake kubelet: {self.name}: {error!r}", flush=True)
        finally:
            self.finish()

    def live(self):
        os.mkdir(self.folder)
        self.started_at = now()
        if self.lie == "Succeeded without having run":
            self.end(0, "")
            return
        if self.deleted.is_set():
            self.end(137, "")
            return
        self.process = subprocess.Popen([RUNNER], env=self.environment(), cwd=self.folder,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        self.report({"phase": "Running", "containerStatuses": [self.container(
            {"running": {"startedAt": self.started_at}})]})
        self.misbehave()

    def misbehave(self):
        if self.lie == "vanished with its pod":
            time.sleep(0.2)
            self.process.kill()
            self.process.wait()
            self.delete()
            return
        if self.lie == "evicted":
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.report({"phase": "Failed", "reason": "Evicted",
                         "message": "The node was low on resource: memory."})
            return
        code = self.wait()
        message = self.outcome()
        if code == 0 and self.lie == "Succeeded without an outcome":
            message = ""
        elif code == 0 and self.lie == "Succeeded with a cut outcome":
            message = message[:-10]
        elif code == 0 and self.lie == "Succeeded with the outcome of another pod":
            message = self.kubelet.another_outcome(message)
        elif code == 0 and self.lie == "Failed after a success":
            code = 1
        self.kubelet.keep_outcome(message)
        self.end(code, message)

    def wait(self):
        """The exit code; a deleted pod gets SIGTERM, and SIGKILL after its grace."""
        told = None
        while self.process.poll() is None:
            if self.deleted.is_set() and told is None:
                self.process.send_signal(signal.SIGTERM)
                told = time.monotonic()
            if told and time.monotonic() > told + GRACE_SECONDS:
                self.process.kill()
            time.sleep(0.02)
        code = self.process.returncode
        return 128 - code if code < 0 else code

    def environment(self):
        env = {"PATH": os.environ["PATH"]}
        container = self.pod["spec"]["containers"][0]
        mounts = {m["mountPath"]: self.mount(m["name"]) for m in container.get("volumeMounts", [])}
        for variable in container["env"]:
            value = variable.get("value", "")
            for path, folder in mounts.items():
                value = value.replace(path + "/", folder + "/")
            env[variable["name"]] = value
        env["VEXAA_OUTCOME_FILE"] = os.path.join(self.folder, "termination-log")
        env["VEXAA_ADMIN_ADDRESS"] = "127.0.0.1:0"  # a pod has a network of its own
        return env

    def mount(self, volume):
        """A folder with the files of a Secret."""
        spec = next(v for v in self.pod["spec"]["volumes"] if v["name"] == volume)
        folder = os.path.join(self.folder, "mount-" + volume)
        os.makedirs(folder)
        secret = spec.get("secret")
        if secret:
            _, found = self.kubelet.api.insist(
                "GET", f"/api/v1/namespaces/{self.namespace}/secrets/{secret['secretName']}")
            for key, data in found.get("data", {}).items():
                with open(os.path.join(folder, key), "wb") as file:
                    file.write(base64.b64decode(data))
        return folder

    def outcome(self):
        try:
            with open(os.path.join(self.folder, "termination-log"), encoding="utf-8") as file:
                return file.read(4096)
        except FileNotFoundError:
            return ""

    def container(self, state):
        container = self.pod["spec"]["containers"][0]
        return {"name": container["name"], "image": container["image"], "imageID": "", "ready": False,
                "restartCount": 0, "state": state}

    def end(self, code, message):
        terminated = {"exitCode": code, "reason": "Completed" if code == 0 else "Error",
                      "startedAt": self.started_at, "finishedAt": now(), "message": message}
        self.report({"phase": "Succeeded" if code == 0 else "Failed",
                     "containerStatuses": [self.container({"terminated": terminated})]})

    def report(self, status):
        self.kubelet.heard.wait()
        status.setdefault("startTime", self.started_at)
        self.kubelet.api.patch(self.path + "/status", {
            "metadata": {"uid": self.pod["metadata"]["uid"]}, "status": status})

    def delete(self):
        self.kubelet.api.insist("DELETE", self.path, {
            "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
            "preconditions": {"uid": self.pod["metadata"]["uid"]}})

    def finish(self):
        """The API forgets a deleted pod when its node says that it is over."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.deleted.wait(timeout=0 if self.kubelet.stopping.is_set() else 3600):
            self.delete()


class FakeKubelet:
    """One node; `start` returns when pods can be bound to it.

    Pods that select a `pool`, its name unless told, come to it.
    """

    def __init__(self, api, name, folder, seed, lie_share, room=110, pool=None):
        self.api = api
        self.room = room
        self.name = name
        self.pool = pool or name
        self.folder = folder
        self.random = random.Random(f"{seed}/kubelet")
        self.lie_share = lie_share
        self.stopping = threading.Event()
        self.heard = threading.Event()  # and hears; clear: cut off, its runners go on
        self.heard.set()
        self.pods = {}
        self.lies = {}
        self.outcomes = []
        self.threads = []

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        self.api.call("POST", "/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": self.name, "labels": {TAINT: self.pool}},
            "spec": {"taints": [{"key": TAINT, "value": self.pool, "effect": "NoSchedule"}]}})
        self.beat()
        for target in (self.keep_alive, self.follow):
            thread = threading.Thread(target=target, daemon=True)
            thread.start()
            self.threads.append(thread)

    def beat(self):
        size = {"cpu": "64", "memory": "64Gi", "pods": str(self.room), "ephemeral-storage": "100Gi"}
        self.api.patch(f"/api/v1/nodes/{self.name}/status", {"status": {
            "capacity": size, "allocatable": size,
            "conditions": [{"type": "Ready", "status": "True", "reason": "FakeKubelet",
                            "message": "a test", "lastHeartbeatTime": now(),
                            "lastTransitionTime": now()}]}})

    def keep_alive(self):
        while not self.stopping.wait(5):
            self.heard.wait()
            try:
                self.beat()
            except OSError:
                continue

    def follow(self):
        path = f"/api/v1/pods?fieldSelector=spec.nodeName%3D{self.name}"
        while not self.stopping.is_set():
            self.heard.wait()
            try:
                status, found = self.api.call("GET", path)
            except OSError:
                status = None
            if status != 200:
                self.stopping.wait(1)
                continue
            for pod in found["items"]:
                self.see(pod)
            version = found["metadata"]["resourceVersion"]
            for event in self.api.watch(f"{path}&watch=1&timeoutSeconds=60&resourceVersion={version}"):
                if not self.heard.is_set():
                    break
                if event["type"] not in ("ADDED", "MODIFIED") or self.stopping.is_set():
                    continue
                self.see(event["object"])

    def see(self, pod):
        uid = pod["metadata"]["uid"]
        known = self.pods.get(uid)
        if known is None:
            known = FakePod(self, pod, self.draw_lie())
            self.pods[uid] = known
            known.start()
        if "deletionTimestamp" in pod["metadata"]:
            known.deleted.set()

    def draw_lie(self):
        if self.random.random() >= self.lie_share:
            return None
        lie = self.random.choice(list(LIES))
        self.lies[lie] = self.lies.get(lie, 0) + 1
        return lie

    def keep_outcome(self, message):
        if message:
            self.outcomes = self.outcomes[-20:] + [message]

    def another_outcome(self, message):
        others = [other for other in self.outcomes if other != message]
        return self.random.choice(others) if others else json.dumps({"v": 1})

    def runner_pids(self):
        return [pod.process.pid for pod in list(self.pods.values())
                if pod.process and pod.process.poll() is None]

    def end(self):
        self.stopping.set()
        self.heard.set()
        for pod in list(self.pods.values()):
            pod.deleted.set()
            if pod.process and pod.process.poll() is None:
                pod.process.kill()
        self.api.call("DELETE", f"/api/v1/nodes/{self.name}")
