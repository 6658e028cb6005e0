"""What must be true once the dust has settled: nothing lost, duplicated, stuck or left over."""

import dataclasses
import os
import zlib

TERMINAL = ("succeeded", "failed", "cancelled")
# The service's own rule: a job that was disrupted more often is given up, with its reason.
MOST_DISRUPTIONS = 10
DISRUPTIONS = ("Evicted", "NodeLost", "PodLost")
# The file by which a controller of processes keeps others out: it stays.
CONTROLLER_LOCK = ".controller-lock"


class Verdict:
    """Findings by kind; each is one sentence that names its job."""

    KINDS = ("lost", "duplicated", "stuck", "litter")

    def __init__(self):
        self.found = {kind: [] for kind in self.KINDS}
        self.given_up = 0

    def add(self, kind, sentence):
        self.found[kind].append(sentence)

    def clean(self):
        return not any(self.found.values())

    def line(self):
        return ", ".join(f"{kind} {len(self.found[kind])}" for kind in self.KINDS)

    def show(self, most=20):
        if self.given_up:
            print(f"{self.given_up} jobs ended as failed after more than {MOST_DISRUPTIONS} disruptions, as promised")
        for kind in self.KINDS:
            for sentence in self.found[kind][:most]:
                print(f"{kind}: {sentence}")
            if len(self.found[kind]) > most:
                print(f"{kind}: and {len(self.found[kind]) - most} more")


@dataclasses.dataclass
class Rows:
    """What the database says of one batch."""

    jobs: dict  # rows of jobs by idempotency_key
    outputs: dict  # rows of job_outputs by job id
    successes: dict  # successful attempts by job id


def read_rows(database, batch):
    jobs = database.query("SELECT * FROM jobs WHERE batch = %s", batch)
    outputs = database.query("SELECT * FROM job_outputs WHERE idx = 0")
    successes = database.query("SELECT job_id, COUNT(*) AS n FROM job_attempts "
                               "WHERE reason = 'Succeeded' GROUP BY job_id")
    return Rows({row["idempotency_key"]: row for row in jobs},
                {row["job_id"]: row for row in outputs},
                {row["job_id"]: row["n"] for row in successes})


def check(verdict, wishes, batch, rows, places):
    """Compares what was asked for with rows, attempts and objects. `places` are by name."""
    published = {uri: count for place in places.values() for uri, count in place.publishes().items()}
    for wish in wishes:
        row = rows.jobs.get(f"{batch}-{wish.number}")
        place = places[wish.place]
        count = published.pop(place.uri(wish.output), 0)
        if row is None:
            verdict.add("lost", f"wish {wish.number} has no row")
            continue
        check_end(verdict, wish, row)
        check_output(verdict, wish, row, rows.outputs.get(row["id"]), place, count)
        successes = rows.successes.get(row["id"], 0)
        if successes != (1 if row["state"] == "succeeded" else 0):
            verdict.add("duplicated", f"job {row['id']} has {successes} successful attempts in "
                                      f"state {row['state']}")
    for uri in published:
        verdict.add("litter", f"{uri} belongs to no job")
    for place in places.values():
        for sentence in place.left_over():
            verdict.add("litter", sentence)


def name_of(wish, row):
    return f"job {row['id']} ({wish.source} in the {wish.place})"


def check_end(verdict, wish, row):
    job = name_of(wish, row)
    if row["state"] not in TERMINAL:
        verdict.add("stuck", f"{job} is {row['state']}/{row['reason']}: {row['message']}")
    elif row["state"] == "failed" and row["reason"] in DISRUPTIONS and \
            row["disruptions"] > MOST_DISRUPTIONS:
        verdict.given_up += 1
    elif (row["state"], row["reason"]) not in wish.ends:
        verdict.add("lost", f"{job} ended {row['state']}/{row['reason']} after {row['attempt']} "
                            f"attempts: {row['message']}")
    if row["state"] in TERMINAL and row["cleanup_at"] is not None:
        verdict.add("litter", f"{job} waits for its sweep")


def check_output(verdict, wish, row, output, place, count):
    """A job that succeeded has published once, all others never."""
    job, uri = name_of(wish, row), place.uri(wish.output)
    if row["state"] == "succeeded" and count == 1:
        check_object(verdict, job, row, output, place, uri)
    elif row["state"] == "succeeded":
        verdict.add("duplicated" if count else "lost",
                    f"{job} succeeded and {uri} was published {count} times")
    elif row["state"] in TERMINAL and count:
        verdict.add("litter", f"{job} is {row['state']} and published {uri}")


def check_object(verdict, job, row, output, place, uri):
    try:
        content, token = place.read(uri)
    except OSError as error:
        verdict.add("lost", f"{job}: {uri} is gone: {error}")
        return
    if not token.startswith(f"{row['id']}.{row['attempt']}."):
        verdict.add("duplicated", f"{job}: {uri} was made by {token}, not by attempt {row['attempt']}")
    if output is None or len(content) != output["bytes"] or \
            f"{zlib.crc32(content):08x}" != output["crc32"]:
        verdict.add("lost", f"{job}: {uri} is not what its row says")


def left_of_processes(runs, pids):
    """What the process executor left behind in its folder, as sentences."""
    names = os.listdir(runs) if os.path.isdir(runs) else []
    return ([f"runner process {pid} still works" for pid in pids] +
            [f"{name} is still in the folder of the attempts"
             for name in sorted(names) if name != CONTROLLER_LOCK])


def left_of_pods(pods):
    """The same of a namespace's pods."""
    return [f"pod {pod['metadata']['name']} is still there" for pod in pods]
