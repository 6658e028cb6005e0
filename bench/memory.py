"""Big videos through the runner: their peak memory, and no byte on a disk.

Of each container one of --gigabytes, or one of each of --hours; and an MP4 of
--flat-minutes at two bit rates, ten to one, which must cost the same. Each to
every profile of --profiles.

Nothing on a disk is read from the kernel, /proc/PID/io of the ended process:
write_bytes counts what was made dirty in files of block devices, by any means;
wchar counts all write(2) calls of any file, pipe or tmpfs (sockets are sent to
by send(2)). wchar of a few KB (log, outcome, wake-ups) leaves no room for a
copy of source or output, wherever it would lie.
"""
import dataclasses
import os
import pathlib
import subprocess
import tempfile
import time

import inputs
import measure
import runner_job

PROFILES = "mp3-128k"
# sources up to 2 h, and any length of those that have no tables of it
LIMIT = 96 * 2**20
# MP4 up to 4 h
LONG_LIMIT = 128 * 2**20
# of two bit rates of one length
FLAT = 1.1
WRITES_LIMIT = 2**20


@dataclasses.dataclass
class Result:
    text: str
    good: bool


@dataclasses.dataclass
class Usage:
    wall: float
    code: int
    high_water: int  # VmHWM, bytes
    write_bytes: int
    wchar: int


def _field(path, name):
    for line in path.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return None


def _watch(process):
    """Until the process ends; it is left a zombie, whose io still counts."""
    proc = pathlib.Path("/proc") / str(process.pid)
    start, high_water = time.perf_counter(), 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        high_water = max(high_water, (_field(proc / "status", "VmHWM") or 0) * 1024)
        time.sleep(0.01)
    wall = time.perf_counter() - start
    write_bytes, wchar = _field(proc / "io", "write_bytes"), _field(proc / "io", "wchar")
    return Usage(wall, process.wait(), high_water, write_bytes, wchar)


def _run_runner(runner, store, profile, source_key, output_key, work):
    # the outcome goes to memory, as to a pod's termination log
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="vexaa-bench.") as shm:
        outcome_file = pathlib.Path(shm) / "outcome"
        job = runner_job.environment(profile, source_key, output_key, outcome_file)
        empty = work / "empty"
        empty.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [runner], env={**store.environment(), **job, "TMPDIR": str(empty)}, cwd=empty,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        usage = _watch(process)
        outcome = runner_job.outcome(outcome_file)
        if any(empty.iterdir()):
            raise SystemExit(f"bench/run: the runner left files: {os.listdir(empty)}")
    return usage, outcome


@dataclasses.dataclass
class Source:
    suffix: str
    seconds: float
    megabits: float = inputs.MEGABITS

    def limit(self):
        return LONG_LIMIT if self.suffix == "mp4" and self.seconds > 2 * 3600 else LIMIT


@dataclasses.dataclass
class Measured:
    row: list
    good: bool
    peak: int


def _measure_all(source, profiles, patience, runner, store, work):
    place = work / f"big.{source.suffix}"
    inputs.make_video(work, place, source.seconds, megabits=source.megabits)
    store.upload(place, place.name)
    place.unlink()
    done = []
    for profile in profiles:
        patience.wait_for_quiet()
        done.append(_measure(source, profile, place.name, runner, store, work))
    store.delete(place.name)
    return done


def _measure(source, profile, source_key, runner, store, work):
    key = f"audio/{source_key}"
    usage, outcome = _run_runner(runner, store, profile, source_key, key, work)
    size = store.complete(key, outcome["outputs"][0]["upload"])
    store.delete(key)
    peak, limit = max(usage.high_water, outcome["rss"]), source.limit()
    good = (usage.code == 0 and size == outcome["outputs"][0]["bytes"] and peak < limit
            and usage.write_bytes == 0 and usage.wchar < WRITES_LIMIT)
    return Measured([
        source.suffix.upper(), f"{source.megabits:g}", f"{outcome['size']:,}",
        f"{outcome['mediaMs'] / 60e3:.1f} min", profile, f"{size:,}", f"{usage.wall:.1f}",
        f"{outcome['rss'] / 2**20:.1f}", f"{usage.high_water / 2**20:.1f}", f"{limit >> 20}",
        f"{usage.write_bytes:,}", f"{usage.wchar:,}", "yes" if good else "**no**"], good, peak)


def _table(rows):
    head = ["Source", "Mbit/s", "bytes", "audio", "Profile", "its bytes", "Wall s",
            "Peak MiB (outcome)", "Peak MiB (VmHWM)", "Limit MiB", "write_bytes", "wchar", "Kept"]
    rows = [head, ["---"] + ["---:"] * 3 + ["---"] + ["---:"] * 7 + ["---"], *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def run(arguments, runner, store, work):
    patience = measure.Patience(arguments.patience)
    # a program's first run writes when it was run beside it on the disk
    subprocess.run([runner, "--version"], stdout=subprocess.DEVNULL, check=True)
    lengths = ([hours * 3600 for hours in arguments.hours]
               or [arguments.gigabytes * 8e9 / inputs.BITS_PER_SECOND * 1.02])
    sources = [Source(suffix, seconds, arguments.megabits)
               for seconds in lengths if seconds for suffix in ("mp4", "mkv", "ts")]
    flat = arguments.flat_minutes * 60
    if flat:
        sources += [Source("mp4", flat, 3), Source("mp4", flat, 30)]
    profiles = (arguments.profiles or PROFILES).split(",")
    done = [one for source in sources
            for one in _measure_all(source, profiles, patience, runner, store, work)]
    text, good = _table([one.row for one in done]), all(one.good for one in done)
    if flat:
        slow, fast = done[-2 * len(profiles):-len(profiles)], done[-len(profiles):]
        ratio = max(ten.peak / one.peak for one, ten in zip(slow, fast))
        good = good and ratio <= FLAT
        text += (f"\n\nTen times the bit rate takes {ratio:.2f} times the memory"
                 f" (at most {FLAT}).")
    return Result(text, good)
