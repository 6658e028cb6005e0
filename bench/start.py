"""From process start to the first byte that is asked for, beside `ffmpeg -version`."""
import dataclasses
import os
import select
import shutil
import socket
import statistics
import subprocess
import time

import runner_job
import table

TARGET = 0.75
PAIRS = 40


@dataclasses.dataclass
class Result:
    text: str
    good: bool


@dataclasses.dataclass
class Start:
    wall: float
    cpu: float


def _children_cpu():
    times = os.times()
    return times.children_user + times.children_system


def _listener():
    """Answers nothing: the time of the first request is all that is asked."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


def _ours(runner, work, server):
    environment = {
        "PATH": "/usr/bin:/bin", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_EC2_METADATA_DISABLED": "true", "VEXAA_ALLOW_HTTP": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:%d" % server.getsockname()[1],
        **runner_job.environment("mp3-128k", "talk.mp4", "audio/x", work / "outcome")}
    cpu, start = _children_cpu(), time.perf_counter()
    process = subprocess.Popen([runner], env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client, _ = server.accept()
    select.select([client], [], [])
    wall = time.perf_counter() - start
    process.kill()
    process.wait()
    client.close()
    return Start(wall, _children_cpu() - cpu)


def _theirs(ffmpeg):
    cpu, start = _children_cpu(), time.perf_counter()
    subprocess.run([ffmpeg, "-version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    return Start(time.perf_counter() - start, _children_cpu() - cpu)


def _row(name, starts, ours):
    wall, cpu = (statistics.median(getattr(start, field) for start in starts) * 1000
                 for field in ("wall", "cpu"))
    best = min(start.wall for start in starts) * 1000
    ratios = ["", ""]
    if starts is not ours:
        ratios = [table.against(statistics.median(s.wall for s in ours) * 1000 / wall, TARGET),
                  f"{min(s.wall for s in ours) * 1000 / best:.2f}"]
    return [name, f"{wall:.1f}", f"{best:.1f}", f"{cpu:.1f}", *ratios]


def run(_, runner, __, work):
    ffmpeg, ours, theirs = shutil.which("ffmpeg"), [], []
    with _listener() as server:
        for _number in range(PAIRS):
            ours.append(_ours(runner, work, server))
            theirs.append(_theirs(ffmpeg))
    head = ["Program", "Wall ms, median", "best", "CPU ms, median", "Wall, ours/theirs (target)",
            "of the best"]
    rows = [_row("`vexaa-runner`, start to its first request", ours, ours),
            _row("`ffmpeg -version`, start to end", theirs, ours)]
    return Result(f"Medians of {PAIRS} starts, in turn.\n\n" + table.markdown(head, rows), True)
