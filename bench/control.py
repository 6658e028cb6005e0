"""A vexaa-controller of a bench, on the servers of the bench."""
import datetime
import json
import os
import signal
import subprocess
import time

PATIENCE = 600  # seconds; a bench that hangs ends


def database_of(server, name="bench"):
    return {"host": "127.0.0.1", "port": server.port, "name": name, "user": "root", "tls": "off"}


class Controller:
    """Runs for a `with` block; a schema of its own is made first."""

    def __init__(self, program, folder, config, environment=None):
        self._program, self._config = str(program), folder / "controller.json"
        self._environment = {**os.environ, **(environment or {})}
        self.log = folder / "controller.log"
        self._config.write_text(json.dumps(
            {"log": {"format": "json", "level": "info"}, **config}, indent=1))

    def __enter__(self):
        command = [self._program, "--config", str(self._config)]
        subprocess.run([self._program, "migrate", *command[1:]], check=True,
                       stdout=subprocess.DEVNULL, env=self._environment)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=self._environment)
        self._lines = Lines(self.log)
        self.wait_for("Controller started", 1)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def wait_for(self, message, count):
        """The next `count` log lines with that message; times as Unix seconds."""
        found, end = [], time.monotonic() + PATIENCE
        while True:
            found += [line for line in self._lines.new() if line["msg"] == message]
            if len(found) >= count:
                return found
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"bench/run: {len(found)} of {count} lines '{message}' in "
                                 f"{self.log}:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.01)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def forget_past_lines(self):
        self._lines.new()


class Lines:
    """Follows a log of JSON lines."""

    def __init__(self, path):
        self._file = open(path, encoding="utf-8", errors="replace")
        self._rest = ""

    def new(self):
        *whole, self._rest = (self._rest + self._file.read()).split("\n")
        lines = [json.loads(line) for line in whole if line.startswith("{")]
        for line in lines:
            line["at"] = datetime.datetime.fromisoformat(line["ts"].replace("Z", "+00:00")).timestamp()
        return lines
