"""The checker itself: each wrong end that is planted here shows in its figure, and a right
one in none. Needs no server."""

import os
import shutil
import sys
import tempfile
import types
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import checker  # noqa: E402
import harness  # noqa: E402
import jobs  # noqa: E402
from places import BucketPlace, FolderPlace  # noqa: E402

BATCH = "b"
CONTENT = b"sound"
TOKEN = "user.vexaa.token"
CLEAN = "lost 0, duplicated 0, stuck 0, litter 0"


class FakeBucket:
    """As much of harness.Bucket as a BucketPlace asks for; keeps all versions."""

    name = "videos"

    def __init__(self):
        self.client = self
        self.stored = {}
        self.uploads = []

    def put(self, key, content, token):
        self.stored.setdefault(key, []).append((content, token))

    def open_uploads(self):
        return self.uploads

    def get_paginator(self, _):
        return self

    def paginate(self, Bucket, Prefix):  # pylint: disable=invalid-name,unused-argument
        return [{"Versions": [{"Key": key} for key, versions in self.stored.items()
                              for _ in versions if key.startswith(Prefix)]}]

    def get_object(self, Bucket, Key):  # pylint: disable=invalid-name,unused-argument
        content, token = self.stored[Key][-1]
        return {"Body": types.SimpleNamespace(read=lambda: content),
                "Metadata": {"vexaa-token": token}}


class Case(unittest.TestCase):
    """Two jobs that succeeded, one in each place, and one that failed as it should."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vexaa-checker-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.bucket = FakeBucket()
        self.places = {jobs.BUCKET: BucketPlace(self.bucket, "out/"),
                       jobs.FOLDER: FolderPlace(self.folder)}
        self.addCleanup(self.places[jobs.FOLDER].close)
        self.wishes = [jobs.Wish(0, "a.mkv", {jobs.SUCCESS}), jobs.Wish(1, "a.mkv", {jobs.SUCCESS}),
                       jobs.Wish(2, "gone.mkv", {("failed", "InputNotFound")})]
        self.wishes[1].place = self.wishes[2].place = jobs.FOLDER
        ends = (jobs.SUCCESS, jobs.SUCCESS, ("failed", "InputNotFound"))
        self.rows = checker.Rows(
            {f"{BATCH}-{number}": {"id": number + 10, "state": state, "reason": reason, "message": "",
                                   "attempt": 2, "disruptions": 0, "cleanup_at": None}
             for number, (state, reason) in enumerate(ends)},
            {number: {"bytes": len(CONTENT), "crc32": f"{zlib.crc32(CONTENT):08x}"}
             for number in (10, 11)},
            {10: 1, 11: 1})
        self.put_object()
        self.put_file()

    def row(self, number):
        return self.rows.jobs[f"{BATCH}-{number}"]

    def put_object(self, name="0.mp3", content=CONTENT, token="10.2.abc"):
        self.bucket.put("out/" + name, content, token)

    def put_file(self, name="1.mp3", content=CONTENT, token="11.2.abc"):
        """As the folder store does: staged under another name, then renamed."""
        staged = os.path.join(self.folder, f".{name}.vexaa-x")
        with open(staged, "wb") as file:
            file.write(content)
        os.setxattr(staged, TOKEN, token.encode())
        os.rename(staged, os.path.join(self.folder, name))

    def leave(self, name):
        with open(os.path.join(self.folder, name), "wb"):
            pass

    def line(self):
        self.verdict = checker.Verdict()
        checker.check(self.verdict, self.wishes, BATCH, self.rows, self.places)
        return self.verdict.line()

    def expect(self, **figures):
        line = self.line()
        self.assertEqual({kind: len(found) for kind, found in self.verdict.found.items() if found},
                         figures, self.verdict.found)
        self.assertEqual(self.verdict.clean(), line == CLEAN)


class RightEnds(Case):
    def test_give_no_figure(self):
        self.assertEqual(self.line(), CLEAN)

    def test_are_those_of_jobs_given_up_after_many_disruptions(self):
        self.row(2).update(reason="PodLost", disruptions=11)
        self.expect()
        self.assertEqual(self.verdict.given_up, 1)


class Lost(Case):
    def test_is_a_job_without_row(self):
        del self.rows.jobs[f"{BATCH}-2"]
        self.expect(lost=1)

    def test_is_one_that_ended_otherwise(self):
        self.row(2).update(reason="Internal")
        self.expect(lost=1)

    def test_is_one_that_was_given_up_too_early(self):
        self.row(2).update(reason="PodLost", disruptions=10)
        self.expect(lost=1)

    def test_is_a_success_that_published_nothing(self):
        self.bucket.stored.clear()
        self.expect(lost=1)

    def test_is_an_object_of_other_bytes(self):
        self.bucket.stored.clear()
        self.put_object(content=b"SOUND")
        self.expect(lost=1)

    def test_is_a_cut_file(self):
        os.truncate(os.path.join(self.folder, "1.mp3"), 3)
        self.expect(lost=1)

    def test_is_a_file_that_went_away_again(self):
        os.remove(os.path.join(self.folder, "1.mp3"))
        self.expect(lost=1)

    def test_is_a_success_without_outputs_row(self):
        del self.rows.outputs[11]
        self.expect(lost=1)


class Duplicated(Case):
    def test_is_an_object_published_twice(self):
        self.put_object()
        self.expect(duplicated=1)

    def test_is_a_file_published_twice(self):
        self.put_file()
        self.expect(duplicated=1)

    def test_is_a_file_published_twice_between_two_looks(self):
        self.places[jobs.FOLDER].look()
        self.put_file()
        self.expect(duplicated=1)

    def test_is_an_object_of_another_attempt(self):
        self.bucket.stored.clear()
        self.put_object(token="10.1.abc")
        self.expect(duplicated=1)

    def test_is_a_file_of_another_attempt(self):
        os.setxattr(os.path.join(self.folder, "1.mp3"), TOKEN, b"11.1.abc")
        self.expect(duplicated=1)

    def test_is_a_file_of_nobody(self):
        os.removexattr(os.path.join(self.folder, "1.mp3"), TOKEN)
        self.expect(duplicated=1)

    def test_is_a_second_successful_attempt(self):
        self.rows.successes[10] = 2
        self.expect(duplicated=1)

    def test_is_a_successful_attempt_of_a_failed_job(self):
        self.rows.successes[12] = 1
        self.expect(duplicated=1)


class Stuck(Case):
    def test_is_a_job_that_has_not_ended(self):
        self.row(2).update(state="running", reason="Started")
        self.expect(stuck=1)


class Litter(Case):
    def test_is_a_staged_file(self):
        self.leave(".2.mp3.vexaa-12-2")
        self.expect(litter=1)

    def test_is_a_published_file_of_a_failed_job(self):
        self.put_file("2.mp3")
        self.expect(litter=1)

    def test_is_a_file_of_no_job(self):
        self.put_file("3.mp3")
        self.expect(litter=1)

    def test_is_a_folder(self):
        os.mkdir(os.path.join(self.folder, "3"))
        self.expect(litter=1)

    def test_is_an_object_of_no_job(self):
        self.put_object("3.mp3")
        self.expect(litter=1)

    def test_is_an_open_upload(self):
        self.bucket.uploads.append(("out/2.mp3", "id"))
        self.expect(litter=1)

    def test_is_a_row_that_waits_for_its_sweep(self):
        self.row(2).update(cleanup_at="2026-01-01")
        self.expect(litter=1)

    def test_is_what_processes_leave(self):
        os.mkdir(os.path.join(self.folder, "runs"))
        for name in (checker.CONTROLLER_LOCK, "vexaa-job-1-1", "removed-1"):
            self.leave(os.path.join("runs", name))
        self.assertEqual(len(checker.left_of_processes(os.path.join(self.folder, "runs"), [17])), 3)
        self.assertEqual(checker.left_of_processes(os.path.join(self.folder, "none"), []), [])

    def test_is_a_pod_past_its_time(self):
        self.assertEqual(checker.left_of_pods([{"metadata": {"name": "vexaa-job-1-1"}}]),
                         ["pod vexaa-job-1-1 is still there"])
        self.assertEqual(checker.left_of_pods([]), [])


if __name__ == "__main__":
    harness.main()
