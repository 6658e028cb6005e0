"""manifests/samples, used as its files say: every command in their heads is run.

The files are as they are but for the names that an installation chooses: its
namespace, its bucket, the address of its object store, the tag of its images.
"""

import json
import os
import re
import shutil
import subprocess

import harness
from harness import SAMPLE, TESTDATA, decoded_samples, probe, wait_until
from kubernetes_harness import SAMPLES, InstalledCase, image_tag, install_audio_jobs

COMMAND = re.compile(r"^#   (kubectl .*)$", re.MULTILINE)
LECTURES = {"1.mp4": "moov_last_aac.mp4", "2.mkv": "vorbis.mkv", "3.webm": "opus.webm"}


def sample(name):
    with open(os.path.join(SAMPLES, name), encoding="utf-8") as file:
        return file.read()


class Samples(InstalledCase):
    @classmethod
    def setUpClass(cls):
        harness.need("VEXAA_TEST_KUBECONFIG")
        install_audio_jobs()  # first: a controller looks for it every 30 s only
        super().setUpClass()

    def adapted(self, name):
        """The sample in this installation's names."""
        place = self.installation
        text = sample(name)
        for theirs, ours in ((" -n vexaa ", f" -n {place.namespace} "),
                             ("s3://videos/", f"s3://{self.bucket.name}/"),
                             ('["videos"]', f'["{self.bucket.name}"]'),
                             ("http://s3:8000", place.endpoint),
                             ("vexaa/runner:dev", f"vexaa/runner:{image_tag()}")):
            text = text.replace(theirs, ours)
        return text

    def follow(self, name):
        """Runs the commands in the head of a sample beside it; what each said."""
        text = self.adapted(name)
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        commands = COMMAND.findall(text)
        self.assertTrue(commands, f"{name} says no command")
        return [self.run_command(command) for command in commands]

    def run_command(self, command):
        done = subprocess.run(
            command, shell=True, cwd=self.folder, text=True, capture_output=True, timeout=300,
            env=dict(os.environ, KUBECONFIG=os.environ["VEXAA_TEST_KUBECONFIG"]))
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def check_audio(self, key, source, expected):
        """A whole object of this codec, rate and channels, as long as its source."""
        path = os.path.join(self.folder, os.path.basename(key))
        with open(path, "wb") as file:
            file.write(self.bucket.get(key))
        self.assertEqual(probe(path), expected)
        form = expected[1:]
        self.assertEqual(decoded_samples(path, *form), decoded_samples(source, *form))

    def test_an_audio_job(self):
        self.bucket.put_file("talk.mp4", SAMPLE)
        said = self.follow("audiojob.yaml")
        self.assertIn("audiojob.vexaa.io/talk condition met", said[1])
        self.check_audio("audio/talk.mp4/mp3-128k.mp3", SAMPLE, ("mp3", 44100, 2))
        self.check_wide(said[-1])
        self.check_description(self.kubectl("describe", "aj", "talk"))

    def check_wide(self, said):
        """One line, with all that somebody asks for who waits for a job."""
        head, line = said.splitlines()
        self.assertEqual(head.split(), ["NAME", "STATE", "PROGRESS", "REASON", "PROFILE", "AGE",
                                        "JOB", "SOURCE", "OUTPUT", "MESSAGE"])
        (job,) = self.database.query("SELECT id, output_uri FROM jobs WHERE cr_name = 'talk'")
        columns = line.split()
        del columns[5]  # its age
        self.assertEqual(columns[:7], [
            "talk", "succeeded", "100", "Succeeded", "mp3-128k", str(job["id"]),
            f"s3://{self.bucket.name}/talk.mp4"])
        self.assertEqual(columns[7], job["output_uri"])

    def check_description(self, text):
        """The life of a job from top to bottom: wish, state, conditions, events."""
        for line in (r"Source URI:\s+s3://\S+/talk\.mp4", r"State:\s+succeeded",
                     r"Output URI:\s+s3://\S+/mp3-128k\.mp3", r"Pod Name:\s+vexaa-job-\d+-1",
                     r"Type:\s+Finished", r"Normal\s+Succeeded\s+\S+.*\s+vexaa-controller\s"):
            self.assertRegex(text, line)

    def test_a_batch_of_audio_jobs(self):
        for name, source in LECTURES.items():
            self.bucket.put_file(f"lectures/{name}", os.path.join(TESTDATA, source))
        said = self.follow("audiojob-batch.yaml")
        self.assertEqual(said[1].count("condition met"), 3)
        for name in ("1.mp4", "2.mkv"):
            self.check_audio(f"audio/lectures/{name}/speech-16k.wav",
                             os.path.join(TESTDATA, LECTURES[name]), ("pcm_s16le", 16000, 1))
        self.check_audio("audio/lectures/3.mp3", os.path.join(TESTDATA, LECTURES["3.webm"]),
                         ("mp3", 44100, 1))
        self.check_batch()

    def check_batch(self):
        (statement,) = re.findall(r"(SELECT .*)\.$", sample("audiojob-batch.yaml"), re.MULTILINE)
        (batch,) = self.database.query(statement)
        self.assertEqual((batch["jobs"], batch["succeeded"], batch["percent_done"]), (3, 3, 100))
        self.assertEqual(json.loads(batch["reasons"]), {"Succeeded": 3})
        self.assertEqual(batch["output_bytes"], sum(
            self.bucket.head(key)["ContentLength"] for key in self.bucket.keys()
            if key.startswith("audio/lectures/")))

    def test_one_video_without_a_queue(self):
        self.bucket.put_file("talk.mp4", SAMPLE)
        said = self.follow("oneshot-job.yaml")
        self.assertIn("job.batch/vexaa-oneshot condition met", said[1])
        self.check_audio("talk.mp3", SAMPLE, ("mp3", 44100, 2))
        self.assertEqual(self.bucket.open_uploads(), [])
        self.assertIn(f"s3://{self.bucket.name}/talk.mp3", said[-1])

    def test_rows_of_plain_sql(self):
        self.bucket.put_file("talk.mp4", SAMPLE)
        *inserts, look = [text for text in self.adapted("job.sql").split(";") if text.strip()]
        for statement in inserts:
            self.database.query(statement)
        wait_until("the end of both", lambda: all(
            row["state"] in harness.TERMINAL for row in self.database.query(look)))
        rows = self.database.query(look)
        self.assertEqual([(row["state"], row["progress"]) for row in rows],
                         [("succeeded", 100)] * 2, rows)
        self.check_audio("speech/talk.wav", SAMPLE, ("pcm_s16le", 16000, 1))

    def test_the_secrets(self):
        """The installation was made with them, filled in; their command leaves them so."""
        shutil.copy(os.path.join(self.installation.folder, "secrets.yaml"), self.folder)
        before = self.secrets()
        (command,) = COMMAND.findall(self.adapted("secrets.yaml"))
        self.run_command(command)
        self.assertEqual(self.secrets(), before)

    def secrets(self):
        return {secret["metadata"]["name"]: secret["data"]
                for secret in self.kubectl.read("get", "secrets")["items"]}


if __name__ == "__main__":
    harness.main()
