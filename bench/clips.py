"""Many short clips: what a job costs beside the work that is in it.

Clips of 10 s, as processes of this machine or as pods of a one-node cluster; so
many at a time as there are slots. Work is what the
runner alone needs for such a clip, as many at a time, in the same run. All else
is overhead: a slot's seconds for a clip, without the work's.
"""
import concurrent.futures
import os
import socket
import statistics
import subprocess
import sys
import time

import cluster
import control
import database
import inputs
import report
import runner_job
import servers
import table

SECONDS, PROFILE, KEY = 10, "mp3-128k", "clip.mp4"
ROUNDS, ALONE = 4, 24
IDLE_SAMPLES = 10


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Alone:
    """The runner as a controller starts it, without one."""

    def __init__(self, arguments, store, work):
        self._runner = arguments.programs / "runner" / "vexaa-runner"
        if not os.access(self._runner, os.X_OK):
            sys.exit(f"bench/run: no {self._runner}: run ./dev build release")
        self._slots, self._store, self._work, self._made = arguments.slots, store, work, 0

    def _run(self, number):
        outcome = self._work / f"alone-{number}.json"
        environment = {**self._store.environment(),
                       **runner_job.environment(PROFILE, KEY, f"alone/{number}.mp3", outcome)}
        subprocess.run([self._runner], env=environment, stdin=subprocess.DEVNULL, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        runner_job.staged(outcome)
        outcome.unlink()

    def slot_seconds(self, count, slots=None):
        """Of one clip."""
        slots = slots or self._slots
        numbers = range(self._made, self._made + count)
        self._made += count
        start = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(slots) as pool:
            list(pool.map(self._run, numbers))
        return slots * (time.perf_counter() - start) / count


class Jobs:
    """Rows in a controller's queue, and how long they take."""

    def __init__(self, connection, slots):
        self._connection, self._slots, self._made = connection, slots, 0
        database.run(connection, "UPDATE queues SET max_running = %s, max_pending = 0", slots)

    def _finish(self, count):
        """Seconds from before the INSERT to the last row's end."""
        first, self._made = self._made, self._made + count
        outputs = [f"s3://{servers.BUCKET}/jobs/{first + i}.mp3" for i in range(count)]
        values = ", ".join([f"('s3://{servers.BUCKET}/{KEY}', %s, '{PROFILE}')"] * count)
        start = time.perf_counter()
        database.run(self._connection,
                     f"INSERT INTO jobs (source_uri, output_uri, profile) VALUES {values}", *outputs)
        end = time.monotonic() + control.PATIENCE + 10 * count
        while self._count("finished_at IS NULL"):
            if time.monotonic() > end:
                raise SystemExit("bench/run: clips do not end")
            time.sleep(0.005 if count == 1 else 0.05)
        took = time.perf_counter() - start
        if self._count("state <> 'succeeded' OR attempt > 1"):
            raise SystemExit("bench/run: a clip did not succeed at once")
        return took

    def _count(self, condition):
        return database.query(self._connection, f"SELECT COUNT(*) FROM jobs WHERE {condition}")[0][0]

    def slot_seconds(self, count):
        return self._slots * self._finish(count) / count

    def one_by_one(self):
        return statistics.median(self._finish(1) for _ in range(IDLE_SAMPLES))


def _row(where, count, jobs, alone):
    """Rounds in turns with the runner alone; a table row."""
    jobs.slot_seconds(2)  # warm
    ours, work = [], []
    for _ in range(ROUNDS):
        work.append(alone.slot_seconds(ALONE))
        ours.append(jobs.slot_seconds(count // ROUNDS))
    idle, single = jobs.one_by_one(), statistics.median(alone.slot_seconds(1, 1) for _ in range(IDLE_SAMPLES))
    mean, worked = statistics.mean(ours), statistics.median(work)
    return [where, f"{count:,}", f"{mean:.3f}", f"{worked:.3f}", f"{mean - worked:.3f}",
            f"{(mean - worked) / worked:.2f}", f"{idle:.3f}", f"{idle - single:.3f}"]


def _by_processes(arguments, work, server, store, alone):
    folder = work / "clip-processes"
    folder.mkdir()
    config = {"executor": "process", "database": control.database_of(server, "processes"),
              "process": {"directory": str(folder / "runs"),
                          "runner": str(arguments.programs / "runner" / "vexaa-runner")},
              "stores": [{"name": "bed", "endpoint": store.endpoint, "allowHttp": True,
                          "buckets": [servers.BUCKET]}]}
    database.run(server.connect(), "CREATE DATABASE processes")
    program = arguments.programs / "controller" / "vexaa-controller"
    with control.Controller(program, folder, config, store.environment()):
        jobs = Jobs(server.connect("processes"), arguments.slots)
        return _row("processes", arguments.clips, jobs, alone), []


def _by_pods(arguments, work, server, store, alone):
    folder, port = work / "clip-pods", _free_port()
    folder.mkdir()
    keys = store.environment()
    database.run(server.connect(), "CREATE DATABASE pods")
    program = arguments.programs / "controller" / "vexaa-controller"
    with cluster.Namespace(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]) as space:
        config = {"executor": "kubernetes", "database": control.database_of(server, "pods"),
                  "kubernetes": space.settings(
                      runnerImage="vexaa/runner:" + os.environ["VEXAA_TEST_IMAGE_TAG"],
                      cpuRequest="50m"),
                  "progress": {"address": "0.0.0.0", "port": port,
                               "url": f"http://{cluster.POD_HOST}:{port}/progress"},
                  "stores": [{"name": "bed", "endpoint": store.endpoint, "allowHttp": True,
                              "runnerEndpoint": store.endpoint.replace("127.0.0.1", cluster.POD_HOST),
                              "buckets": [servers.BUCKET], "runnerSecret": "vexaa-s3"}]}
        with control.Controller(program, folder, config, keys):
            jobs = Jobs(server.connect("pods"), arguments.slots)
            return _row("pods", arguments.pod_clips, jobs, alone), [space.version()]


def _measure(arguments, work, name, run, count):
    clip = work / KEY
    inputs.make_video(work, clip, SECONDS, "-movflags", "+faststart")
    os.environ.setdefault("VEXAA_BED_BIND", "0.0.0.0")  # pods have to reach the store
    with servers.ObjectStore(arguments.root, work / "clip-radosgw", 2**31) as store, \
            database.Server(arguments.root, work / "clip-db", "MariaDB", 256) as server:
        store.upload(clip, KEY)
        alone = Alone(arguments, store, work)
        alone.slot_seconds(ALONE)  # warm
        row, versions = run(arguments, work, server, store, alone)
        programs = "; ".join([server.version(), f"radosgw: {report.radosgw_version()}", *versions])
    head = ["Runners", "Clips", "Slot s a clip", "Work s", "Overhead s", "Overhead/work",
            "INSERT to succeeded when idle, s", "of it overhead"]
    text = (f"Clips of {SECONDS} s ({clip.stat().st_size / 1e6:.1f} MB of 1080p MP4) to {PROFILE}, "
            f"{arguments.slots} at a time, in {ROUNDS} rounds in turns with the runner alone; "
            f"idle: medians of {IDLE_SAMPLES}.\n\n" + table.markdown(head, [row]))
    return report.Measured(text, True, programs, [name, f"{count}", "--slots", f"{arguments.slots}"])


def measure(arguments, work):
    return _measure(arguments, work, "--clips", _by_processes, arguments.clips)


def measure_pods(arguments, work):
    if not can_run_pods():
        sys.exit("bench/run: pod-clips needs VEXAA_TEST_KUBECONFIG and, in its cluster, the "
                 "runner's image of VEXAA_TEST_IMAGE_TAG")
    return _measure(arguments, work, "--pod-clips", _by_pods, arguments.pod_clips)


def can_run_pods():
    return cluster.is_there() and bool(os.environ.get("VEXAA_TEST_IMAGE_TAG"))
