"""The jobs of a chaos run: what is asked for, and how each may end."""

import os
import subprocess

from harness import TESTDATA

# Short sounds in many containers; long.mkv gives killers time to meet a runner.
CLIPS = ("aac.mkv", "moov_last_aac.mp4", "mp3.ts", "opus.webm", "fragmented_aac.mp4")
LONG = "long.mkv"
LONG_SECONDS = 600


def make_sources(bucket, folder):
    """Puts the sources into the bucket; returns their URIs by name."""
    long = os.path.join(folder, LONG)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
                    f"anoisesrc=r=44100:a=0.3:d={LONG_SECONDS}", "-c:a", "mp2", "-b:a", "192k", long],
                   check=True, stdin=subprocess.DEVNULL)
    sources = {name: bucket.put_file(name, os.path.join(TESTDATA, name)) for name in CLIPS}
    sources[LONG] = bucket.put_file(LONG, long)
    sources["text.mp4"] = bucket.put_file("text.mp4", os.path.join(TESTDATA, "text.mp4"))
    sources["mute.mp4"] = bucket.put_file("mute.mp4", os.path.join(TESTDATA, "no_sound.mp4"))
    sources["missing.mp4"] = f"s3://{bucket.name}/missing.mp4"
    return sources


class Wish:
    """One job as its user sees it."""

    def __init__(self, number, source, ends, cancel=False):
        self.number = number
        self.source = source
        self.ends = ends  # the (state, reason) pairs it may end in
        self.cancel = cancel  # its user changes his mind some time


SUCCESS = ("succeeded", "Succeeded")
CANCELLED = ("cancelled", "Cancelled")


def draw(random, number):
    """One wish of those that a service meets."""
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


def submit(database, bucket, wishes, sources, batch):
    """Inserts all of them, as a user with a list does; a second time is harmless."""
    rows = []
    for wish in wishes:
        rows += [sources[wish.source], f"s3://{bucket.name}/out/{batch}/{wish.number}.mp3",
                 batch, f"{batch}-{wish.number}"]
    for start in range(0, len(wishes), 500):
        part = rows[start * 4:(start + 500) * 4]
        marks = ", ".join(["(%s, %s, %s, %s, 100)"] * (len(part) // 4))
        database.query("INSERT INTO jobs (source_uri, output_uri, batch, idempotency_key, "
                       f"max_attempts) VALUES {marks}", *part)
