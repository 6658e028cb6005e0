#!/usr/bin/env python3
"""Many jobs while everything around them fails: does each still end once?

    ./dev chaos [--seed N] [--minutes M] [--jobs N] [--pods N]

Runs jobs through the process executor and through pods of a fake kubelet, on a
real database, real object storage and a real API server, while controllers and
runners are killed, the database is restarted, and what passes between them is
lost, cut, refused or answered with errors. When all that has stopped and the
jobs have ended, rows and objects are compared with what was asked for. The last
line gives four figures; all must be 0.

The seed decides what is drawn (jobs, faults, pauses); how these meet is the
machine's timing, so a seed narrows a search but repeats nothing exactly.
"""

import argparse
import collections
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import pymysql  # noqa: E402

import checker  # noqa: E402
import disturbers  # noqa: E402
import harness  # noqa: E402
import jobs  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from supervisor import Supervisor  # noqa: E402

# After the faults have stopped, everything must end within this time.
SETTLE_SECONDS = 420
FINISHED_POD_TTL = 5
# How many runners work at a time.
MAX_RUNNING = 8


def say(text):
    print(f"chaos: {text}", flush=True)


class Stage:
    """Servers, proxies and jobs of one executor, and what disturbs them."""

    name = ""

    def __init__(self, seed, wishes, folder, server):
        self.seed = f"{seed}/{self.name}"
        self.folder = os.path.join(folder, self.name)
        os.mkdir(self.folder)
        self.random = random.Random(self.seed)
        self.wishes = [jobs.draw(self.random, number) for number in range(wishes)]
        self.batch = f"chaos-{self.name}"
        self.server = server
        self.cleanups = []

    def defer(self, function, *arguments):
        self.cleanups.append((function, arguments))

    def clean_up(self):
        while self.cleanups:
            function, arguments = self.cleanups.pop()
            try:
                function(*arguments)
            except Exception as error:  # the rest must go all the same
                say(f"{self.name}: could not clean up: {error}")

    def open(self):
        self.database = harness.Database(os.environ["VEXAA_TEST_MARIADB"])
        self.defer(self.database.drop)
        self.bucket = harness.Bucket()
        self.defer(drop_versions, self.bucket)
        self.bucket.client.put_bucket_versioning(
            Bucket=self.bucket.name, VersioningConfiguration={"Status": "Enabled"})
        self.sql_proxy = FaultProxy("--upstream", f"mysql://127.0.0.1:{self.database.port}")
        self.defer(self.sql_proxy.close)
        self.s3_proxy = FaultProxy("--upstream", self.bucket.endpoint, *self.proxy_flags())
        self.defer(self.s3_proxy.close)
        self.sources = jobs.make_sources(self.bucket, self.folder)
        self.supervisors = [Supervisor(controller) for controller in self.make_controllers()]
        self.database.query("UPDATE queues SET max_running = %s", MAX_RUNNING)
        jobs.submit(self.database, self.bucket, self.wishes, self.sources, self.batch)

    def proxy_flags(self):
        return ()

    def start(self):
        for supervisor in self.supervisors:
            supervisor.start()
            self.defer(supervisor.end)
        self.disturbers = self.make_disturbers()
        for disturber in self.disturbers:
            disturber.start()
            self.defer(disturber.end)

    def make_disturbers(self):
        cancels = [f"{self.batch}-{wish.number}" for wish in self.wishes if wish.cancel]
        return [disturbers.KillControllers(self.seed, self.supervisors),
                disturbers.KillRunners(self.seed, self.runner_pids),
                disturbers.RestartDatabase(self.seed, self.server),
                disturbers.DatabaseProxy(self.seed, self.sql_proxy),
                disturbers.StorageProxy(self.seed, self.s3_proxy),
                disturbers.Cancel(self.seed, self.database, cancels)]

    def states(self):
        try:
            rows = self.database.query("SELECT state, COUNT(*) AS n FROM jobs GROUP BY state")
        except pymysql.err.MySQLError:
            return None
        return {row["state"]: row["n"] for row in rows}

    def ended(self):
        """True when every job has ended and nothing waits for its sweep."""
        try:
            rows = self.database.query(
                "SELECT COUNT(*) AS n FROM jobs WHERE cleanup_at IS NOT NULL OR "
                "state NOT IN ('succeeded', 'failed', 'cancelled')")
        except pymysql.err.MySQLError:
            return False
        return rows[0]["n"] == 0

    def disturb(self, minutes):
        """Until all jobs have ended or the time is over."""
        end = time.monotonic() + 60 * minutes
        next_word = time.monotonic()
        while time.monotonic() < end and not self.ended():
            if time.monotonic() >= next_word:
                say(f"{self.name}: {self.states()}")
                next_word += 15
            self.hurry()
            time.sleep(1)
        for disturber in self.disturbers:
            disturber.end()

    def settle(self):
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end and not (self.ended() and not self.left_over() and
                                              not self.aborts_wait()):
            self.hurry()
            time.sleep(1)

    def aborts_wait(self):
        """True while uploads wait for their abort. To be asked once all jobs have ended: then
        nobody sends a Complete any more, and the quarter of an hour for it may be over."""
        try:
            self.database.query("UPDATE stale_uploads SET not_before = CURRENT_TIMESTAMP(6) "
                                "WHERE not_before > CURRENT_TIMESTAMP(6) + INTERVAL 1 MINUTE")
            return self.database.query("SELECT COUNT(*) AS n FROM stale_uploads")[0]["n"] > 0
        except pymysql.err.MySQLError:
            return True

    def hurry(self):
        """Retries wait up to minutes after many failures; the users of a test do not."""
        try:
            self.database.query("UPDATE jobs SET run_at = CURRENT_TIMESTAMP(6) "
                                "WHERE state = 'scheduled'")
        except pymysql.err.MySQLError:
            pass

    def left_over(self):
        """What a controller should still remove, as sentences."""
        return []

    def check(self, verdict):
        checker.check(verdict, self.database, self.bucket, self.wishes, self.batch)
        checker.check_uploads(verdict, self.bucket)
        for sentence in self.left_over():
            verdict.add("litter", sentence)

    def tell(self):
        done = collections.Counter()
        for disturber in self.disturbers:
            done.update(disturber.done)
        rows = self.database.query("SELECT reason, COUNT(*) AS n FROM job_attempts GROUP BY reason")
        say(f"{self.name}: disturbed by " + ", ".join(f"{n} x {what}" for what, n in sorted(done.items())))
        say(f"{self.name}: attempts ended " +
            ", ".join(f"{row['reason']} {row['n']}" for row in rows) +
            f"; controllers were started {sum(s.starts for s in self.supervisors)} times")


class Processes(Stage):
    """Runners as processes of this machine."""

    name = "processes"

    def make_controllers(self):
        direct = harness.Controller(self.folder, self.database, self.bucket)
        direct.migrate()
        self.controller = harness.Controller(
            self.folder, self.database.through(self.sql_proxy.port),
            self.bucket.through(self.s3_proxy.port),
            extra=f"kubernetes: {{finishedPodTTL: {FINISHED_POD_TTL}s, "
                  f"failedPodTTL: {FINISHED_POD_TTL}s}}\n")
        self.defer(self.kill_runners)
        return [self.controller]

    def kill_runners(self):
        for pid in self.runner_pids():
            harness.kill_if_there(pid)

    def runner_pids(self):
        return self.controller.runner_pids()

    def left_over(self):
        folders = os.listdir(self.controller.runs) if os.path.isdir(self.controller.runs) else []
        return ([f"runner process {pid} still works" for pid in self.runner_pids()] +
                [f"folder {name} of an attempt is still there"
                 for name in folders if name.startswith("vexaa-job-")])


def drop_versions(bucket):
    """A bucket with versions is empty only without all of them."""
    for page in bucket.client.get_paginator("list_object_versions").paginate(Bucket=bucket.name):
        for item in page.get("Versions", []) + page.get("DeleteMarkers", []):
            bucket.client.delete_object(Bucket=bucket.name, Key=item["Key"],
                                        VersionId=item["VersionId"])
    bucket.drop()


def database_server(folder):
    """A MariaDB of the run's own: it will be killed."""
    home = os.path.join(folder, "mariadb")
    script = os.path.join(harness.ROOT, "tests", "bed", "mariadb")
    lines = subprocess.run([script, "up", home], check=True, stdout=subprocess.PIPE, text=True).stdout
    port = int(lines.split("VEXAA_DB_PORT=")[1].split()[0])
    os.environ["VEXAA_TEST_MARIADB"] = f"127.0.0.1:{port}"
    with open(os.path.join(home, "server.pid"), encoding="utf-8") as file:
        pid = int(file.read().split()[0])
    return disturbers.Server(pid, port)


def run(stages, minutes, verdict, keep):
    for stage in stages:
        try:
            stage.open()
            stage.start()
            stage.disturb(minutes)
            say(f"{stage.name}: all faults have stopped, {stage.states()}")
            stage.settle()
            stage.check(verdict)
            stage.tell()
            if not verdict.clean() and keep:
                shutil.copytree(stage.folder, os.path.join(keep, stage.name), dirs_exist_ok=True)
        finally:
            stage.clean_up()


def chaos(seed, minutes, process_jobs, pod_jobs, keep=None):
    """Returns the verdict."""
    folder = tempfile.mkdtemp(prefix="vexaa-chaos-")
    verdict = checker.Verdict()
    server = None
    try:
        server = database_server(folder)
        stages = []
        if process_jobs:
            stages.append(Processes(seed, process_jobs, folder, server))
        if pod_jobs:
            from pods import Pods  # needs a cluster
            stages.append(Pods(seed, pod_jobs, folder, server))
        run(stages, minutes, verdict, keep)
    finally:
        if server:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=None, help="draws the same jobs and faults again")
    parser.add_argument("--minutes", type=float, default=15, help="faults of one executor last so long at most")
    parser.add_argument("--jobs", type=int, default=2000, help="jobs through the process executor")
    parser.add_argument("--pods", type=int, default=500, help="jobs through pods of the fake kubelet")
    parser.add_argument("--keep", help="folder for the logs of a run that found something")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    pods = arguments.pods
    if pods and not os.environ.get("VEXAA_TEST_KUBECONFIG"):
        say("pods did not run: VEXAA_TEST_KUBECONFIG names no disposable cluster")
        pods = 0
    say(f"seed {seed}: {arguments.jobs} jobs by processes, {pods} by pods")
    verdict = chaos(seed, arguments.minutes, arguments.jobs, pods, arguments.keep)
    verdict.show()
    say(f"seed {seed}: {verdict.line()}")
    sys.exit(0 if verdict.clean() else 1)


if __name__ == "__main__":
    main()
