"""A few calls of the Kubernetes API, with the client certificate of a kubeconfig."""

import base64
import contextlib
import http.client
import json
import ssl
import tempfile
import threading
import time
import urllib.parse

import yaml

MERGE_PATCH = "application/merge-patch+json"
PATIENCE = 120  # seconds, about


class KubeApi:
    """Thread-safe: each thread has a connection of its own."""

    def __init__(self, kubeconfig):
        with open(kubeconfig, encoding="utf-8") as file:
            config = yaml.safe_load(file)
        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        self.address = urllib.parse.urlsplit(cluster["server"])
        self.context = ssl.create_default_context(cadata=self._data(cluster, "certificate-authority").decode())
        with tempfile.NamedTemporaryFile() as both:
            both.write(self._data(user, "client-certificate") + b"\n" + self._data(user, "client-key"))
            both.flush()
            self.context.load_cert_chain(both.name)
        self.local = threading.local()

    @staticmethod
    def _data(section, name):
        if name + "-data" in section:
            return base64.b64decode(section[name + "-data"])
        with open(section[name], "rb") as file:
            return file.read()

    def connect(self, timeout=30):
        return http.client.HTTPSConnection(self.address.hostname, self.address.port,
                                           context=self.context, timeout=timeout)

    def call(self, method, path, body=None, kind="application/json"):
        """Status code and answer; connection errors are tried again once."""
        for last in (False, True):
            if not hasattr(self.local, "connection"):
                self.local.connection = self.connect()
            try:
                self.local.connection.request(
                    method, path, body=json.dumps(body) if body is not None else None,
                    headers={"Content-Type": kind})
                answer = self.local.connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text) if text else {}
            except (OSError, http.client.HTTPException) as error:
                self.local.connection.close()
                del self.local.connection
                if last:
                    raise ConnectionError(f"{method} {path}: {error!r}") from error

    def insist(self, method, path, body=None, kind="application/json"):
        """The same, again and again while the server is away, as a kubelet does."""
        for _ in range(PATIENCE):
            with contextlib.suppress(OSError):
                status, found = self.call(method, path, body, kind)
                # one that is starting may refuse whom it will serve in a moment
                if status < 500 and status not in (401, 403, 429):
                    return status, found
            time.sleep(1)
        raise TimeoutError(f"{method} {path}: the API server did not answer")

    def patch(self, path, body):
        return self.insist("PATCH", path, body, MERGE_PATCH)

    def is_ready(self):
        connection = self.connect(timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def watch(self, path):
        """The events of a watch, until the server ends it or says nothing for a while."""
        connection = self.connect(timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            while answer.status == 200:
                line = answer.readline()
                if not line.endswith(b"\n"):  # cut, or over
                    return
                yield json.loads(line)
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()
