"""Faults between the controller and the API server, with runners as pods.

Controllers run as processes of this machine and reach the API server through
fault proxies; pods run in the cluster. The test itself speaks to the API server
directly. Every job ends once.
"""

import json
import os
import shutil
import signal
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

import harness
from fault_proxy import FaultProxy
from harness import SAMPLE, Bucket, Case, Database, make_long_video, need, wait_until
from kubernetes_harness import POD_HOST, Kubectl, image_tag

CREATE = {"method": "POST", "path": "/pods$"}
WATCH = {"method": "GET", "path": "/pods.*watch="}
# A controller creates a pod no later than this after it read the row.
FRESH_FOR = 10


def expired(code=410):
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                       "reason": "Expired", "code": code,
                       "message": "too old resource version"})


class Namespace:
    """A namespace of its own with what runner pods need in it."""

    def __init__(self):
        self.name = "vexaa-fault-" + uuid.uuid4().hex[:8]
        self.kubectl = Kubectl(self.name)
        self.kubectl("create", "namespace", self.name)
        self.kubectl("create", "serviceaccount", "vexaa-runner")
        self.kubectl("create", "secret", "generic", "vexaa-s3",
                     "--from-literal=access-key=" + os.environ["VEXAA_TEST_S3_ACCESS_KEY"],
                     "--from-literal=secret-key=" + os.environ["VEXAA_TEST_S3_SECRET_KEY"])

    def pods(self, selector=""):
        items = self.kubectl.read("get", "pods", "--selector", selector)["items"]
        return {pod["metadata"]["name"]: pod for pod in items}

    def remove(self):
        self.kubectl("delete", "namespace", self.name, "--ignore-not-found", "--wait=false")


class PodController(harness.Controller):
    """A controller of this machine whose runners are pods; `api` is its proxy."""

    def __init__(self, folder, database, bucket, namespace):
        os.makedirs(folder)
        super().__init__(folder, database)
        self.kubeconfig = os.path.join(folder, "kubeconfig")
        self.api = FaultProxy("--kubeconfig", os.environ["VEXAA_TEST_KUBECONFIG"],
                              "--write-kubeconfig", self.kubeconfig)
        self.environment["AWS_ACCESS_KEY_ID"] = os.environ["VEXAA_TEST_S3_ACCESS_KEY"]
        self.environment["AWS_SECRET_ACCESS_KEY"] = os.environ["VEXAA_TEST_S3_SECRET_KEY"]
        port = urllib.parse.urlsplit(bucket.endpoint).port
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump({
                "executor": "kubernetes",
                "database": {"host": database.host, "port": database.port,
                             "name": database.name, "user": "root", "tls": "off"},
                "stores": [{"name": "bed", "endpoint": f"http://{POD_HOST}:{port}",
                            "allowHttp": True, "buckets": [bucket.name],
                            "runnerSecret": "vexaa-s3"}],
                "kubernetes": {"kubeconfig": self.kubeconfig, "namespace": namespace.name,
                               "cpuRequest": "50m", "runnerImage": f"vexaa/runner:{image_tag()}"},
                "leaderElection": {"enabled": False},
                "log": {"format": "json", "level": "debug"}}, file)

    def lines(self, message):
        found = []
        for line in self.text().splitlines():
            if message in line:
                found.append(json.loads(line))
        return found

    def wait_started(self):
        line = wait_until("the controller", lambda: self.lines("Controller started"))[-1]
        self.admin = f"http://127.0.0.1:{line['adminPort']}"
        return self

    def readiness(self):
        try:
            with urllib.request.urlopen(self.admin + "/readyz", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def creates(self):
        """Statuses that creations of pods were answered with; 0: none came back."""
        return [entry["status"] for entry in self.api.log()
                if entry["what"].startswith("POST") and entry["what"].endswith("/pods")]

    def close(self):
        self.stop()
        self.api.close()


class ClusterCase(Case):
    SECONDS = 600

    @classmethod
    def setUpClass(cls):
        need("VEXAA_TEST_KUBECONFIG", "VEXAA_TEST_IMAGE_TAG", "VEXAA_TEST_MARIADB",
             "VEXAA_TEST_S3_ENDPOINT", "VEXAA_FAULT_PROXY")
        if not shutil.which("kubectl"):
            raise unittest.SkipTest("no kubectl: install kubernetes-client")
        folder = tempfile.mkdtemp(prefix="vexaa-e2e-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.long_video = make_long_video(os.path.join(folder, "long.mkv"), cls.SECONDS)
        cls.namespace = Namespace()
        cls.addClassCleanup(cls.namespace.remove)
        cls.bucket = Bucket()
        cls.addClassCleanup(cls.bucket.drop)

    def setUp(self):
        super().setUp()
        self.controllers = []
        self.database = self.new_database()

    def new_database(self):
        database = Database(os.environ["VEXAA_TEST_MARIADB"])
        self.addCleanup(database.drop)
        controller = harness.Controller(self.folder, database)
        controller.migrate()
        return database

    def new_controller(self, database=None):
        """Not started: its faults can be prepared first."""
        database = database or self.database
        number = len(self.controllers) + 1
        controller = PodController(os.path.join(self.folder, f"controller-{number}"),
                                   database, self.bucket, self.namespace)
        self.controllers.append(controller)
        self.addCleanup(self.end_pods, database)
        self.addCleanup(self.end, controller)
        return controller

    def end(self, controller):
        if controller.process and controller.process.poll() is None:
            controller.process.send_signal(signal.SIGCONT)
        controller.api.do("remove_all")
        controller.api.restore()
        controller.close()
        if self._failed() and os.path.exists(controller.log):
            print(f"--- log of a controller of {self.id()}")
            print(controller.text()[-8000:])

    def end_pods(self, database):
        uuid_of = database.query("SELECT uuid FROM installation")[0]["uuid"]
        self.namespace.kubectl("delete", "pods", "--selector",
                               f"vexaa.io/installation={uuid_of}", "--wait=false",
                               "--grace-period=0", "--force")

    def submit(self, video=SAMPLE, database=None):
        database = database or self.database
        self.video = video
        self.source = f"{self._testMethodName}.mkv"
        self.key = f"audio/{self.source}/mp3-128k.mp3"
        self.job_id = database.submit(self.bucket.put_file(self.source, video))
        return self.job_id

    def pods(self):
        uuid_of = self.database.query("SELECT uuid FROM installation")[0]["uuid"]
        return self.namespace.pods(f"vexaa.io/installation={uuid_of}")

    def pod_of(self, attempt=1):
        return self.pods().get(f"vexaa-job-{self.job_id}-{attempt}")

    def wait_phase(self, *phases):
        return wait_until(f"a pod {phases}", lambda: (
            pod := self.pod_of()) and pod["status"]["phase"] in phases and pod)

    def check_ended_once(self, *reasons):
        job = self.database.wait_end(self.job_id)
        self.assertEqual(job["state"], "succeeded", job["message"])
        self.database.wait_swept(self.job_id)
        ours = [key for key in self.bucket.keys() if self.source in key]
        self.assertEqual(ours, [self.key, self.source])
        self.assert_one_audio(self.bucket, self.key, self.video)
        attempts = self.database.query(
            "SELECT attempt, reason FROM job_attempts WHERE job_id = %s ORDER BY attempt",
            self.job_id)
        self.assertEqual([row["reason"] for row in attempts], [*reasons, "Succeeded"])
        return job


class Creations(ClusterCase):
    """What becomes of the POST of a pod."""

    def setUp(self):
        super().setUp()
        self.controller = self.new_controller()

    def run_one(self):
        self.controller.start()
        self.submit()
        self.check_ended_once()
        self.assertEqual(len(self.pods()), 1)

    def test_a_pod_whose_creation_was_applied_but_whose_reply_is_lost(self):
        rule = self.controller.api.add("lose_reply", **CREATE)
        self.run_one()
        self.assertEqual(self.controller.api.met(rule), 1)
        # The watch may show the pod before the creation is tried again.
        self.assertIn(self.controller.creates(), ([201], [201, 409]))

    def test_a_pod_made_before_is_adopted_where_no_watch_shows_it(self):
        self.controller.api.add("lose_reply", **CREATE)
        watch = self.controller.api.add("hold", count=-1, **WATCH)
        self.controller.start()
        self.submit()
        wait_until("a second creation", lambda: self.controller.creates() == [201, 409])
        self.wait_phase("Succeeded")
        self.assertEqual(self.database.job(self.job_id)["attempt"], 1)
        self.controller.api.remove(watch)
        self.check_ended_once()
        self.assertEqual(len(self.pods()), 1)

    def test_a_pod_whose_creation_was_applied_but_is_answered_500(self):
        self.controller.api.add("edit", status=500, **CREATE)
        self.run_one()
        self.assertIn(self.controller.creates(), ([201], [201, 409]))

    def test_a_creation_that_is_reset_or_answered_429_500_and_503(self):
        rules = [self.controller.api.add("reset", **CREATE)]
        for status in (429, 500, 503):
            rules.append(self.controller.api.add(
                "answer", status=status, headers={"Retry-After": "1"},
                body=json.dumps({"kind": "Status", "code": status, "message": "by the test"}),
                **CREATE))
        self.run_one()
        self.assertEqual([self.controller.api.met(rule) for rule in rules], [1] * 4)
        job = self.database.job(self.job_id)
        self.assertEqual((job["attempt"], job["failures"]), (1, 0))


class Watches(ClusterCase):
    def setUp(self):
        super().setUp()
        self.controller = self.new_controller()

    def lists(self):
        return sum("limit=" in entry["what"] and "/pods?" in entry["what"]
                   for entry in self.controller.api.log())

    def run_disturbed(self, rule, times):
        self.controller.start().wait_started()
        self.submit()
        self.check_ended_once()
        wait_until("all faults", lambda: self.controller.api.met(rule) == times)

    def test_a_watch_whose_start_is_answered_410(self):
        rule = self.controller.api.add("answer", status=410, body=expired(), count=2, **WATCH)
        self.run_disturbed(rule, 2)
        self.assertGreaterEqual(self.lists(), 3)  # one at first, one for each

    def test_a_watch_that_ends_in_an_error_event_410(self):
        event = json.dumps({"type": "ERROR", "object": json.loads(expired())}) + "\n"
        rule = self.controller.api.add("answer", status=200, body=event, count=2, **WATCH)
        self.run_disturbed(rule, 2)
        self.assertGreaterEqual(self.lists(), 3)

    def test_watches_that_time_out_at_once(self):
        rule = self.controller.api.add("answer", status=200, body="", count=4, **WATCH)
        self.run_disturbed(rule, 4)
        self.assertLessEqual(len(self.controller.api.log()), 200)  # no hot loop

    def test_a_watch_that_is_cut_in_the_middle_of_a_line(self):
        rule = self.controller.api.add("cut", after=700, count=3, **WATCH)
        self.run_disturbed(rule, 3)

    def test_an_api_server_that_falls_silent_until_the_runner_has_ended(self):
        self.controller.start().wait_started()
        wait_until("readiness", lambda: self.controller.readiness()[0] == 200)
        self.submit(self.long_video)
        self.wait_phase("Running")
        self.database.wait_state(self.job_id, "running")
        self.controller.api.pause(True)
        self.wait_phase("Succeeded")
        self.controller.api.pause(False)
        self.check_ended_once()


class Outages(ClusterCase):
    def setUp(self):
        super().setUp()
        self.controller = self.new_controller().start()

    def start_running(self):
        self.submit(self.long_video)
        self.wait_phase("Running")
        self.database.wait_state(self.job_id, "running")

    def test_the_pod_is_deleted_while_the_api_server_is_down(self):
        self.start_running()
        self.controller.api.cut_off()
        self.namespace.kubectl("delete", "pod", f"vexaa-job-{self.job_id}-1", "--force",
                               "--grace-period=0")
        print("[pod deleted by force]", end=" ")
        self.controller.api.restore()
        self.check_ended_once("PodLost")
        self.assertEqual(self.database.job(self.job_id)["failures"], 0)

    def test_the_controller_starts_while_the_api_server_is_down(self):
        self.controller.stop()
        self.controller.api.cut_off()
        self.submit()
        self.controller.start()
        wait_until("a failed list", lambda: self.controller.lines("Could not list"))
        self.assertEqual(self.database.job(self.job_id)["state"], "queued")  # nothing claimed
        self.controller.api.restore()
        self.check_ended_once()


class Ghosts(ClusterCase):
    """A pod that a stopped or dead controller creates too late."""

    def test_a_controller_stopped_before_its_post_wakes_after_the_job_ended(self):
        database = FaultProxy("--upstream", f"mysql://127.0.0.1:{self.database.port}")
        self.addCleanup(database.close)
        sleeper = self.new_controller(self.database.through(database.port))
        rule = database.add("hold", "statement", statement="SET resolved_profile.*; COMMIT$")
        sleeper.start()
        self.submit()
        wait_until("the COMMIT before the POST", lambda: database.met(rule))
        sleeper.process.send_signal(signal.SIGSTOP)
        stopped = time.clock_gettime(time.CLOCK_BOOTTIME)
        print("[SIGSTOP between COMMIT and POST]", end=" ")
        database.release(rule)
        other = self.new_controller().start()
        self.check_ended_once()
        self.namespace.kubectl("delete", "pod", f"vexaa-job-{self.job_id}-1")
        wait_until("the row to be old news", lambda: time.clock_gettime(
            time.CLOCK_BOOTTIME) - stopped > FRESH_FOR)
        sleeper.process.send_signal(signal.SIGCONT)
        print("[SIGCONT]", end=" ")
        other.stop()
        self.check_awake()
        # One pod for each of the two jobs, and none for what is over.
        self.assertEqual((sleeper.creates(), other.creates()), ([201], [201]))
        self.assertIsNone(self.pod_of())
        self.check_ended_once()

    def check_awake(self):
        """The woken controller, alone now, works off what it had begun and more."""
        source = self.bucket.put_file("other.mkv", SAMPLE)
        job = self.database.wait_end(self.database.submit(source))
        self.assertEqual(job["state"], "succeeded", job["message"])

    def test_a_post_that_arrives_after_its_controller_died_and_the_job_ended(self):
        late = self.new_controller()
        rule = late.api.add("hold", **CREATE)
        late.start()
        self.submit(self.long_video)  # the ghost shall be met at work
        wait_until("the POST", lambda: late.api.met(rule))
        late.kill()
        print("[kill -9 with the POST on its way]", end=" ")
        other = self.new_controller().start()
        self.check_ended_once()
        self.namespace.kubectl("delete", "pod", f"vexaa-job-{self.job_id}-1")
        self.assertEqual(late.api.release(rule), 1)
        ghost = wait_until("the ghost", self.pod_of)["metadata"]["uid"]
        print("[the ghost pod is there]", end=" ")
        wait_until("the ghost's end", lambda: (
            pod := self.pod_of()) is None or pod["metadata"]["uid"] != ghost)
        wait_until("no upload", lambda: not self.bucket.open_uploads())
        self.assertEqual(other.creates(), [201])
        self.check_ended_once()


    def test_a_ghost_pod_that_ends_by_itself_leaves_no_upload(self):
        late = self.new_controller()
        rule = late.api.add("hold", **CREATE)
        late.start()
        self.submit()
        wait_until("the POST", lambda: late.api.met(rule))
        late.kill()
        print("[kill -9 with the POST on its way]", end=" ")
        other = self.new_controller().start()
        self.check_ended_once()
        other.stop()  # so that nobody meets the ghost at work
        self.namespace.kubectl("delete", "pod", f"vexaa-job-{self.job_id}-1")
        self.assertEqual(late.api.release(rule), 1)
        self.wait_phase("Succeeded")
        print("[the ghost pod has staged and ended]", end=" ")
        (left,) = self.bucket.open_uploads()
        other.start()
        noted = wait_until("the upload to be noted", lambda: self.database.query(
            "SELECT upload_id, TIMESTAMPDIFF(SECOND, created_at, not_before) AS pause "
            "FROM stale_uploads"))
        self.assertEqual(noted, [{"upload_id": left[1], "pause": 900}])
        self.database.query("UPDATE stale_uploads SET not_before = CURRENT_TIMESTAMP(6)")
        print("[15 min, passed by hand]", end=" ")
        wait_until("no upload", lambda: not self.bucket.open_uploads())
        self.check_ended_once()


class Several(ClusterCase):
    def end_jobs(self, database, ids):
        jobs = [database.wait_end(job_id) for job_id in ids]
        for job in jobs:
            self.assertEqual((job["state"], job["attempt"]), ("succeeded", 1), job["message"])
            database.wait_swept(job["id"])

    def submit_many(self, database, count):
        name = uuid.uuid4().hex[:6]
        return [database.submit(self.bucket.put_file(f"{name}-{i}.mp4", SAMPLE))
                for i in range(count)]

    def test_two_controllers_at_once_do_no_harm(self):
        pair = [self.new_controller().start(), self.new_controller().start()]
        ids = self.submit_many(self.database, 12)
        self.end_jobs(self.database, ids)
        made = [controller.creates().count(201) for controller in pair]
        print(f"[pods made by each: {made}]", end=" ")
        self.assertEqual(sum(made), len(ids))
        self.assertEqual(self.bucket.open_uploads(), [])

    def test_two_installations_in_one_namespace_leave_each_other_alone(self):
        second = self.new_database()
        # From the same ids on their pods' names collide; the rest do not.
        second.query("ALTER TABLE jobs AUTO_INCREMENT = 1000")
        self.new_controller().start()
        self.new_controller(second).start()
        ids = self.submit_many(self.database, 4)
        others = self.submit_many(second, 4)
        self.end_jobs(self.database, ids)
        self.end_jobs(second, others)
        names = self.namespace.pods()
        for job_id in ids + others:
            self.assertIn(f"vexaa-job-{job_id}-1", names)  # nobody deleted it

    def test_a_pod_of_another_installation_is_never_adopted(self):
        first = self.new_controller().start()
        self.submit()
        self.check_ended_once()
        theirs = self.pod_of()["metadata"]["uid"]
        second = self.new_database()
        other = self.new_controller(second).start()
        job_id = second.submit(self.bucket.put_file("second.mp4", SAMPLE))
        self.assertEqual(job_id, self.job_id)  # so are their pods' names
        row = wait_until("its attempt's end", lambda: second.query(
            "SELECT reason, message FROM job_attempts WHERE job_id = %s AND attempt = 1 "
            "AND reason IS NOT NULL AND finished_at IS NOT NULL", job_id))[0]
        self.assertEqual(row["reason"], "Internal", row["message"])
        self.assertIn("not ours", row["message"])
        self.assertEqual(other.creates()[:1], [409])
        self.assertEqual(self.pod_of()["metadata"]["uid"], theirs)
        self.assertEqual(first.creates(), [201])


if __name__ == "__main__":
    harness.main()
