"""Servers, proxies and jobs of one executor, and what disturbs them."""

import collections
import math
import os
import random
import time

import pymysql

import checker
import disturbers
import harness
import jobs
import servers
from fault_proxy import FaultProxy
from places import BucketPlace
from supervisor import Supervisor

# Once the faults have stopped, something must end or be removed within this time, until
# all is: a slow machine has more to do yet, a stuck job has not.
SETTLE_SECONDS = 420
FINISHED_POD_TTL = 5
# Between two lines that say how far it is.
WORD_SECONDS = 15
# How many runners work at a time.
MAX_RUNNING = 8


def say(text):
    print(f"chaos: {text}", flush=True)


class Stage:
    """One executor; a class for each says what differs."""

    name = ""
    folder_share = 0.0  # of the jobs are of a folder store

    def __init__(self, seed, wishes, folder, kind):
        self.seed = f"{seed}/{self.name}"
        self.folder = os.path.join(folder, self.name)
        os.mkdir(self.folder)
        self.random = random.Random(self.seed)
        self.wishes = [jobs.draw(self.random, number, self.folder_share)
                       for number in range(wishes)]
        self.batch = f"chaos-{self.name}"
        self.kind = kind  # of the database server
        self.cleanups = []
        self.next_word = 0  # on the monotonic clock

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
        self.server = servers.start(self.kind, self.folder + "-server")
        self.defer(self.server.end)
        self.database = harness.Database(self.server.address)
        self.bucket = harness.Bucket()
        self.defer(self.bucket.drop)
        self.bucket.keep_versions()
        self.places = {jobs.BUCKET: BucketPlace(self.bucket, f"out/{self.batch}/")}
        self.store = os.path.join(self.folder, "store")
        jobs.make_sources(os.path.join(self.store, "sources"))
        sources = jobs.put_sources(self.bucket, os.path.join(self.store, "sources"))
        self.sql_proxy = FaultProxy("--upstream", f"mysql://{self.server.address}")
        self.defer(self.sql_proxy.close)
        self.s3_proxy = FaultProxy("--upstream", self.bucket.endpoint)
        self.defer(self.s3_proxy.close)
        self.supervisors = [Supervisor(controller) for controller in self.make_controllers()]
        self.database.query("UPDATE queues SET max_running = %s", MAX_RUNNING)
        jobs.submit(self.database, self.places, self.wishes, sources, self.batch)

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

    def unended(self):
        """How many jobs have not ended or wait for their sweep; None while nobody can tell."""
        try:
            rows = self.database.query(
                "SELECT COUNT(*) AS n FROM jobs WHERE cleanup_at IS NOT NULL OR "
                "state NOT IN ('succeeded', 'failed', 'cancelled')")
        except pymysql.err.MySQLError:
            return None
        return rows[0]["n"]

    def disturb(self, minutes):
        """Until all jobs have ended or the time is over."""
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end and self.unended() != 0:
            self.step()
        for disturber in self.disturbers:
            disturber.end()

    def settle(self):
        least, end = math.inf, time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            unended = self.unended()
            if unended == 0 and not self.left_over() and not self.aborts_wait():
                return
            if unended is not None and unended < least:
                least, end = unended, time.monotonic() + SETTLE_SECONDS
            self.step()

    def step(self):
        if time.monotonic() >= self.next_word:
            say(f"{self.name}: {self.states()}")
            self.next_word = time.monotonic() + WORD_SECONDS
        self.hurry()
        for place in self.places.values():
            place.look()
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
        checker.check(verdict, self.wishes, self.batch,
                      checker.read_rows(self.database, self.batch), self.places)
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
