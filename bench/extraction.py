"""One video to audio: ours from S3 to S3, beside what people use today."""
import dataclasses
import shlex
import sys

import inputs
import measure
import runner_job
import table
from servers import BUCKET

SOURCE = "talk.mp4"
OURS = "`vexaa-runner`, S3 to S3"
LOCAL = "(a) `ffmpeg`, local file to local file"
CHAINED = "(b) `aws s3 cp`, `ffmpeg`, `aws s3 cp`"
PIPED = "(c) `ffmpeg` on a presigned URL, piped into `aws s3 cp -`"


@dataclasses.dataclass
class Peer:
    """What a profile is to ffmpeg, and how much of its time may be ours."""
    settings: str
    suffix: str  # of a file
    pipe: str  # muxer of a pipe
    of_local: float = None
    of_chained: float = None
    of_piped: float = None


PEERS = {
    "mp3-128k": Peer("-c:a libmp3lame -b:a 128k -ar 44100 -ac 2", "mp3", "mp3", 0.98, None, 0.88),
    "mp3-320k": Peer("-c:a libmp3lame -b:a 320k -ar 44100 -ac 2", "mp3", "mp3", 0.98, None, 0.88),
    "opus-96k": Peer("-c:a libopus -b:a 96k -ar 48000 -ac 2", "opus", "opus", 0.98, None, 0.88),
    "aac-160k": Peer("-c:a aac -b:a 160k -ar 48000 -ac 2", "m4a", "adts", 1.0, None, 0.93),
    # ours keeps 16 bits of a lossy source
    "flac": Peer("-c:a flac -sample_fmt s16", "flac", "flac", 1.2, None, 0.85),
    "wav": Peer("-c:a pcm_s16le", "wav", "wav", None, 0.40, 0.90),
    "speech-16k": Peer("-c:a pcm_s16le -ar 16000 -ac 1", "wav", "wav", None, 0.40, 0.90),
    "copy": Peer("-c:a copy", "m4a", "adts", None, 0.40, 0.90),
}
CPU_OF_PIPED = 1.0


@dataclasses.dataclass
class Result:
    text: str
    good: bool


class Contenders:
    """The commands, and the checks that they did their work."""

    def __init__(self, arguments, runner, store, work):
        self._runner, self._store, self._work = runner, store, work
        self._patience = measure.Patience(arguments.patience)
        self._environment = store.environment()
        self._source = work / SOURCE
        self._sizes = {}

    def run(self, name, profile):
        command, environment, check = {
            OURS: self._ours, LOCAL: self._local, CHAINED: self._chained,
            PIPED: self._piped}[name](profile, PEERS[profile])
        cost = measure.run(command, environment, self._work, self._store,
                           self._patience, check)
        print(f"{profile}, {name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, "
              f"others' cores {cost.others:.2f}", file=sys.stderr, flush=True)
        return cost

    def _ours(self, profile, _):
        outcome_file = self._work / "outcome"
        key = "audio/ours"
        job = runner_job.environment(profile, SOURCE, key, outcome_file)

        def check():
            staged = runner_job.staged(outcome_file)
            self._expect(profile, self._store.complete(key, staged["upload"]))
            self._store.delete(key)
        return shlex.quote(str(self._runner)), {**self._environment, **job}, check

    def _local(self, profile, peer):
        output = self._work / f"local.{peer.suffix}"

        def check():
            self._expect(profile, output.stat().st_size)
            output.unlink()
        return (f"ffmpeg -nostdin -v error -y -i {shlex.quote(str(self._source))} -map 0:a:0 "
                f"{peer.settings} {shlex.quote(str(output))}", self._environment, check)

    def _chained(self, profile, peer):
        key, source = "audio/chained", self._work / "downloaded.mp4"
        output = self._work / f"chained.{peer.suffix}"
        aws = f"aws --endpoint-url {self._store.endpoint} s3 cp --only-show-errors"

        def check():
            self._expect(profile, self._store.size(key))
            self._store.delete(key)
            source.unlink()
            output.unlink()
        return (f"{aws} s3://{BUCKET}/{SOURCE} {source} && "
                f"ffmpeg -nostdin -v error -y -i {source} -map 0:a:0 {peer.settings} {output} && "
                f"{aws} {output} s3://{BUCKET}/{key}", self._environment, check)

    def _piped(self, profile, peer):
        key = "audio/piped"

        def check():
            self._expect(profile, self._store.size(key))
            self._store.delete(key)
        return (f"ffmpeg -nostdin -v error -i {shlex.quote(self._store.presign(SOURCE))} "
                f"-map 0:a:0 {peer.settings} -f {peer.pipe} pipe:1 | "
                f"aws --endpoint-url {self._store.endpoint} s3 cp - s3://{BUCKET}/{key}",
                self._environment, check)

    def _expect(self, profile, size):
        """All make the same sound: sizes differ by containers only."""
        first = self._sizes.setdefault(profile, size)
        if abs(size - first) > 0.03 * first + 65_536:
            raise SystemExit(f"bench/run: {profile}: {size} bytes, but {first} by another")


def _row(profile, name, costs, ours):
    walls = [cost.wall for cost in costs]
    figures = {field: measure.median(costs, field) for field in ("wall", "cpu", "rss", "others")}
    peer, ratios = PEERS[profile], ["", "", ""]
    if costs is not ours:
        of = {field: measure.median(ours, field) / figures[field] for field in ("wall", "cpu", "rss")}
        wall = {LOCAL: peer.of_local, CHAINED: peer.of_chained, PIPED: peer.of_piped}[name]
        cpu = CPU_OF_PIPED if name == PIPED else None
        ratios = [table.against(of["wall"], wall), table.against(of["cpu"], cpu), f"{of['rss']:.2f}"]
    return [profile, name, f"{figures['wall']:.2f}", f"{min(walls):.2f} to {max(walls):.2f}",
            f"{figures['cpu']:.2f}", f"{figures['rss'] / 2**20:.0f}", *ratios,
            f"{figures['others']:.2f}"]


def _table(costs):
    head = ["Profile", "Contender", "Wall s", "of runs", "CPU s", "Peak RSS MiB",
            "Wall, ours/theirs (target)", "CPU, ours/theirs (target)", "RSS, ours/theirs",
            "Others' cores"]
    rows = [_row(profile, name, made, by_name[OURS])
            for profile, by_name in costs.items() for name, made in by_name.items()]
    return table.markdown(head, rows, texts=2)


def run(arguments, runner, store, work):
    source = work / SOURCE
    inputs.make_video(work, source, arguments.minutes * 60, "-movflags", "+faststart")
    store.upload(source, SOURCE)
    size = source.stat().st_size
    contenders = Contenders(arguments, runner, store, work)
    names = [OURS, LOCAL, CHAINED, PIPED]
    profiles = arguments.profiles.split(",") if arguments.profiles else list(PEERS)
    costs = {profile: {name: [] for name in names} for profile in profiles}
    for number in range(arguments.rounds):
        for profile, by_name in costs.items():
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                by_name[name].append(contenders.run(name, profile))
    store.delete(SOURCE)
    source.unlink()
    text = (f"Source: {arguments.minutes:g} minutes of 1080p MP4, {size / 1e6:.0f} MB "
            f"({size * 8 / arguments.minutes / 60e6:.2f} Mbit/s; AAC 160 kbit/s, stereo, 48 kHz; "
            f"index first), in the page cache as a local "
            f"file, in the memory of the S3 server as an object. "
            f"Medians of {arguments.rounds} rounds, contenders in turn.\n\n" + _table(costs))
    return Result(text, True)
