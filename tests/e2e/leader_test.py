"""Two controllers of one installation: one works, one stands by.

The promises are times, so they are waited for no longer than promised, and
printed.
"""

import signal
import time

import harness
from harness import SAMPLE, wait_until
from operator_harness import OperatorCase
from played_node import PlayedNodeCase

AFTER_SIGTERM = 3
AFTER_KILL = 18


class Pair:
    def start_two(self):
        """Both run; returns the leader and its standby."""
        pair = [self.make_controller(name).start() for name in ("a", "b")]
        wait_until("a leader", lambda: any(one.leads() for one in pair))
        pair.sort(key=lambda one: one.leads(), reverse=True)
        wait_until("ready", lambda: all(one.admin("/readyz")[0] == 200 for one in pair))
        self.assertEqual([one.leads() for one in pair], [True, False])
        return pair

    def wait_lead(self, standby, patience):
        start = time.monotonic()
        wait_until("the takeover", standby.leads, patience)
        print(f"took {time.monotonic() - start:.2f} s", end=" ")


class Leaders(Pair, OperatorCase):
    def submit(self, name="talk.mp4"):
        return self.database.submit(self.bucket.put_file(name, SAMPLE))

    def test_one_works_and_the_other_is_ready_but_idle(self):
        leader, standby = self.start_two()
        self.assert_ended_once(self.submit())
        self.assertEqual(standby.metric("vexaa_jobs_claimed_total"), 0)
        self.assertEqual(leader.metric("vexaa_jobs_claimed_total"), 1)
        for one in (leader, standby):
            self.assertEqual(one.admin("/livez")[0], 200)
            self.assertEqual(one.admin("/readyz")[0], 200)

    def test_sigterm_hands_over_within_three_seconds(self):
        leader, standby = self.start_two()
        leader.send(signal.SIGTERM)
        self.wait_lead(standby, AFTER_SIGTERM)
        self.assertEqual(leader.process.wait(timeout=30), 0)
        self.assert_ended_once(self.submit())

    def test_kill_is_taken_over_within_eighteen_seconds(self):
        leader, standby = self.start_two()
        leader.send(signal.SIGKILL)
        self.wait_lead(standby, AFTER_KILL)
        self.assert_ended_once(self.submit())

    def test_a_lost_lease_stops_the_work_until_it_is_won_again(self):
        leader, standby = self.start_two()
        self.kubectl("patch", "lease", "vexaa-controller", "--type=merge",
                     "--patch", '{"spec": {"holderIdentity": "somebody-else"}}')
        wait_until("the end of the term", lambda: not leader.leads())
        job = self.submit()
        self.assertEqual(self.database.job(job)["state"], "queued")
        said = wait_until("the old leader to stand by", lambda: leader.said("Standing by again"))
        self.assertEqual(said[-1]["level"], "warn")
        wait_until("a leader", lambda: leader.leads() or standby.leads(), AFTER_KILL + 5)
        self.assertEqual(self.assert_ended_once(job)["attempt"], 1)

    def test_a_leader_that_was_frozen_does_no_harm_when_it_wakes(self):
        leader, standby = self.start_two()
        first = self.submit("first.mp4")
        self.database.wait_state(first, "claimed", "running", "publishing", "succeeded")
        leader.send(signal.SIGSTOP)
        self.wait_lead(standby, AFTER_KILL)
        second = self.submit("second.mp4")
        for job in (first, second):
            self.assertEqual(self.assert_ended_once(job)["attempt"], 1)
        leader.send(signal.SIGCONT)
        wait_until("the old leader to stand by", lambda: not leader.leads())
        third = self.submit("third.mp4")
        self.assertEqual(self.assert_ended_once(third)["attempt"], 1)
        self.assertEqual(leader.metric("vexaa_jobs_claimed_total"), 1)

    def test_two_that_both_work_do_no_harm(self):
        settings = self.settings()
        settings["leaderElection"] = {"enabled": False}
        both = [self.make_controller(name, settings).start() for name in ("a", "b")]
        jobs = [self.submit(f"talk{number}.mp4") for number in range(12)]
        for job in jobs:
            self.assertEqual(self.assert_ended_once(job)["attempt"], 1)
        self.assertEqual(len(self.pods()), len(jobs))
        self.assertEqual(self.bucket.open_uploads(), [])
        self.assertEqual(sum(one.metric("vexaa_jobs_claimed_total") for one in both), len(jobs))


class BusyLeaders(Pair, PlayedNodeCase):
    """The promises hold where it matters: with runners at work and rows that wait."""

    ROWS = 16
    AT_WORK = ("held-1.mp4", "held-2.mp4")
    LIMIT = 6

    def start_busy(self):
        """In the middle of its rows: some are done, some at work, most are waiting."""
        self.start_node(room=2 * self.LIMIT)
        leader, standby = self.start_two()
        self.database.query("UPDATE queues SET max_running = %s", self.LIMIT)
        for name in self.AT_WORK:
            self.hold(name)
        self.jobs = {name: self.submit(name) for name in self.AT_WORK}
        for name in self.AT_WORK:
            self.wait_held(name)
        names = [f"row-{number:02}.mp4" for number in range(self.ROWS)]
        uris = [self.bucket.put_file(name, SAMPLE) for name in names]
        self.jobs.update((name, self.database.submit(uri)) for name, uri in zip(names, uris))
        wait_until("some to be done", lambda: self.count("succeeded") >= 3)
        return leader, standby

    def count(self, state):
        return self.database.query("SELECT COUNT(*) AS n FROM jobs WHERE state = %s",
                                   state)[0]["n"]

    def hand_over(self, number, patience):
        leader, standby = self.start_busy()
        leader.send(number)
        self.wait_lead(standby, patience)
        waiting, running = self.count("queued"), self.count("running")
        print(f"[{waiting} queued, {running} running]", end=" ", flush=True)
        self.assertGreaterEqual(running, len(self.AT_WORK))
        self.let_go(*self.AT_WORK)
        self.check_first_attempts(self.jobs)
        self.check_no_litter(pods=len(self.jobs))
        self.assertGreater(standby.metric("vexaa_jobs_claimed_total"), 0)
        return leader

    def test_sigterm_in_the_middle_of_work_hands_over_within_three_seconds(self):
        leader = self.hand_over(signal.SIGTERM, AFTER_SIGTERM)
        self.assertEqual(leader.process.wait(timeout=30), 0)

    def test_kill_in_the_middle_of_work_is_taken_over_within_eighteen_seconds(self):
        self.hand_over(signal.SIGKILL, AFTER_KILL)


if __name__ == "__main__":
    harness.main()
