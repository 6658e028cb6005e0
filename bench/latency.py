"""INSERT to pod created, of an idle controller, and what idling costs.

The pods ask for a node that is not there: nothing else happens to them. Rounds
of INSERTs and of bare POSTs of the same pod over one connection, in turns.
"""
import random
import statistics
import time

import cluster
import control
import creation
import database
import report
import table

POLL_MS, IDLE_PERCENT = 100, 1.0
ROUNDS, SAMPLES = 5, 12


def _idle_percent(controller, seconds):
    time.sleep(5)  # its start is over
    before, start = controller.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return 100 * (controller.cpu_seconds() - before) / (time.monotonic() - start)


def _insert_ms(connection, controller):
    """One row, at any moment of the poll interval."""
    time.sleep(0.3 + random.random() / 5)
    controller.forget_past_lines()
    start = time.time()
    creation.submit(connection, 1)
    return (controller.wait_for("Runner pod created", 1)[0]["at"] - start) * 1e3


def _rows(inserts, posts, idle):
    bound = POLL_MS + 2 * statistics.median(posts)
    median, quartile = statistics.median(inserts), statistics.quantiles(inserts, n=4)
    head = ["", "median ms", "quartiles", "promised"]
    post_quartile = statistics.quantiles(posts, n=4)
    mark = "" if median <= bound else "**"
    rows = [["bare POST, 1 connection", f"{statistics.median(posts):.1f}",
             f"{post_quartile[0]:.1f} to {post_quartile[2]:.1f}", ""],
            ["INSERT to pod created", f"{mark}{median:.1f}{mark}",
             f"{quartile[0]:.1f} to {quartile[2]:.1f}",
             f"{bound:.1f} ({POLL_MS} + twice a bare POST)"]]
    text = table.markdown(head, rows)
    text += f"\n\nIdle, CPU of the controller: {table.against(idle, IDLE_PERCENT)} % of a core."
    return text, median <= bound and idle < IDLE_PERCENT


def measure(arguments, work):
    with database.Server(arguments.root, work / "latency-db", "MariaDB", 256) as server, \
            cluster.Namespace() as space, \
            control.Controller(*creation.controller(arguments, work, server, space)) as controller:
        connection, pod = creation.warm(server, space, controller)
        idle = _idle_percent(controller, arguments.idle)
        inserts, posts = [], []
        for number in range(ROUNDS):
            inserts += [_insert_ms(connection, controller) for _ in range(SAMPLES)]
            posts += creation.bare(arguments, space, pod, SAMPLES, 1, f"post-{number}")["milliseconds"]
            creation.clear(connection, space)
        text, good = _rows(inserts, posts, idle)
        text = (f"{len(inserts)} INSERTs into an idle queue and {len(posts)} bare POSTs, in turns of "
                f"{SAMPLES}; idle over {arguments.idle} s.\n\n" + text)
        return report.Measured(text, good, f"{server.version()}; {space.version()}",
                               ["--idle", f"{arguments.idle}"])
