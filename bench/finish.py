"""From "the runner is done" to `succeeded`: the publish pool on S3 and the rows.

`publish`: jobs in `publishing`, brought to `succeeded` by the controller's
publish threads, beside a bare loop of the three S3 calls of each.
`finish`: terminal pods of jobs in a folder, brought to `succeeded` by all of a
controller, beside one connection that does the same guarded UPDATEs.
"""
import json
import os
import statistics
import subprocess
import sys

import database
import report
import servers
import table

PUBLISH, FINISH = 0.8, 0.5


def _figures(arguments, what, environment):
    program = arguments.programs / "bench" / "vexaa-bench-finish"
    if not os.access(program, os.X_OK):
        sys.exit(f"bench/run: no {program}: run ninja -C {arguments.programs} vexaa-bench-finish")
    done = subprocess.run([program, what, str(arguments.jobs), str(arguments.pairs)],
                          stdout=subprocess.PIPE, text=True, check=True,
                          env={**os.environ, **environment})
    return json.loads(done.stdout)


def _row(name, theirs, figures, target):
    ratios = sorted(ours / bare for ours, bare in zip(figures["ours"], figures["bare"]))
    ratio = statistics.median(ratios)
    return [name, theirs, f"{statistics.median(figures['ours']):.0f}",
            f"{statistics.median(figures['bare']):.0f}", table.at_least(ratio, target),
            f"{ratios[0]:.2f} to {ratios[-1]:.2f}"], ratio >= target


def _result(arguments, row, good, programs):
    head = ["Ours", "Bare", "Ours, jobs/s", "Bare, jobs/s", "Ours/bare (at least)", "of the pairs"]
    text = (f"Medians of {arguments.pairs} pairs of {arguments.jobs} jobs each; the ratio is the "
            "median of the pairs' own.\n\n" + table.markdown(head, [row], texts=2))
    options = ["--jobs", f"{arguments.jobs}", "--pairs", f"{arguments.pairs}"]
    return report.Measured(text, good, programs, options)


def publish(arguments, work):
    with servers.ObjectStore(arguments.root, work / "publish-radosgw", 2**30) as store, \
            database.Server(arguments.root, work / "publish-db", "MariaDB", 256) as server:
        server.migrated("bench")
        figures = _figures(arguments, "s3", {
            **store.environment(), "VEXAA_S3_ENDPOINT": store.endpoint,
            "DATABASE": f"127.0.0.1:{server.port}/bench"})
        version = server.version()
    threads = figures["publishers"]
    row, good = _row(f"{threads} publish threads, rows in `publishing` to `succeeded`",
                     f"{threads} threads: HEAD, ListParts, CompleteMultipartUpload", figures, PUBLISH)
    return _result(arguments, row, good, f"{version}; radosgw: {report.radosgw_version()}")


def finish(arguments, work):
    folder = work / "finish-objects"
    folder.mkdir()
    with database.Server(arguments.root, work / "finish-db", "MariaDB", 256) as server:
        server.migrated("bench")
        figures = _figures(arguments, "folder", {
            "FOLDER": str(folder), "DATABASE": f"127.0.0.1:{server.port}/bench"})
        version = server.version()
    row, good = _row(f"{figures['workers']} workers and {figures['publishers']} publish threads, "
                     "terminal pod to `succeeded`",
                     "1 connection: to `running`, to `publishing`, to `succeeded`", figures, FINISH)
    return _result(arguments, row, good, version)
