"""Keeps a controller running, as systemd or a Deployment does."""

import signal
import subprocess
import threading

from harness import CONTROLLER


class Supervisor(threading.Thread):
    """Starts `controller` (a harness Controller or HostController) again whenever it ends."""

    def __init__(self, controller):
        super().__init__(daemon=True)
        self.controller = controller
        self.process = None
        self.starts = 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            with open(self.controller.log, "ab") as log:
                self.process = subprocess.Popen(
                    [CONTROLLER, "--config", self.controller.config], stdout=log, stderr=log,
                    stdin=subprocess.DEVNULL, env=self.controller.environment)
            self.starts += 1
            self.process.wait()
            self.stopping.wait(0.5)

    def end(self):
        """Stops it as an operator does; returns its exit code."""
        self.stopping.set()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
        self.join(60)
        return self.process.returncode if self.process else None
