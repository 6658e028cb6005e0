"""A lane of the crash test: a database, a bucket and a controller behind fault proxies.

One job at a time lives in it. The runner has a proxy of its own, so that what
the others see are the controller's calls alone.
"""

import contextlib
import dataclasses
import datetime
import os
import time

import crash_calls
import crash_end
import harness
from fault_proxy import FaultProxy
from harness import SAMPLE, kill_if_there, wait_until

PROFILE_FILE = "mp3-128k.mp3"
# A call that did not come so long after the job was over does not come.
GIVE_UP_AFTER = 15
# Lanes share a few cores: none looks more often than this.
PAUSE = 0.05
# How long pods and folders of finished attempts are kept.
TTL = "1s"


@dataclasses.dataclass(frozen=True)
class Life:
    """A way through a job's states."""

    name: str
    reasons: tuple  # that its attempts end with
    turn: str = ""  # what its first runner meets with its upload open
    resource: bool = False  # asked for by an AudioJob, not by a row

    @property
    def end(self):
        return ("cancelled", "Cancelled") if self.turn == "cancel" else ("succeeded", "Succeeded")


PLAIN = Life("plain", ("Succeeded",))
# Retry, sweep, abort.
RETRIED = Life("retried", ("RunnerCrashed", "Succeeded"), turn="kill")
CANCELLED = Life("cancelled", ("Cancelled",), turn="cancel")
AUDIO_JOB = Life("AudioJob", ("Succeeded",), resource=True)


@dataclasses.dataclass(frozen=True)
class Step:
    """Where the controller dies: before the call arrives, or after it was applied."""

    life: Life
    call: crash_calls.Call
    before: bool

    @property
    def patient(self):
        """The one step that waits in earnest until a publish may be taken over."""
        return not self.before and self.call.completes()

    def __str__(self):
        return f"{self.life.name}: {'before' if self.before else 'after '} {self.call}"


class Quiet(FaultProxy):
    """Lanes speak at the same time: their rules are told by their steps."""

    def add(self, fault, on="request", **rule):
        return self.do("add", fault=fault, on=on, **rule)["id"]


class Lane:
    """Not thread-safe; close() removes all that it made."""

    def __init__(self, folder, variable):
        self.closing = contextlib.ExitStack()
        self.folder = folder
        self.count = 0
        self.starts = 0
        os.makedirs(folder)
        try:
            self.open(variable)
        except BaseException:
            self.close()
            raise

    def open(self, variable):
        self.database = harness.Database(os.environ[variable])
        self.closing.callback(self.database.drop)
        self.bucket = harness.Bucket()
        self.bucket.keep_versions()
        self.closing.callback(self.bucket.drop)
        self.proxies = {
            "database": self.proxy("--upstream", f"mysql://127.0.0.1:{self.database.port}"),
            "storage": self.proxy("--upstream", self.bucket.endpoint)}
        self.runner_proxy = self.proxy("--upstream", self.bucket.endpoint)
        self.controller = self.make_controller()
        self.closing.callback(self.end_runners)
        self.closing.callback(self.controller.stop)

    def proxy(self, *flags):
        proxy = Quiet(*flags)
        self.closing.callback(proxy.close)
        return proxy

    def close(self):
        self.closing.close()

    # Of the executor.
    def make_controller(self):
        raise NotImplementedError

    def own_names(self):
        """What is this lane's own in the paths of requests."""
        return {"BUCKET": self.bucket.name}

    def runners(self):
        """The pids of the runners that live."""
        raise NotImplementedError

    def end_runners(self):
        for pid in self.runners():
            kill_if_there(pid)

    def left_over(self):
        """What is still there of jobs that are over, as sentences."""
        raise NotImplementedError

    # One job.
    def submit(self):
        self.count += 1
        self.source = f"crash-{self.count:04}.mp4"
        self.key = f"audio/{self.source}/{PROFILE_FILE}"
        uri = self.bucket.put_file(self.source, SAMPLE)
        self.job_id = self.apply(uri) if self.life.resource else self.insert(uri)

    def insert(self, uri):
        """Not due before tomorrow: there is time to lay a trap for it."""
        tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        return self.database.submit(uri, run_at=tomorrow.replace(tzinfo=None))

    def apply(self, uri):
        """Makes an AudioJob; None: its row is the controller's to make."""
        raise NotImplementedError

    def find_job(self):
        """The row of the AudioJob, once there is one."""
        raise NotImplementedError

    def names(self):
        return {"SOURCE": self.source.removesuffix(".mp4"), "JOB": f"vexaa-job-{self.job_id}-",
                **self.own_names()}

    def live(self, life, step=None):
        """A job from its row to its end, disturbed by the step; True: the crash happened."""
        self.life, self.step, self.crashed, self.over_since = life, step, False, None
        self.turned_at = None
        self.submit()
        self.part = None
        if life.turn:
            self.part = self.runner_proxy.add("hold", method="PUT", path="partNumber=")
        if step:
            self.lay_trap()
        if not self.works():
            self.start()
        wait_until(f"the end of {step or life.name}", self.go_on, pause=PAUSE)
        self.take_traps_away()
        self.runner_proxy.do("remove_all")
        return self.crashed

    def works(self):
        process = self.controller.process
        return process is not None and process.poll() is None

    def start(self):
        """Returns when it takes signals: a step may be over before that."""
        self.starts += 1
        self.controller.start()
        wait_until("the start of a controller", lambda: self.controller.text().count(
            "Controller started") == self.starts or not self.works(), pause=PAUSE)

    def lay_trap(self):
        call = self.step.call
        fault = {"fault": "hold"} if self.step.before else {
            "fault": "stall", "after": -1}  # nothing of the reply arrives
        self.trapped = self.proxies[call.proxy]
        self.trap = self.trapped.do("add", **fault, **call.rule(self.names()))["id"]

    def take_traps_away(self):
        for proxy in self.proxies.values():
            proxy.do("remove_all")

    def struck(self):
        if self.step.before:
            return self.trapped.met(self.trap) > 0
        return self.trapped.do("state")["stalled_connections"] > 0

    def go_on(self):
        """True when nothing of the job is left to be done."""
        if self.step and not self.crashed and self.struck():
            self.crash()
        self.job_id = self.job_id or self.find_job()
        if not self.job_id:
            return False
        if self.part and not self.turned_at and self.runner_proxy.met(self.part):
            self.take_turn()
        job = self.database.job(self.job_id)
        if job["state"] == "scheduled":
            self.make_due()
        if not self.is_over(job):
            return False
        self.over_since = self.over_since or time.monotonic()
        waits = self.step and not self.crashed
        return not waits or time.monotonic() > self.over_since + GIVE_UP_AFTER

    def take_turn(self):
        self.turned_at = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        if self.life.turn == "kill":
            self.end_runners()
            self.runner_proxy.remove(self.part)
        else:  # what the runner sends stays held: it cannot come to its end first
            self.database.query("UPDATE jobs SET desired_state = 'cancelled' WHERE id = %s",
                                self.job_id)

    def is_over(self, job):
        return job["state"] in harness.TERMINAL and job["cleanup_at"] is None and \
            not self.database.query("SELECT 1 FROM stale_uploads") and \
            not (self.crashed and self.step.call.removes_pod() and self.left_over())

    def make_due(self):
        """Once: a second UPDATE could wait for a transaction that is held."""
        where = "WHERE id = %s AND state = 'scheduled' AND run_at > NOW(6)"
        if self.database.query(f"SELECT 1 FROM jobs {where}", self.job_id):
            self.database.query(f"UPDATE jobs SET run_at = NOW(6) {where}", self.job_id)

    def crash(self):
        """kill -9; what is held never arrives. The next controller starts at once."""
        self.crashed = True
        self.controller.kill()
        self.take_traps_away()
        if not self.step.patient:
            self.let_a_minute_pass()
        self.start()

    def let_a_minute_pass(self):
        """After it another controller takes over what is being published."""
        self.database.query(
            "UPDATE jobs SET publish_sent_at = publish_sent_at - INTERVAL 60 SECOND "
            "WHERE id = %s AND state = 'publishing'", self.job_id)

    def logs(self):
        return {name: proxy.log() for name, proxy in self.proxies.items()}

    def clear_logs(self):
        for proxy in self.proxies.values():
            proxy.do("clear_log")

    def check(self, reference=None):
        """Raises AssertionError unless the job ended once; the object's CRC."""
        return crash_end.check(self, reference)

    def wait_clean(self):
        wait_until(f"{self.left_over()} to go", lambda: not self.left_over())


class ProcessLane(Lane):
    """Runners are processes; a script leads them to their own proxy."""

    def make_controller(self):
        storage = self.bucket.through(self.proxies["storage"].port)
        runner = os.path.join(self.folder, "runner")
        with open(runner, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n"
                       "VEXAA_STORES=$(printf %s \"$VEXAA_STORES\" | "
                       f"sed s/:{self.proxies['storage'].port}/:{self.runner_proxy.port}/)\n"
                       f"export VEXAA_STORES\nexec {harness.RUNNER} \"$@\"\n")
        os.chmod(runner, 0o755)
        harness.Controller(self.folder, self.database, self.bucket).migrate()
        return harness.Controller(
            self.folder, self.database.through(self.proxies["database"].port), storage,
            runner=runner,
            extra=f"kubernetes: {{finishedPodTTL: {TTL}, failedPodTTL: {TTL}}}\n")

    def runners(self):
        return self.controller.runner_pids()

    def left_over(self):
        runs = self.controller.runs
        folders = os.listdir(runs) if os.path.isdir(runs) else []
        return [f"folder {name}" for name in folders if name.startswith("vexaa-job-")] + \
            [f"runner {pid}" for pid in self.runners()]
