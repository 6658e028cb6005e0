"""The controller's rights are taken away in mid-run, and given back.

It says whose right to what is missing, uses no try of any job up, and goes on
by itself. The Role is that of manifests/base, so it is enough for all else.
"""

import json
import os

import harness
import yaml
from harness import ROOT, wait_until
from played_node import PlayedNodeCase

ACCOUNT = "vexaa-controller"
ROWS = 8


def manifest(kind):
    """What manifests/base says of the controller's account."""
    with open(os.path.join(ROOT, "manifests", "base", "accounts.yaml"), encoding="utf-8") as file:
        return next(each for each in yaml.safe_load_all(file)
                    if each["kind"] == kind and each["metadata"]["name"] == ACCOUNT)


class Rights(PlayedNodeCase):
    def setUp(self):
        super().setUp()
        for kind in ("ServiceAccount", "Role", "RoleBinding"):
            self.kubectl("apply", "--filename=-", input=json.dumps(manifest(kind)))
        self.proxy = self.start_proxy("--kubeconfig", self.write_kubeconfig(),
                                      "--write-kubeconfig", self.path("through"))
        self.start_node(room=110)
        self.controller = self.make_controller(
            settings=self.settings(kubeconfig=self.path("through"))).start()
        wait_until("readiness", lambda: self.readiness()[0] == 200)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_kubeconfig(self):
        """The cluster as the account sees it."""
        status, answer = self.api.call(
            "POST", f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{ACCOUNT}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {"expirationSeconds": 3600}})
        self.assertEqual(status, 201, answer)
        with open(os.environ["VEXAA_TEST_KUBECONFIG"], encoding="utf-8") as file:
            config = yaml.safe_load(file)
        config["users"][0]["user"] = {"token": answer["status"]["token"]}
        with open(self.path("account"), "w", encoding="utf-8") as file:
            yaml.safe_dump(config, file)
        return self.path("account")

    def readiness(self):
        return self.controller.admin("/readyz")

    def allow_all_but(self, *verbs):
        """Of what the controller may do with pods; returns when the API server knows it."""
        rules = manifest("Role")["rules"]
        (pods,) = (rule for rule in rules if rule["resources"] == ["pods"])
        left = [verb for verb in pods["verbs"] if verb not in verbs]
        pods["verbs"] = left
        status, answer = self.api.patch(
            f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self.namespace}/roles/{ACCOUNT}",
            {"rules": rules})
        self.assertEqual(status, 200, answer)
        for verb in manifest("Role")["rules"][rules.index(pods)]["verbs"]:
            wait_until(f"the right to {verb} pods", lambda: self.may(verb) == (verb in left))
        print(f"[may {', '.join(left)} pods]", end=" ", flush=True)

    def may(self, verb):
        return self.api.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": f"system:serviceaccount:{self.namespace}:{ACCOUNT}",
                     "resourceAttributes": {"namespace": self.namespace, "verb": verb,
                                            "resource": "pods"}}})[1]["status"]["allowed"]

    def refusals(self, message, verb):
        """Warnings of this text whose cause is the missing right."""
        return [line for line in self.controller.said(message) if line["level"] == "warn" and
                f'cannot {verb} resource \\"pods\\"' in json.dumps(line["err"])]

    def add(self, name, held=False, **columns):
        if held:
            self.hold(name)
        job_id = self.submit(name)
        if held:
            self.wait_held(name)
            self.database.wait_state(job_id, "running")
        return {name: job_id}


class Views(Rights):
    """What is seen already of pods goes on; an open watch does, too, until it ends."""

    def test_without_watch_and_then_without_list_nothing_is_lost(self):
        jobs = self.add("at-work.mp4", held=True)
        self.allow_all_but("watch")
        self.proxy.do("reset_all")
        wait_until("the sentence", lambda: self.refusals("Watch ended", "watch"))
        self.let_go("at-work.mp4")
        self.check_first_attempts(jobs)  # by lists
        jobs.update(self.add_while_blind())
        self.allow_all_but()
        wait_until("readiness", lambda: self.readiness()[0] == 200)
        self.check_first_attempts(jobs)
        self.check_no_litter(pods=len(jobs))

    def add_while_blind(self):
        """A row that waits until pods can be seen again."""
        self.allow_all_but("watch", "list")
        wait_until("the sentence", lambda: self.refusals("Could not list", "list"))
        status, text = self.readiness()
        self.assertEqual(status, 503, text)
        self.assertIn('cannot list resource "pods"', text)
        later = self.add("later.mp4")
        known = len(self.refusals("Could not list", "list"))
        wait_until("one more refusal", lambda: len(
            self.refusals("Could not list", "list")) > known)
        self.assertEqual(self.database.job(later["later.mp4"])["state"], "queued")
        self.assertLessEqual(len(self.proxy.log()), 300)  # no hot loop
        return later


class Creation(Rights):
    def test_without_create_the_queue_stops_and_no_try_is_used_up(self):
        jobs = self.add("at-work.mp4", held=True)
        self.allow_all_but("create")
        for number in range(ROWS):
            jobs.update(self.add(f"row-{number}.mp4"))
        # Who lost a try would have none left.
        self.database.query("UPDATE jobs SET max_attempts = 1")
        wait_until("the stop", lambda: self.controller.metric(
            'vexaa_queue_stopped{queue="default"}') == 1)
        (said,) = self.controller.said("Queue stopped: this installation fails its jobs")
        self.assertEqual((said["level"], said["reason"]), ("error", "PodRejected"))
        self.assertIn('cannot create resource "pods"', said["message"])
        self.assertEqual(self.database.job(jobs["at-work.mp4"])["state"], "running")
        self.allow_all_but()
        self.let_time_pass()
        self.let_go("at-work.mp4")
        for name, job_id in jobs.items():
            self.check_end(name, job_id)
        self.assertTrue(self.controller.said("Queue goes on: this installation works again"))
        self.check_no_litter(pods=len(jobs))

    def let_time_pass(self):
        """The half minute to the probe, and the minute to the next try of what was refused."""
        print("[a minute, passed by hand]", end=" ", flush=True)
        self.database.query("UPDATE queue_troubles SET last_at = last_at - INTERVAL 1 MINUTE")
        self.database.query("UPDATE jobs SET run_at = run_at - INTERVAL 2 MINUTE "
                            "WHERE state = 'scheduled'")

    def check_end(self, name, job_id):
        job = self.database.wait_end(job_id)
        self.assertEqual((job["state"], job["failures"], job["disruptions"]),
                         ("succeeded", 0, 0), f"{name}: {job['message']}")
        reasons = [row["reason"] for row in self.database.query(
            "SELECT reason FROM job_attempts WHERE job_id = %s ORDER BY attempt", job_id)]
        self.assertEqual(set(reasons[:-1]) - {"PodRejected"}, set(), name)
        self.assertEqual(self.bucket.versions(f"audio/{name}/mp3-128k.mp3"), 1, name)


if __name__ == "__main__":
    harness.main()
