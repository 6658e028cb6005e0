"""Pods a second, of a controller with a backlog beside a bare loop of POSTs.

The pods ask for a node that is not there, so that both sides measure creation
alone; the scheduler looks at those of both. Rounds in turns; the bare loop
POSTs what the API server shows of one of our pods, under other names.
"""
import json
import os
import statistics
import subprocess
import sys
import time

import cluster
import control
import database
import report
import table

TARGET, CONNECTIONS = 0.7, 16


def controller(arguments, work, server, space):
    """What control.Controller is made of, for pods that no node takes."""
    folder = work / space.name
    folder.mkdir()
    connection = server.connect()
    database.run(connection, "CREATE DATABASE bench")
    # nothing is read or written there: no runner ever starts
    store = {"name": "none", "endpoint": "http://127.0.0.1:9", "allowHttp": True,
             "buckets": ["bench"], "runnerSecret": "vexaa-s3"}
    config = {"executor": "kubernetes", "database": control.database_of(server), "stores": [store],
              "kubernetes": space.settings(nodeSelector={"vexaa.io/bench": "nobody"})}
    return (arguments.programs / "controller" / "vexaa-controller", folder, config,
            {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})


def submit(connection, count):
    """By one statement."""
    values = ", ".join(["('s3://bench/talk.mp4', %s)"] * count)
    outputs = [f"s3://bench/out/{time.time_ns()}-{i}.mp3" for i in range(count)]
    database.run(connection, f"INSERT INTO jobs (source_uri, output_uri) VALUES {values}", *outputs)


def warm(server, space, running):
    """A connection, and a pod to POST like those of the controller."""
    connection = server.connect("bench")
    database.run(connection, "UPDATE queues SET max_pending = 0, max_running = 0")
    submit(connection, CONNECTIONS)
    running.wait_for("Runner pod created", CONNECTIONS)
    pod = cluster.as_posted(space.pods()[0])
    clear(connection, space)
    return connection, pod


def clear(connection, space):
    """The jobs first: a pod that goes is not missed then."""
    database.run(connection, "DELETE FROM jobs")
    space.clear()
    time.sleep(2)  # what that set off is over


def bare(arguments, space, pod, count, connections, prefix):
    program = arguments.programs / "bench" / "vexaa-bench-pods"
    if not os.access(program, os.X_OK):
        sys.exit(f"bench/run: no {program}: run ninja -C {arguments.programs} vexaa-bench-pods")
    done = subprocess.run([program, space.kubeconfig, space.name, str(count), str(connections), prefix],
                          input=json.dumps(pod), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _ours(connection, running, count):
    running.forget_past_lines()
    start = time.time()
    submit(connection, count)
    return count / (max(line["at"] for line in running.wait_for("Runner pod created", count)) - start)


def _bare(arguments, space, pod, number):
    count = arguments.pods
    return count / bare(arguments, space, pod, count, CONNECTIONS, f"bare-{number}")["seconds"]


def _text(arguments, ours, bares):
    ratios = sorted(one / other for one, other in zip(ours, bares))
    ratio = statistics.median(ratios)
    head = ["", "pods/s", "of rounds", "Ours/bare (at least)", "of the rounds"]
    rows = [[name, f"{statistics.median(rates):.1f}", f"{min(rates):.1f} to {max(rates):.1f}", *more]
            for name, rates, more in (
                (f"bare POSTs, {CONNECTIONS} connections", bares, ["", ""]),
                ("controller, from the INSERT of all rows", ours,
                 [table.at_least(ratio, TARGET), f"{ratios[0]:.2f} to {ratios[-1]:.2f}"]))]
    return (f"Medians of {len(ours)} rounds of {arguments.pods} pods each.\n\n" +
            table.markdown(head, rows)), ratio >= TARGET


def measure(arguments, work):
    with database.Server(arguments.root, work / "creation-db", "MariaDB", 256) as server, \
            cluster.Namespace() as space, \
            control.Controller(*controller(arguments, work, server, space)) as running:
        connection, pod = warm(server, space, running)
        ours, bares = [], []
        for number in range(arguments.pairs):
            for of_ours in ((True, False) if number % 2 else (False, True)):
                if of_ours:
                    ours.append(_ours(connection, running, arguments.pods))
                else:
                    bares.append(_bare(arguments, space, pod, number))
                clear(connection, space)
        text, good = _text(arguments, ours, bares)
        return report.Measured(text, good, f"{server.version()}; {space.version()}",
                               ["--pods", f"{arguments.pods}", "--pairs", f"{arguments.pairs}"])
