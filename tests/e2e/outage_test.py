"""The API server is away for a minute while jobs are in every state: none pays for it.

Two installations live through the same minute: one whose two controllers elect
a leader, and one with a single controller without election. First the API
server refuses them, then it is silent, and the node cannot reach it either.
"""

import os
import time

import harness
from harness import Database, wait_until
from played_node import PlayedNodeCase

# Together the minute, in seconds.
REFUSED = 25
SILENT = 35
# A leader that cannot renew its Lease stops after 10 s.
RENEW_DEADLINE = 15
# Of those at work when the outage begins.
RUNNING = ("early", "late", "through")


class Installation:
    """A database, its controllers, and its jobs (ids by source)."""

    def __init__(self, name, database, controllers):
        self.name = name
        self.database = database
        self.controllers = controllers
        self.jobs = {}

    def source(self, what):
        return f"{self.name}-{what}.mp4"

    def job(self, what):
        return self.database.job(self.jobs[self.source(what)])

    def states(self):
        return {what: self.database.job(job_id)["state"] for what, job_id in self.jobs.items()}

    def leaders(self):
        return [controller for controller in self.controllers if controller.leads()]

    def claimed(self):
        return sum(one.metric("vexaa_jobs_claimed_total") for one in self.controllers)

    def ready(self):
        return all(one.admin("/readyz")[0] == 200 for one in self.controllers)


class Minute(PlayedNodeCase):
    def setUp(self):
        super().setUp()
        self.kubeconfig = os.path.join(self.folder, "kubeconfig")
        self.cluster = self.start_proxy("--kubeconfig", os.environ["VEXAA_TEST_KUBECONFIG"],
                                        "--write-kubeconfig", self.kubeconfig)

    def install(self, name, database, count, election):
        settings = self.settings(kubeconfig=self.kubeconfig)
        settings["database"]["name"] = database.name
        settings["leaderElection"] = {"enabled": election}
        controllers = [self.make_controller(f"{name}-{number}", settings)
                       for number in range(count)]
        return Installation(name, database, controllers)

    def install_both(self):
        other = Database(os.environ["VEXAA_TEST_MARIADB"])
        self.addCleanup(other.drop)
        both = (self.install("elected", self.database, 2, True),
                self.install("alone", other, 1, False))
        other.query("ALTER TABLE jobs AUTO_INCREMENT = 1000")  # names of pods must differ
        for installation in both:
            for controller in installation.controllers:
                controller.start()
        return both

    def add(self, installation, what, held=False):
        source = installation.source(what)
        if held:
            self.hold(source)
        installation.jobs[source] = self.submit(source, installation.database)

    def fill(self, installation):
        """Three runners at work, one pod without room, one row behind the queue's limit."""
        installation.database.query("UPDATE queues SET max_running = %s", len(RUNNING) + 1)
        for what in RUNNING:
            self.add(installation, what, held=True)
            self.wait_held(installation.source(what))
            installation.database.wait_state(installation.jobs[installation.source(what)],
                                             "running")

    def fill_up(self, installation):
        self.add(installation, "no-room")
        wait_until("a pod without room", lambda: (
            installation.job("no-room")["reason"] == "Unschedulable"))
        self.add(installation, "queued")

    def let_all_go(self, both, *whats):
        self.let_go(*(one.source(what) for one in both for what in whats))

    def wait_until_runners_end(self, both, what):
        names = [f"vexaa-job-{one.jobs[one.source(what)]}-1" for one in both]
        wait_until(f"the end of {names}", lambda: all(
            pod.process and pod.process.poll() is not None
            for pod in list(self.node.pods.values()) if pod.name in names))

    def test_jobs_in_every_state_live_through_a_minute_without_an_api_server(self):
        both = elected, alone = self.install_both()
        self.start_node(room=len(both) * len(RUNNING))
        for fill in (self.fill, self.fill_up):
            for one in both:
                fill(one)
        wait_until("both ready", lambda: elected.ready() and alone.ready())
        begin = time.monotonic()
        self.refuse(both, begin + REFUSED)
        self.be_silent(both, begin + REFUSED + SILENT)
        self.check_outage(both)
        self.come_back(both)
        print(f"[down for {time.monotonic() - begin:.1f} s]", end=" ", flush=True)
        self.check_end(both)

    def refuse(self, both, until):
        """The node still hears the API server: `early` ends where that can see it."""
        self.cluster.cut_off()
        for one in both:
            one.database.query("UPDATE queues SET max_running = 20")
            self.add(one, "refused")
        self.let_all_go(both, "early")
        self.wait_until_runners_end(both, "early")
        wait_until("the leader to stop", lambda: not both[0].leaders(), RENEW_DEADLINE)
        wait_until("the refusals", lambda: time.monotonic() >= until, REFUSED)

    def be_silent(self, both, until):
        """`late` ends, and its node cannot tell it."""
        self.cluster.pause(True)
        self.cluster.restore()
        self.node.heard.clear()
        for one in both:
            self.add(one, "silent")
        self.let_all_go(both, "late")
        self.wait_until_runners_end(both, "late")
        wait_until("the silence", lambda: time.monotonic() >= until, SILENT)

    def check_outage(self, both):
        elected, alone = both
        for one in both:
            states = one.states()
            print(f"[{one.name}: {states}]", end=" ", flush=True)
            self.assertLessEqual(set(states.values()), {"queued", "claimed", "running"})
            for what in RUNNING:
                self.assertEqual(one.job(what)["state"], "running", what)
        # Without a leader nobody claims.
        self.assertEqual(elected.leaders(), [])
        self.assertEqual(elected.job("silent")["state"], "queued")
        for controller in elected.controllers + alone.controllers:
            self.assertEqual(controller.admin("/livez")[0], 200)

    def come_back(self, both):
        self.node.heard.set()
        self.cluster.pause(False)
        wait_until("both ready", lambda: all(one.ready() for one in both))
        wait_until("one leader", lambda: [len(one.leaders()) for one in both] == [1, 1])
        self.let_all_go(both, "through")

    def check_end(self, both):
        for one in both:
            self.check_first_attempts(one.jobs, one.database)
            self.assertEqual(one.claimed(), len(one.jobs))
            self.assertEqual(len(one.leaders()), 1)
        jobs = sum(len(one.jobs) for one in both)
        self.check_no_litter(pods=jobs)
        created = [entry for entry in self.cluster.log() if entry["status"] == 201 and
                   entry["what"].startswith("POST") and entry["what"].endswith("/pods")]
        self.assertEqual(len(created), jobs)


if __name__ == "__main__":
    harness.main()
