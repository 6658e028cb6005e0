"""The jobs of a chaos run: what is asked for, and how each may end."""

import os
import shutil
import subprocess

from harness import TESTDATA

# Short sounds in many containers; long.mkv gives killers time to meet a runner.
CLIPS = ("aac.mkv", "moov_last_aac.mp4", "mp3.ts", "opus.webm", "fragmented_aac.mp4")
LONG = "long.mkv"
LONG_SECONDS = 600
# Names of places.
BUCKET = "bucket"
FOLDER = "folder"


def make_sources(folder):
    """Makes a folder of sources; one more, missing.mp4, is not there."""
    os.makedirs(folder)
    for name in CLIPS + ("text.mp4",):
        shutil.copy(os.path.join(TESTDATA, name), folder)
    shutil.copy(os.path.join(TESTDATA, "no_sound.mp4"), os.path.join(folder, "mute.mp4"))
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
                    f"anoisesrc=r=44100:a=0.3:d={LONG_SECONDS}", "-c:a", "mp2", "-b:a", "192k",
                    os.path.join(folder, LONG)], check=True, stdin=subprocess.DEVNULL)


def put_sources(bucket, folder):
    """Puts them into the bucket, too; returns where each place has its sources."""
    for name in os.listdir(folder):
        bucket.put_file(name, os.path.join(folder, name))
    return {BUCKET: f"s3://{bucket.name}/", FOLDER: f"file://{folder}/"}


class Wish:
    """One job as its user sees it."""

    def __init__(self, number, source, ends, cancel=False):
        self.number = number
        self.source = source
        self.output = f"{number}.mp3"
        self.ends = ends  # the (state, reason) pairs it may end in
        self.cancel = cancel  # its user changes his mind some time
        self.place = BUCKET  # where it reads and writes: one kind of store


SUCCESS = ("succeeded", "Succeeded")
CANCELLED = ("cancelled", "Cancelled")


def draw(random, number, folder_share=0.0):
    """One wish of those that a service meets; `folder_share` of them are of a folder store."""
    wish = draw_work(random, number)
    if random.random() < folder_share:
        wish.place = FOLDER
    return wish


def draw_work(random, number):
    chance = random.random()
    if chance < 0.04:
        return Wish(number, "missing.mp4", {("failed", "InputNotFound")})
    if chance < 0.08:
        return Wish(number, "text.mp4", {("failed", "InputUnreadable")})
    if chance < 0.12:
        return Wish(number, "mute.mp4", {("failed", "NoAudioStream")})
    if chance < 0.18:
        return Wish(number, random.choice(CLIPS), {SUCCESS, CANCELLED}, cancel=True)
    if chance < 0.22:
        return Wish(number, LONG, {SUCCESS})
    return Wish(number, random.choice(CLIPS), {SUCCESS})


def submit(database, places, wishes, sources, batch):
    """Inserts all of them, as a user with a list does; a second time is harmless."""
    rows = []
    for wish in wishes:
        rows += [sources[wish.place] + wish.source, places[wish.place].uri(wish.output),
                 batch, f"{batch}-{wish.number}"]
    for start in range(0, len(wishes), 500):
        part = rows[start * 4:(start + 500) * 4]
        marks = ", ".join(["(%s, %s, %s, %s, 100)"] * (len(part) // 4))
        database.query("INSERT INTO jobs (source_uri, output_uri, batch, idempotency_key, "
                       f"max_attempts) VALUES {marks}", *part)
