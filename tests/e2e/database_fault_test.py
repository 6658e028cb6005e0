"""Faults of the database while jobs run: every job still ends once.

The controller reaches its database through the fault proxy; the test itself
goes straight to the server.
"""

import os

import pymysql

import harness
from fault_proxy import FaultProxy
from harness import INNODB_TRX_PAUSE, SAMPLE, Case, is_alive, make_long_video, need, wait_until

# The COMMIT of each step of a job's life; the last is one statement.
COMMITS = {
    "claimed": "SET state = 'claimed'.*; COMMIT$",
    "planned": "SET resolved_profile.*; COMMIT$",
    "running": "SET state = 'running'.*; COMMIT$",
    "publishing": "SET state = 'publishing'.*; COMMIT$",
    "succeeded": "SET j.state = 'succeeded'",
}
RUNNING = "UPDATE jobs SET state = 'running'"
PUBLISHING = "UPDATE jobs SET state = 'publishing'"


class DatabaseFaults:
    """On the server that VARIABLE names."""

    VARIABLE = ""

    def setUp(self):
        super().setUp()
        need("VEXAA_FAULT_PROXY")
        self.database = self.make_database(self.VARIABLE)
        self.bucket = self.make_bucket()
        self.proxy = FaultProxy("--upstream",
                                f"mysql://127.0.0.1:{self.database.port}")
        self.addCleanup(self.proxy.close)

    def controller_as(self, user="root"):
        """Its schema is migrated by root, past the proxy."""
        self.make_controller(self.database, self.bucket)
        through = self.database.through(self.proxy.port, user)
        controller = harness.Controller(self.folder, through, self.bucket)
        self.addCleanup(self.end, controller)
        return controller

    def start(self, video=SAMPLE, user="root"):
        """A controller behind the proxy, and one job for it."""
        self.video = video
        self.controller = self.controller_as(user)
        self.job_id = self.database.submit(self.bucket.put_file("talk.mkv", video))
        self.controller.start()

    def long_video(self):
        return make_long_video(os.path.join(self.folder, "long.mkv"), 600)

    def check_ended_once(self, attempts=1):
        job = self.database.wait_end(self.job_id)
        self.assertEqual(job["state"], "succeeded", job["message"])
        self.assertEqual(job["attempt"], attempts)
        self.database.wait_swept(self.job_id)
        key = "audio/talk.mkv/mp3-128k.mp3"
        self.assert_one_audio(self.bucket, key, self.video)
        self.assertEqual(self.bucket.keys(), [key, "talk.mkv"])
        rows = self.database.query(
            "SELECT attempt FROM job_attempts WHERE job_id = %s ORDER BY attempt", self.job_id)
        self.assertEqual([row["attempt"] for row in rows], list(range(1, attempts + 1)))

    def check_all_met(self, rules):
        for step, rule in rules.items():
            self.assertEqual(self.proxy.met(rule), 1, step)

    def test_the_reply_to_every_commit_of_a_job_is_lost(self):
        rules = {step: self.proxy.add("lose_reply", "statement", statement=text)
                 for step, text in COMMITS.items()}
        self.start()
        self.check_ended_once()
        self.check_all_met(rules)

    def test_every_commit_of_a_job_is_lost_on_its_way(self):
        rules = {step: self.proxy.add("reset", "statement", statement=text)
                 for step, text in COMMITS.items()}
        self.start()
        self.check_ended_once()
        self.check_all_met(rules)

    def test_every_transaction_of_a_job_is_a_deadlocks_victim_twice(self):
        rules = {step: self.proxy.add("answer", "statement", statement=text, count=2,
                                      sql_error=1213, body="Deadlock found")
                 for step, text in COMMITS.items()}
        self.start()
        self.check_ended_once()
        for step, rule in rules.items():
            self.assertEqual(self.proxy.met(rule), 2, step)

    def hold(self, statement):
        """Starts the job, and returns when that statement of it is held."""
        rule = self.proxy.add("hold", "statement", statement=statement)
        self.start()
        wait_until("the statement", lambda: self.proxy.met(rule))
        return rule

    def session(self):
        return pymysql.connect(host=self.database.host, port=self.database.port,
                               user="root", database=self.database.name)

    def wait_for_a_lock_wait(self):
        """The controller gives one up after 3 s: the test looks several times in that."""
        wait_until("a lock wait", lambda: self.database.query(
            "SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"),
            pause=INNODB_TRX_PAUSE)

    def test_a_real_deadlock_is_run_again(self):
        rule = self.hold(RUNNING)
        self.database.query("CREATE TABLE heavy (id INT PRIMARY KEY AUTO_INCREMENT, t TEXT)")
        with self.session() as other, other.cursor() as cursor:
            # The heavier transaction survives: the controller's is rolled back.
            cursor.executemany("INSERT INTO heavy (t) VALUES (%s)", [("x" * 100,)] * 500)
            cursor.execute("UPDATE job_attempts SET message = 'x' WHERE job_id = %s",
                           (self.job_id,))
            self.proxy.release(rule)
            self.wait_for_a_lock_wait()
            print("[deadlock: the test wants the jobs row the controller holds]", end=" ")
            cursor.execute("UPDATE jobs SET labels = '{}' WHERE id = %s", (self.job_id,))
            other.commit()
        self.check_ended_once()

    def test_a_lock_wait_times_out_and_is_run_again(self):
        rule = self.hold(RUNNING)
        with self.session() as other, other.cursor() as cursor:
            cursor.execute("SELECT id FROM jobs WHERE id = %s FOR UPDATE", (self.job_id,))
            print("[the test holds the row's lock]", end=" ")
            self.proxy.release(rule)
            wait_until("a second try", lambda: sum(
                entry["what"].startswith(RUNNING) for entry in self.proxy.log()) > 1)
            other.rollback()
        self.check_ended_once()

    def test_all_connections_are_killed_as_a_job_is_published(self):
        rule = self.hold(PUBLISHING)
        rows = self.database.query("SELECT id FROM information_schema.PROCESSLIST WHERE db = %s "
                                   "AND id <> CONNECTION_ID()", self.database.name)
        for row in rows:
            self.kill_session(row["id"])
        print(f"[killed {len(rows)} connections]", end=" ")
        self.proxy.release(rule)
        self.check_ended_once()

    def kill_session(self, number):
        try:
            self.database.query(f"KILL {number}")
        except pymysql.err.MySQLError as error:
            self.assertEqual(error.args[0], 1094)  # gone already

    def test_a_database_that_is_down_until_the_runner_has_ended(self):
        self.start(self.long_video())
        self.database.wait_state(self.job_id, "running")
        pid = self.controller.wait_runner()
        self.proxy.cut_off()
        wait_until("the runner's end", lambda: not is_alive(pid))
        self.assertEqual(self.bucket.keys(), ["talk.mkv"])  # staged only
        self.proxy.restore()
        self.check_ended_once()

    def test_a_database_that_falls_silent(self):
        self.start(self.long_video())
        self.database.wait_state(self.job_id, "running")
        pid = self.controller.wait_runner()
        self.proxy.pause(True)
        wait_until("the runner's end", lambda: not is_alive(pid))
        # Its sessions are lost by then, and the server knows of none of it.
        wait_until("a time-out",
                   lambda: "Could not check the executor lock" in self.controller.text())
        self.proxy.pause(False)
        self.check_ended_once()

    def demote(self, on):
        self.database.query(f"SET GLOBAL read_only = {int(on)}", database=None)
        print("[read-only]" if on else "[writable]", end=" ", flush=True)

    def make_account(self):
        """A user whom read_only stops, as it does not stop root."""
        user = self.database.name.replace("vexaa_e2e", "u")
        self.database.query(f"CREATE USER {user}@'%'", database=None)
        self.addCleanup(self.database.query, f"DROP USER {user}@'%'", database=None)
        self.database.query(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {self.database.name}.* "
                            f"TO {user}@'%'", database=None)
        return user

    def test_a_server_demoted_to_read_only_as_a_job_runs(self):
        self.start(self.long_video(), user=self.make_account())
        self.database.wait_state(self.job_id, "running")
        pid = self.controller.wait_runner()
        self.addCleanup(self.demote, False)
        self.demote(True)
        wait_until("the runner's end", lambda: not is_alive(pid))
        wait_until("refused writes", lambda: "1290" in self.controller.text())
        self.assertEqual(self.database.job(self.job_id)["state"], "running")
        self.demote(False)
        self.check_ended_once()

    def test_a_read_only_server_gives_no_claims(self):
        user = self.make_account()
        self.addCleanup(self.demote, False)
        self.controller_as()  # migrates
        self.demote(True)
        self.start(user=user)
        wait_until("a refused claim", lambda: "1290" in self.controller.text())
        self.assertEqual(self.database.job(self.job_id)["state"], "queued")
        self.demote(False)
        self.check_ended_once()


class OnMariaDb(DatabaseFaults, Case):
    VARIABLE = "VEXAA_TEST_MARIADB"


class OnMySql(DatabaseFaults, Case):
    VARIABLE = "VEXAA_TEST_MYSQL"


if __name__ == "__main__":
    harness.main()
