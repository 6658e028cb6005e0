"""Starts and drives the fault proxy (tests/proxy/README.md) from Python.

    proxy = FaultProxy("--upstream", "http://127.0.0.1:8000")
    rule = proxy.add("lose_reply", method="POST", path="/pods$")
    ... proxy.port, proxy.met(rule), proxy.close()
"""

import json
import os
import socket
import subprocess

PROGRAM = os.environ.get("VEXAA_FAULT_PROXY", "fault_proxy")


class FaultProxy:
    """One fault_proxy process with the flags given; ends it in close()."""

    def __init__(self, *flags):
        self.process = subprocess.Popen([PROGRAM, *flags], stdout=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, text=True)
        started = self.process.stdout.readline()
        if not started:
            raise AssertionError(f"fault_proxy {' '.join(flags)} did not start")
        ports = json.loads(started)
        self.port = ports["port"]
        self.control = socket.create_connection(("127.0.0.1", ports["control"]))
        self.lines = self.control.makefile("rw", encoding="utf-8")

    def do(self, command, **arguments):
        self.lines.write(json.dumps({"do": command, **arguments}) + "\n")
        self.lines.flush()
        answer = json.loads(self.lines.readline())
        if not answer.pop("ok"):
            raise AssertionError(f"fault_proxy: {command}: {answer['error']}")
        return answer

    def add(self, fault, on="request", **rule):
        """The new rule's id."""
        rule_id = self.do("add", fault=fault, on=on, **rule)["id"]
        print(f"[rule {rule_id}: {fault} {on} {rule}]", end=" ", flush=True)
        return rule_id

    def remove(self, rule):
        self.do("remove", id=rule)

    def release(self, rule):
        return self.do("release", id=rule)["released"]

    def met(self, rule):
        return self.do("state")["met"].get(str(rule), 0)

    def log(self):
        return self.do("log")["log"]

    def cut_off(self):
        """As a server that went down: nobody gets in, all connections are reset."""
        print("[down]", end=" ", flush=True)
        self.do("refuse", on=True)
        self.do("reset_all")

    def restore(self):
        print("[up]", end=" ", flush=True)
        self.do("refuse", on=False)

    def pause(self, on):
        print("[silent]" if on else "[speaks]", end=" ", flush=True)
        self.do("pause", on=on)

    def close(self):
        self.lines.close()
        self.control.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
