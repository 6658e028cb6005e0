"""What must be true of a job of the crash test when nothing is left to be done."""

import zlib


def expect(what, seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{what}: {seen!r}, not {wanted!r}")


def check(lane, reference):
    """Raises AssertionError unless the lane's job ended once; the CRC of its object.

    `reference` is what that CRC must be; None: anything.
    """
    job = lane.database.job(lane.job_id)
    expect("state and reason", (job["state"], job["reason"]), lane.life.end)
    check_rows(lane, job)
    check_attempts(lane, job)
    check_storage(lane, job)
    expect("runners at work", lane.runners(), [])
    if job["state"] != "succeeded":
        return None
    crc = check_object(lane, job)
    if reference:
        expect("content", crc, reference)
    return crc


def check_rows(lane, job):
    expect("claim and publisher", (job["claim_nonce"], job["publisher"]), (None, None))
    expect("rows of this source", lane.database.query(
        "SELECT id FROM jobs WHERE source_uri LIKE %s", f"%{lane.source}"), [{"id": job["id"]}])
    expect("locks of outputs", [row["output_lock"] for row in lane.database.query(
        "SELECT output_lock FROM job_outputs WHERE job_id = %s", job["id"])], [None])


def check_attempts(lane, job):
    rows = lane.database.query("SELECT * FROM job_attempts WHERE job_id = %s ORDER BY attempt",
                               job["id"])
    expect("attempts", [(row["attempt"], row["reason"]) for row in rows],
           list(enumerate(lane.life.reasons, 1)))
    # No crash of a controller costs a job anything.
    expect("attempt, failures, disruptions", (job["attempt"], job["failures"], job["disruptions"]),
           (len(rows), len(rows) - 1, 0))
    expect("attempts without an end", [row["attempt"] for row in rows
                                       if not row["finished_at"] or row["claim_nonce"]], [])


def check_storage(lane, job):
    succeeded = job["state"] == "succeeded"
    expect("open uploads", lane.bucket.open_uploads(), [])
    expect("objects", [key for key in lane.bucket.keys() if lane.source in key],
           [lane.key, lane.source] if succeeded else [lane.source])
    expect("times it was published", lane.bucket.versions(lane.key), int(succeeded))


def check_object(lane, job):
    content = lane.bucket.get(lane.key)
    crc = f"{zlib.crc32(content):08x}"
    output = lane.database.output(job["id"])
    expect("bytes and CRC", (len(content), crc), (output["bytes"], output["crc32"]))
    token = lane.bucket.head(lane.key)["Metadata"]["vexaa-token"]
    expect("who made it", token.split(".")[:2], [str(job["id"]), str(job["attempt"])])
    return crc
