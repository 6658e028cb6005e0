#!/usr/bin/env python3
"""Many jobs while everything around them fails: does each still end once?

    ./dev chaos [--seed N] [--minutes M] [--jobs N] [--pods N] [--server mariadb|mysql]

Runs jobs through the process executor and through pods of a fake kubelet, on a
real database, real object storage and a real API server, while controllers and
runners are killed, the database is restarted, and what passes between them is
lost, cut, refused or answered with errors. When all that has stopped and the
jobs have ended, rows and objects are compared with what was asked for. The last
line gives four figures; all must be 0.

The seed decides what is drawn (jobs, faults, pauses); how these meet is the
machine's timing, so a seed narrows a search but repeats nothing exactly.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import checker  # noqa: E402
import servers  # noqa: E402
from processes import Processes  # noqa: E402
from stage import say  # noqa: E402


def run(stages, minutes, verdict, keep):
    for stage in stages:
        try:
            say(f"{stage.name}: {len(stage.wishes)} jobs on {stage.kind}")
            stage.open()
            stage.start()
            stage.disturb(minutes)
            say(f"{stage.name}: all faults have stopped, {stage.states()}")
            stage.settle()
            stage.check(verdict)
            stage.tell()
            if not verdict.clean() and keep:
                shutil.copytree(stage.folder, os.path.join(keep, stage.name), dirs_exist_ok=True)
        finally:
            stage.clean_up()


def chaos(seed, minutes, process_jobs, pod_jobs, kind=None, keep=None, api_server=None):
    """Returns the verdict. Both servers have their turn unless `kind` names one for all."""
    folder = tempfile.mkdtemp(prefix="vexaa-chaos-")
    verdict = checker.Verdict()
    try:
        stages = []
        if process_jobs:
            stages.append(Processes(seed, process_jobs, folder, kind or servers.MARIADB))
        if pod_jobs:
            from pods import Pods  # needs a cluster
            stages.append(Pods(seed, pod_jobs, folder, kind or servers.other(), api_server=api_server))
        run(stages, minutes, verdict, keep)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=None, help="draws the same jobs and faults again")
    parser.add_argument("--minutes", type=float, default=15, help="faults of one executor last so long at most")
    parser.add_argument("--jobs", type=int, default=2000, help="jobs through the process executor")
    parser.add_argument("--pods", type=int, default=500, help="jobs through pods of the fake kubelet")
    parser.add_argument("--server", choices=sorted(servers.KINDS),
                        help="database server of both (processes on MariaDB, pods on MySQL, unless told)")
    parser.add_argument("--api-server", metavar="FILE", help="holds the process id of the cluster's "
                        "kube-apiserver on this machine, which is then killed and restarted, too")
    parser.add_argument("--keep", help="folder for the logs of a run that found something")
    arguments = parser.parse_args()
    kind = servers.KINDS.get(arguments.server)
    if kind and not servers.exists(kind):
        parser.error(f"there is no {kind} on this machine: see tests/bed/bed")
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    pods = arguments.pods
    if pods and not os.environ.get("VEXAA_TEST_KUBECONFIG"):
        say("pods did not run: VEXAA_TEST_KUBECONFIG names no disposable cluster")
        pods = 0
    say(f"seed {seed}: {arguments.jobs} jobs by processes, {pods} by pods")
    verdict = chaos(seed, arguments.minutes, arguments.jobs, pods, kind, arguments.keep,
                    arguments.api_server)
    verdict.show()
    say(f"seed {seed}: {verdict.line()}")
    sys.exit(0 if verdict.clean() else 1)


if __name__ == "__main__":
    main()
