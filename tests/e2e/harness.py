"""What the end-to-end tests share: real programs, real servers, real media.

Every test case makes a database, a bucket or folder and a controller of its
own, under random names, and removes what it made. Servers come from the test
bed's VEXAA_TEST_* variables, programs from VEXAA_CONTROLLER and VEXAA_RUNNER.
"""

import contextlib
import copy
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.config
import botocore.exceptions
import pymysql

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTDATA = os.path.join(ROOT, "tests", "testdata")
SAMPLE = os.path.join(TESTDATA, "sample.mp4")
CONTROLLER = os.environ.get("VEXAA_CONTROLLER", "vexaa-controller")
RUNNER = os.environ.get("VEXAA_RUNNER", "vexaa-runner")
# Waiting is bounded, never timed: a slow machine is not a failure.
PATIENCE = 120
# Between two looks at what is waited for, in seconds.
PAUSE = 0.02
# InnoDB serves INNODB_TRX from a copy that it renews only when nobody has read
# it for 0.1 s: who looks more often sees the first copy for ever.
INNODB_TRX_PAUSE = 0.25
TERMINAL = ("succeeded", "failed", "cancelled")


def need(*names):
    """Skips the test with a printed reason when the bed lacks something."""
    for name in names:
        if not os.environ.get(name):
            raise unittest.SkipTest(f"{name} is not set: ./dev test starts one")


def wait_until(what, condition, patience=PATIENCE, pause=PAUSE):
    """Returns the first true value of condition()."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {patience} s")
        time.sleep(pause)


def sha256_text(text):
    return hashlib.sha256(text.encode()).hexdigest()


def make_long_video(path, seconds, extra=()):
    """A video whose audio takes the runner a while; cheap to make."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi",
         "-i", f"anoisesrc=r=44100:a=0.3:d={seconds}",
         "-f", "lavfi", "-i", f"color=s=64x36:r=1:d={seconds}",
         "-map", "1:v", "-map", "0:a", "-c:v", "mpeg4", "-c:a", "mp2",
         "-b:a", "192k", "-ac", "2", *extra, path],
        check=True, stdin=subprocess.DEVNULL)
    return path


def decoded_samples(path, rate=44100, channels=2):
    """Samples per channel that ffmpeg decodes of the audio of a file."""
    pcm = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-f", "s16le",
         "-ar", str(rate), "-ac", str(channels), "-"],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    count = 0
    while chunk := pcm.stdout.read(1 << 20):
        count += len(chunk)
    pcm.stdout.close()
    assert pcm.wait() == 0
    return count // (2 * channels)


def probe(path):
    """codec, rate and channels as ffprobe reads them."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries",
         "stream=codec_name,sample_rate,channels", "-of", "json", path],
        check=True, capture_output=True).stdout
    stream = json.loads(out)["streams"][0]
    return stream["codec_name"], int(stream["sample_rate"]), stream["channels"]


class Database:
    """A schema of its own on one of the bed's servers, as root."""

    def __init__(self, address):
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.user = "root"  # whom a controller comes as
        self.name = "vexaa_e2e_" + uuid.uuid4().hex[:12]
        self.query(f"CREATE DATABASE {self.name}", database=None)

    def query(self, sql, *params, database=""):
        connection = pymysql.connect(
            host=self.host, port=self.port, user="root", autocommit=True,
            database=self.name if database == "" else database,
            init_command="SET time_zone='+00:00'",
            cursorclass=pymysql.cursors.DictCursor)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, params or None)
                self.last_id = cursor.lastrowid
                return cursor.fetchall()
        finally:
            connection.close()

    def submit(self, source, **columns):
        columns["source_uri"] = source
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        self.query(f"INSERT INTO jobs ({names}) VALUES ({marks})",
                   *columns.values())
        return self.last_id

    def job(self, job_id):
        return self.query("SELECT * FROM jobs WHERE id = %s", job_id)[0]

    def view(self, job_id):
        return self.query("SELECT * FROM v_jobs WHERE id = %s", job_id)[0]

    def output(self, job_id):
        return self.query("SELECT * FROM job_outputs WHERE job_id = %s AND idx = 0",
                          job_id)[0]

    def wait_state(self, job_id, *states):
        def reached():
            job = self.job(job_id)
            return job if job["state"] in states else None
        return wait_until(f"job {job_id} in {states}", reached)

    def wait_end(self, job_id):
        return self.wait_state(job_id, *TERMINAL)

    def wait_swept(self, job_id):
        """Until nothing of the job is left to clean up."""
        wait_until("sweep", lambda: self.job(job_id)["cleanup_at"] is None)

    def through(self, port, user="root"):
        """The same database as a controller reaches it behind a proxy."""
        seen = copy.copy(self)
        seen.host, seen.port, seen.user = "127.0.0.1", port, user
        return seen

    def drop(self):
        self.query(f"DROP DATABASE IF EXISTS {self.name}", database=None)


class Bucket:
    """A bucket of its own in the bed's S3 server."""

    def __init__(self, endpoint=None):
        self.endpoint = endpoint or os.environ["VEXAA_TEST_S3_ENDPOINT"]
        self.name = "e2e-" + uuid.uuid4().hex[:12]
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=os.environ["VEXAA_TEST_S3_ACCESS_KEY"],
            aws_secret_access_key=os.environ["VEXAA_TEST_S3_SECRET_KEY"],
            config=botocore.config.Config(s3={"addressing_style": "path"}))
        self.client.create_bucket(Bucket=self.name)
        self.versioned = False

    def keep_versions(self):
        """From now on every publish of a key can be counted."""
        self.versioned = True
        self.client.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def versions(self, key):
        found = self.client.list_object_versions(Bucket=self.name, Prefix=key)
        return sum(item["Key"] == key for item in found.get("Versions", []))

    def drop_versions(self):
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.name):
            for item in page.get("Versions", []) + page.get("DeleteMarkers", []):
                self.client.delete_object(Bucket=self.name, Key=item["Key"],
                                          VersionId=item["VersionId"])

    def put_file(self, key, path):
        self.client.upload_file(path, self.name, key)
        return f"s3://{self.name}/{key}"

    def put(self, key, content):
        self.client.put_object(Bucket=self.name, Key=key, Body=content)
        return f"s3://{self.name}/{key}"

    def head(self, key):
        try:
            return self.client.head_object(Bucket=self.name, Key=key)
        except botocore.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def get(self, key):
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def keys(self):
        found = self.client.list_objects_v2(Bucket=self.name)
        return sorted(item["Key"] for item in found.get("Contents", []))

    def open_uploads(self):
        found = self.client.list_multipart_uploads(Bucket=self.name)
        return [(item["Key"], item["UploadId"]) for item in found.get("Uploads", [])]

    def through(self, port):
        """The same bucket behind a proxy."""
        seen = copy.copy(self)
        seen.endpoint = f"http://127.0.0.1:{port}"
        return seen

    def drop(self):
        for key, upload in self.open_uploads():
            self.client.abort_multipart_upload(Bucket=self.name, Key=key,
                                               UploadId=upload)
        if self.versioned:
            self.drop_versions()
        for key in self.keys():
            self.client.delete_object(Bucket=self.name, Key=key)
        self.client.delete_bucket(Bucket=self.name)
        self.client.close()


class Controller:
    """One vexaa-controller process with a configuration of its own."""

    def __init__(self, folder, database, bucket=None, runner=RUNNER, extra="", roots=()):
        self.folder = folder
        self.database = database
        self.runs = os.path.join(folder, "runs")
        self.config = os.path.join(folder, "controller.yaml")
        self.log = os.path.join(folder, "controller.log")
        self.process = None
        self.environment = dict(os.environ)
        text = (f"executor: process\n"
                f"database: {{host: {database.host}, port: {database.port}, "
                f"name: {database.name}, user: {database.user}, tls: \"off\"}}\n"
                f"process: {{directory: {self.runs}, runner: {runner}}}\n"
                f"folder: {{roots: [{', '.join([TESTDATA, folder, *roots])}], "
                f"outputRoot: {folder}}}\n"
                f"log: {{format: json, level: debug}}\n" + extra)
        if bucket:
            text += (f"stores: [{{name: bed, endpoint: \"{bucket.endpoint}\", "
                     f"allowHttp: true, buckets: [{bucket.name}]}}]\n")
            self.environment["AWS_ACCESS_KEY_ID"] = os.environ["VEXAA_TEST_S3_ACCESS_KEY"]
            self.environment["AWS_SECRET_ACCESS_KEY"] = os.environ["VEXAA_TEST_S3_SECRET_KEY"]
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def migrate(self):
        subprocess.run([CONTROLLER, "migrate", "--config", self.config],
                       check=True, stdout=subprocess.DEVNULL, env=self.environment)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [CONTROLLER, "--config", self.config], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env=self.environment)
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """As an operator does; returns the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def runner_pids(self):
        """The runner processes of this controller: they know their folder."""
        mark = f"VEXAA_OUTCOME_FILE={self.runs}/".encode()
        pids = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    ours = mark in file.read()
            except OSError:
                continue
            if ours and is_alive(int(name)):
                pids.append(int(name))
        return pids

    def wait_runner(self):
        return wait_until("a runner process", self.runner_pids)[0]

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


def is_alive(pid):
    """True while a process of that id runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # not there, or gone while it is read
        return False


def kill_if_there(pid, number=signal.SIGKILL):
    """Sends a signal to a process that may have ended since it was seen."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


class Case(unittest.TestCase):
    """A test case with a folder, and helpers that clean up after it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vexaa-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def make_database(self, variable="VEXAA_TEST_MARIADB"):
        need(variable)
        database = Database(os.environ[variable])
        self.addCleanup(database.drop)
        return database

    def make_bucket(self):
        need("VEXAA_TEST_S3_ENDPOINT")
        bucket = Bucket()
        self.addCleanup(bucket.drop)
        return bucket

    def make_controller(self, database, bucket=None, **options):
        controller = Controller(self.folder, database, bucket, **options)
        controller.migrate()
        self.addCleanup(self.end, controller)
        return controller

    def end(self, controller):
        controller.stop()
        for pid in controller.runner_pids():
            kill_if_there(pid)
        if hasattr(self, "_outcome") and self._failed():
            print(f"--- log of the controller of {self.id()}")
            print(controller.text()[-6000:])

    def _failed(self):
        result = getattr(self._outcome, "result", None)
        return any(test is self for test, _ in (result.failures + result.errors)) if result else False

    def assert_one_audio(self, bucket, key, source_path):
        """Exactly one object, complete, and no upload left."""
        self.assertEqual(bucket.open_uploads(), [])
        path = os.path.join(self.folder, "got.mp3")
        with open(path, "wb") as file:
            file.write(bucket.get(key))
        self.assertEqual(probe(path), ("mp3", 44100, 2))
        self.assertEqual(decoded_samples(path), decoded_samples(source_path))


class Counted(unittest.TextTestResult):
    """Remembers how each test ended, for the summary of ./dev test."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ended = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.ended.append((test, None, None))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.ended.append((test, "skipped", reason))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.ended.append((test, "failure", str(err[1])))

    def addError(self, test, err):
        super().addError(test, err)
        self.ended.append((test, "failure", str(err[1])))


def write_results(ended):
    """As GoogleTest does: where GTEST_OUTPUT=xml:FOLDER/ says."""
    folder = os.environ.get("GTEST_OUTPUT", "").removeprefix("xml:")
    if not folder:
        return
    suite = ElementTree.Element("testsuite")
    for test, kind, text in ended:
        module, name = test.id().rsplit(".", 1)
        case = ElementTree.SubElement(
            suite, "testcase", classname=module.removeprefix("__main__."),
            name=name, status="run")
        if kind:
            ElementTree.SubElement(case, kind, message=text)
    program = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    ElementTree.ElementTree(suite).write(os.path.join(folder, program + ".xml"))


def main():
    """Runs the tests of the program that calls it."""
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Counted)
    result = unittest.main(testRunner=runner, exit=False).result
    write_results(result.ended)
    sys.exit(0 if result.wasSuccessful() else 1)
