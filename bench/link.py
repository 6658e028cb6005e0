"""Through a link with a round trip and a rate: the tests' fault proxy."""
import dataclasses
import json
import os
import pathlib
import socket
import subprocess
import sys

import inputs
import measure
import runner_job
import table

TARGET = 1.15
ROUND_TRIP_MS, BITS_PER_SECOND = 20, 1e9
SOURCES = {"MP4, index first": ("first.mp4", ["-movflags", "+faststart"]),
           "MP4, fragments of 2 s": ("fragmented.mp4",
                                     ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"])}


@dataclasses.dataclass
class Result:
    text: str
    good: bool


class Link:
    """The proxy in front of the store, for a `with` block."""

    def __init__(self, program, endpoint):
        self._command = [program, "--upstream", endpoint.replace("http", "tcp", 1),
                         "--delay-ms", str(ROUND_TRIP_MS / 2),
                         "--bits-per-second", str(BITS_PER_SECOND)]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, text=True)
        ports = json.loads(self._process.stdout.readline())
        self.endpoint = f"http://127.0.0.1:{ports['port']}"
        self._control = socket.create_connection(("127.0.0.1", ports["control"]))
        self._lines = self._control.makefile("rw", encoding="utf-8")
        return self

    def __exit__(self, *_):
        self._do("quit")
        self._process.wait()

    def _do(self, command):
        self._lines.write(json.dumps({"do": command}) + "\n")
        self._lines.flush()
        return json.loads(self._lines.readline())

    def bytes(self):
        state = self._do("state")
        return state["bytes_down"], state["bytes_up"]


def _measure(name, file, options, arguments, runner, store, link, work, patience):
    source = work / file
    inputs.make_video(work, source, arguments.minutes * 60, *options)
    size = source.stat().st_size
    store.upload(source, file)
    source.unlink()
    outcome_file, key = work / "outcome", "audio/link"

    def check():
        store.complete(key, runner_job.staged(outcome_file)["upload"])
        store.delete(key)
    environment = {**store.environment(), "AWS_ENDPOINT_URL": link.endpoint,
                   **runner_job.environment(arguments.link_profile, file, key, outcome_file)}
    runs = []
    for _ in range(arguments.rounds):
        before = link.bytes()
        # measured one by one: a repeated run would count its bytes twice
        cost = measure.run_once(str(runner), environment, work, store, patience)
        check()
        down, up = (now - then for now, then in zip(link.bytes(), before))
        own = max(down, up) * 8 / BITS_PER_SECOND + ROUND_TRIP_MS / 1000
        runs.append((cost.wall / own, cost, down, up, own))
    store.delete(file)
    ratio, cost, down, up, own = sorted(runs, key=lambda run: run[0])[len(runs) // 2]
    return [name, f"{size / 1e6:.0f}", f"{down / 1e6:.1f}", f"{up / 1e6:.1f}", f"{own:.2f}",
            f"{cost.wall:.2f}", table.against(ratio, TARGET), f"{cost.others:.2f}"]


def run(arguments, runner, store, work):
    program = arguments.proxy
    if not os.access(program, os.X_OK):
        sys.exit(f"bench/run: no {program}: run ./dev build ci fault_proxy")
    patience = measure.Patience(arguments.patience)
    rows = []
    for name, (file, options) in SOURCES.items():
        with Link(str(pathlib.Path(program)), store.endpoint) as link:
            rows.append(_measure(name, file, options, arguments, runner, store, link, work, patience))
    head = [f"Source, profile `{arguments.link_profile}`", "MB", "MB down", "MB up",
            "The link's own s for them", "Wall s", "Wall, ours/the link's (target)", "Others' cores"]
    text = (f"{ROUND_TRIP_MS} ms of round trip, {BITS_PER_SECOND / 1e9:g} Gbit/s each way, "
            f"{arguments.minutes:g} minutes of 6 Mbit/s.\n\n" + table.markdown(head, rows))
    return Result(text, True)
