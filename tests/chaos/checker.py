"""What must be true once the dust has settled: nothing lost, duplicated, stuck or left over."""

import zlib

TERMINAL = ("succeeded", "failed", "cancelled")
# The service's own rule: a job that was disrupted more often is given up, with its reason.
MOST_DISRUPTIONS = 10
DISRUPTIONS = ("Evicted", "NodeLost", "PodLost")


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


def versions_of(bucket):
    """How often each key was published: every version of an object is one publish."""
    counts = {}
    pages = bucket.client.get_paginator("list_object_versions").paginate(Bucket=bucket.name,
                                                                         Prefix="out/")
    for page in pages:
        for version in page.get("Versions", []):
            counts[version["Key"]] = counts.get(version["Key"], 0) + 1
    return counts


def check(verdict, database, bucket, wishes, batch):
    """Compares wishes, rows, attempts and objects of one batch."""
    rows = {row["idempotency_key"]: row for row in database.query(
        "SELECT * FROM jobs WHERE batch = %s", batch)}
    outputs = {row["job_id"]: row for row in database.query("SELECT * FROM job_outputs WHERE idx = 0")}
    successes = {row["job_id"]: row["n"] for row in database.query(
        "SELECT job_id, COUNT(*) AS n FROM job_attempts WHERE reason = 'Succeeded' GROUP BY job_id")}
    versions = {key: count for key, count in versions_of(bucket).items()
                if key.startswith(f"out/{batch}/")}
    for wish in wishes:
        row = rows.get(f"{batch}-{wish.number}")
        key = f"out/{batch}/{wish.number}.mp3"
        published = versions.pop(key, 0)
        if row is None:
            verdict.add("lost", f"wish {wish.number} has no row")
            continue
        check_job(verdict, bucket, wish, row, outputs.get(row["id"]), key, published)
        if successes.get(row["id"], 0) != (1 if row["state"] == "succeeded" else 0):
            verdict.add("duplicated", f"job {row['id']} has {successes.get(row['id'], 0)} "
                                      f"successful attempts in state {row['state']}")
    for key in versions:
        verdict.add("litter", f"object {key} belongs to no job")


def check_job(verdict, bucket, wish, row, output, key, published):
    job = f"job {row['id']} ({wish.source})"
    if row["state"] not in TERMINAL:
        verdict.add("stuck", f"{job} is {row['state']}/{row['reason']}: {row['message']}")
        return
    if row["state"] == "failed" and row["reason"] in DISRUPTIONS and \
            row["disruptions"] > MOST_DISRUPTIONS:
        verdict.given_up += 1
    elif (row["state"], row["reason"]) not in wish.ends:
        verdict.add("lost", f"{job} ended {row['state']}/{row['reason']} after {row['attempt']} "
                            f"attempts: {row['message']}")
    if row["cleanup_at"] is not None:
        verdict.add("litter", f"{job} waits for its sweep")
    if row["state"] != "succeeded":
        if published:
            verdict.add("litter", f"{job} is {row['state']} and published {key}")
        return
    if published != 1:
        kind = "duplicated" if published else "lost"
        verdict.add(kind, f"{job} succeeded and {key} was published {published} times")
        return
    check_object(verdict, bucket, job, row, output, key)


def check_object(verdict, bucket, job, row, output, key):
    answer = bucket.client.get_object(Bucket=bucket.name, Key=key)
    content = answer["Body"].read()
    token = answer["Metadata"].get("vexaa-token", "")
    if not token.startswith(f"{row['id']}.{row['attempt']}."):
        verdict.add("duplicated", f"{job}: {key} was made by {token}, not by attempt {row['attempt']}")
    if output is None or len(content) != output["bytes"] or \
            f"{zlib.crc32(content):08x}" != output["crc32"]:
        verdict.add("lost", f"{job}: {key} is not what its row says")


def check_uploads(verdict, bucket):
    for key, upload in bucket.open_uploads():
        verdict.add("litter", f"upload {upload} of {key} is open")
