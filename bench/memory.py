"""A big video through the runner: its peak memory, and no byte on a disk.

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

PROFILE = "mp3-128k"
# of sources up to 2 h
LIMIT = 96 * 2**20
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


def _run_runner(runner, store, source_key, output_key, work):
    # the outcome goes to memory, as to a pod's termination log
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="vexaa-bench.") as shm:
        outcome_file = pathlib.Path(shm) / "outcome"
        job = runner_job.environment(PROFILE, source_key, output_key, outcome_file)
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


def _measure(arguments, patience, runner, store, work, suffix):
    source = work / f"big.{suffix}"
    seconds = arguments.gigabytes * 8e9 / inputs.BITS_PER_SECOND * 1.02
    inputs.make_video(work, source, seconds)
    store.upload(source, source.name)
    source.unlink()
    patience.wait_for_quiet()
    key = f"audio/{source.name}"
    usage, outcome = _run_runner(runner, store, source.name, key, work)
    size = store.complete(key, outcome["outputs"][0]["upload"])
    for used in (key, source.name):
        store.delete(used)
    good = (usage.code == 0 and size == outcome["outputs"][0]["bytes"]
            and max(usage.high_water, outcome["rss"]) < LIMIT
            and usage.write_bytes == 0 and usage.wchar < WRITES_LIMIT)
    return good, [
        suffix.upper(), f"{outcome['size']:,}", f"{outcome['mediaMs'] / 60e3:.1f} min",
        f"{size:,}", f"{usage.wall:.1f}", f"{outcome['rss'] / 2**20:.1f}",
        f"{usage.high_water / 2**20:.1f}", f"{LIMIT >> 20}", f"{usage.write_bytes:,}",
        f"{usage.wchar:,}", "yes" if good else "**no**"]


def run(arguments, runner, store, work):
    head = ["Source", "bytes", "audio", f"{PROFILE} bytes", "Wall s", "Peak MiB (outcome)",
            "Peak MiB (VmHWM)", "Limit MiB", "write_bytes", "wchar", "Kept"]
    rows, good = [head, ["---"] + ["---:"] * 9 + ["---"]], True
    patience = measure.Patience(arguments.patience)
    for suffix in ("mp4", "mkv"):
        kept, row = _measure(arguments, patience, runner, store, work, suffix)
        good = good and kept
        rows.append(row)
    return Result("\n".join("| " + " | ".join(row) + " |" for row in rows), good)
