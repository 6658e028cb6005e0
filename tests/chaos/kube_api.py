"""A few calls of the Kubernetes API, with the client certificate of a kubeconfig."""

import base64
import http.client
import json
import ssl
import tempfile
import threading
import urllib.parse

import yaml


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
            except (OSError, http.client.HTTPException):
                self.local.connection.close()
                del self.local.connection
                if last:
                    raise

    def patch(self, path, body):
        return self.call("PATCH", path, body, "application/merge-patch+json")

    def watch(self, path):
        """The events of a watch, until the server ends it or says nothing for a while."""
        connection = self.connect(timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            while answer.status == 200:
                line = answer.readline()
                if not line:
                    return
                yield json.loads(line)
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()
