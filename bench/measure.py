"""Runs a command and says what it cost, and how much others disturbed it."""
import dataclasses
import os
import statistics
import subprocess
import sys
import time

# a run beside which others used more cores than this is repeated
DISTURBED = 0.3
QUIET = 0.25
TRIES = 3


@dataclasses.dataclass
class Cost:
    wall: float
    cpu: float  # user and system, of all processes of the command
    rss: int  # bytes, peak of the largest process
    others: float  # cores used by what is neither the command nor its servers


def _machine_busy():
    """CPU seconds of the machine that were not idle, stolen ones included."""
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


class Patience:
    """The seconds one bench may spend on others' noise, waiting or repeating."""

    def __init__(self, seconds):
        self._left = seconds

    def spend(self, seconds):
        self._left -= seconds

    def is_left(self):
        return self._left > 0

    def wait_for_quiet(self):
        """Until half a second passes with little work, or patience ends."""
        while self.is_left():
            before, start = _machine_busy(), time.monotonic()
            time.sleep(0.5)
            took = time.monotonic() - start
            if (_machine_busy() - before) / took < QUIET:
                return
            self.spend(took)


def _run_once(command, environment, work, store):
    # time(1) is small: a child of this process would inherit its peak RSS
    figures = work / "time.txt"
    timed = ["time", "--quiet", "--format=%U %S %M", f"--output={figures}", "bash", "-c",
             "set -o pipefail\n" + command]
    busy, served, start = _machine_busy(), store.cpu_seconds(), time.perf_counter()
    done = subprocess.run(timed, env=environment, cwd=work, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wall = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"bench/run: exit code {done.returncode} of: {command}\n{done.stdout[-2000:]}")
    user, system, kib = figures.read_text().split()
    cpu = float(user) + float(system)
    others = _machine_busy() - busy - cpu - (store.cpu_seconds() - served)
    return Cost(wall, cpu, int(kib) * 1024, max(0.0, others / wall))


def run_once(command, environment, work, store, patience):
    """When the machine is quiet, or patience has ended."""
    patience.wait_for_quiet()
    return _run_once(command, environment, work, store)


def run(command, environment, work, store, patience, check):
    """The least disturbed of at most TRIES runs; `check()` after each."""
    best = None
    for number in range(TRIES):
        patience.wait_for_quiet()
        cost = _run_once(command, environment, work, store)
        check()
        if best is None or cost.others < best.others:
            best = cost
        if best.others <= DISTURBED or not patience.is_left():
            break
        if number + 1 < TRIES:
            patience.spend(cost.wall)
    return best


def median(costs, field):
    return statistics.median(getattr(cost, field) for cost in costs)
