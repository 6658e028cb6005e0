"""One video to audio: ours from S3 to S3, beside what people use today."""
import dataclasses
import shlex
import sys

import inputs
import measure
import runner_job
from servers import BUCKET

SOURCE = "talk.mp4"
# what each profile is to ffmpeg: encoder settings, and the muxer of a pipe
FFMPEG = {
    "mp3-128k": ("-c:a libmp3lame -b:a 128k -ar 44100 -ac 2", "mp3"),
    "speech-16k": ("-c:a pcm_s16le -ar 16000 -ac 1", "wav"),
}
OURS = "`vexaa-runner`, S3 to S3"
LOCAL = "`ffmpeg`, local file to local file"
PIPED = "`ffmpeg` on a presigned URL, piped into `aws s3 cp -`"


@dataclasses.dataclass
class Result:
    text: str
    good: bool


class Contenders:
    """The commands, and the checks that they did their work."""

    def __init__(self, arguments, runner, store, work):
        self._arguments, self._runner = arguments, runner
        self._store, self._work = store, work
        self._patience = measure.Patience(arguments.patience)
        self._environment = store.environment()
        self._source = work / SOURCE

    def run(self, name, profile):
        command, environment, check = {
            OURS: self._ours, LOCAL: self._local, PIPED: self._piped}[name](profile)
        cost = measure.run(command, environment, self._work, self._store,
                           self._patience, check)
        print(f"{profile}, {name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, "
              f"others' cores {cost.others:.2f}", file=sys.stderr, flush=True)
        return cost

    def _ours(self, profile):
        outcome_file = self._work / "outcome"
        key = "audio/ours"
        job = runner_job.environment(profile, SOURCE, key, outcome_file)

        def check():
            staged = runner_job.staged(outcome_file)
            self._expect(profile, self._store.complete(key, staged["upload"]))
            self._store.delete(key)
        return shlex.quote(str(self._runner)), {**self._environment, **job}, check

    def _local(self, profile):
        settings, suffix = FFMPEG[profile]
        output = self._work / f"local.{suffix}"
        return (f"ffmpeg -nostdin -v error -y -i {shlex.quote(str(self._source))} -map 0:a:0 "
                f"{settings} {shlex.quote(str(output))}", self._environment,
                lambda: self._expect(profile, output.stat().st_size))

    def _piped(self, profile):
        settings, suffix = FFMPEG[profile]
        key = "audio/piped"

        def check():
            self._expect(profile, self._store.size(key))
            self._store.delete(key)
        return (f"ffmpeg -nostdin -v error -i {shlex.quote(self._store.presign(SOURCE))} "
                f"-map 0:a:0 {settings} -f {suffix} pipe:1 | "
                f"aws --endpoint-url {self._store.endpoint} s3 cp - s3://{BUCKET}/{key}",
                self._environment, check)

    def _expect(self, profile, size):
        """All must have made the whole audio, to half a percent."""
        seconds = self._arguments.minutes * 60
        rate = {"mp3-128k": 16_000, "speech-16k": 32_000}[profile]
        if abs(size / (seconds * rate) - 1) > 0.005 + 65_536 / (seconds * rate):
            raise SystemExit(f"bench/run: {profile}: {size} bytes are not {seconds:.0f} s of it")


def _row(profile, name, costs, ours):
    walls = [cost.wall for cost in costs]
    figures = {field: measure.median(costs, field) for field in ("wall", "cpu", "rss", "others")}
    ratios = ["", "", ""] if costs is ours else [
        f"{measure.median(ours, field) / figures[field]:.2f}" for field in ("wall", "cpu", "rss")]
    return [profile, name, f"{figures['wall']:.2f}", f"{min(walls):.2f} to {max(walls):.2f}",
            f"{figures['cpu']:.2f}", f"{figures['rss'] / 2**20:.0f}", *ratios,
            f"{figures['others']:.2f}"]


def _table(costs):
    head = ["Profile", "Contender", "Wall s", "of runs", "CPU s", "Peak RSS MiB",
            "Wall, ours/theirs", "CPU, ours/theirs", "RSS, ours/theirs", "Others' cores"]
    rows = [head, ["---"] * 2 + ["---:"] * 8]
    for profile, by_name in costs.items():
        rows += [_row(profile, name, made, by_name[OURS]) for name, made in by_name.items()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def run(arguments, runner, store, work):
    source = work / SOURCE
    inputs.make_video(work, source, arguments.minutes * 60, "-movflags", "+faststart")
    store.upload(source, SOURCE)
    size = source.stat().st_size
    contenders = Contenders(arguments, runner, store, work)
    names = [OURS, LOCAL, PIPED]
    costs = {profile: {name: [] for name in names} for profile in FFMPEG}
    for number in range(arguments.rounds):
        for profile, by_name in costs.items():
            for name in names[number % 3:] + names[:number % 3]:
                by_name[name].append(contenders.run(name, profile))
    store.delete(SOURCE)
    text = (f"Source: {arguments.minutes:g} minutes of 1080p MP4, {size / 1e6:.0f} MB "
            f"({size * 8 / arguments.minutes / 60e6:.2f} Mbit/s; AAC 160 kbit/s, stereo, 48 kHz; "
            f"index first), in the page cache as a local "
            f"file, in the memory of the S3 server as an object. "
            f"Medians of {arguments.rounds} rounds, contenders in turn.\n\n" + _table(costs))
    return Result(text, True)
