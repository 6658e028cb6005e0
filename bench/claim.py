"""Claims from a deep backlog beside a long history, with the controller's SQL.

One table holds millions of finished jobs and four queues of very different
depth. Claims of 20 go round the queues in turn, so that noise of the machine
meets all of them alike. Around each measured claim the queue is kept as it
was: what was claimed ends, and as many new jobs are submitted.
"""
import secrets
import shutil
import statistics
import sys
import time

import database
import report
from database import query, run

BATCH = 20
ROWS_A_JOB, ROWS_A_BATCH = 2, 4
FLAT = 1.5
CHUNK = 100_000


def _say(text):
    print(text, file=sys.stderr, flush=True)


def depths(queued):
    """1 thousand and so on, ten times as many each, up to `queued`."""
    steps, depth = [], 1000
    while depth < queued:
        steps.append(depth)
        depth *= 10
    return [*steps, queued]


def _queue(depth):
    return f"deep-{depth}"


class Load:
    """Fills the table in chunks of one INSERT ... SELECT each."""

    def __init__(self, connection):
        self._connection = connection
        run(connection, "SET SESSION sql_log_bin = 0")
        run(connection, "SET GLOBAL innodb_flush_log_at_trx_commit = 0")
        run(connection, "CREATE TABLE numbers (n INT NOT NULL PRIMARY KEY)")
        digits = " UNION ALL ".join(f"SELECT {n} AS d" for n in range(10))
        run(connection, "INSERT INTO numbers SELECT " +
            " + ".join(f"{10 ** i} * t{i}.d" for i in range(5)) + " FROM " +
            ", ".join(f"({digits}) t{i}" for i in range(5)))

    def finished(self, count):
        for first in range(0, count, CHUNK):
            run(self._connection,
                "INSERT INTO jobs (source_uri, queue_name, batch, state, reason, attempt, created_at, "
                "finished_at) SELECT CONCAT('s3://videos/old/', %s + n, '.mp4'), "
                "CONCAT('deep-', ELT(1 + n %% 4, %s, %s, %s, %s)), CONCAT('batch-', (%s + n) DIV 1000), "
                "IF(n %% 10 = 0, 'failed', 'succeeded'), IF(n %% 10 = 0, 'InputNotFound', 'Succeeded'), 1, "
                "CURRENT_TIMESTAMP(6) - INTERVAL 30 DAY, CURRENT_TIMESTAMP(6) - INTERVAL 30 DAY + "
                "INTERVAL FLOOR((%s + n) / %s * 2592000) SECOND FROM numbers WHERE n < %s",
                first, *self._names(), first, first, count, min(CHUNK, count - first))
            if first % 1_000_000 == 0:
                _say(f"  {first:,} of {count:,} finished jobs")

    def queued(self, depth):
        for first in range(0, depth, CHUNK):
            run(self._connection,
                "INSERT INTO jobs (source_uri, queue_name, batch, priority) "
                "SELECT CONCAT('s3://videos/new/', n, '.mp4'), %s, CONCAT('waiting-', %s), n %% 5 "
                "FROM numbers WHERE n < %s", _queue(depth), depth, min(CHUNK, depth - first))

    def _names(self):
        return [1000, 10_000, 100_000, 1_000_000]

    def settle(self):
        """As durable as a stock server again, and nothing left to write back."""
        run(self._connection, "DROP TABLE numbers")
        run(self._connection, "SET SESSION sql_log_bin = 1")
        run(self._connection, "SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        run(self._connection, "FLUSH TABLES")


class Claims:
    def __init__(self, server, name, texts):
        self._connection, self._other = server.connect(name), server.connect(name)
        self._kind, self._texts = server.kind, texts

    def _claim(self, queue):
        """The statements between BEGIN and COMMIT, as ClaimTransaction runs them."""
        ids = sorted(row[0] for row in query(self._connection, self._texts.get("kClaimSelect"), queue, BATCH))
        if len(ids) != BATCH:
            raise SystemExit(f"bench/run: {len(ids)} jobs claimed from {queue}, not {BATCH}")
        nonce = secrets.token_hex(16)
        run(self._connection, self._texts.get("kClaimUpdate", BATCH), "bench", nonce, *ids)
        run(self._connection, self._texts.get("kClaimAttempts", BATCH), *ids)
        return ids

    def _restore(self, queue, ids):
        marks = ", ".join(["%s"] * len(ids))
        run(self._connection, f"UPDATE jobs SET state = 'succeeded', reason = 'Succeeded', "
            f"finished_at = CURRENT_TIMESTAMP(6) WHERE id IN ({marks})", *ids)
        run(self._connection, "INSERT INTO jobs (source_uri, queue_name, priority) VALUES " +
            ", ".join(f"('s3://videos/more.mp4', '{queue}', {i % 5})" for i in range(BATCH)))

    def timed(self, queue):
        start = time.perf_counter()
        self._connection.begin()
        ids = self._claim(queue)
        self._connection.commit()
        took = time.perf_counter() - start
        self._restore(queue, ids)
        return took * 1e3

    def locked(self, queue):
        """Rows locked by one claim of BATCH, by the server's own books."""
        thread = self._connection.thread_id()
        self._connection.begin()
        ids = self._claim(queue)
        time.sleep(0.3)  # INNODB_TRX is a copy, renewed after 0.1 s without readers
        if self._kind == "MySQL":
            rows = query(self._other, "SELECT COUNT(*) FROM performance_schema.data_locks l JOIN "
                         "performance_schema.threads t ON t.thread_id = l.thread_id "
                         "WHERE t.processlist_id = %s AND l.lock_type = 'RECORD'", thread)[0][0]
        else:
            rows = query(self._other, "SELECT trx_rows_locked FROM information_schema.INNODB_TRX "
                         "WHERE trx_mysql_thread_id = %s", thread)[0][0]
        self._connection.commit()
        self._restore(queue, ids)
        return rows


def _claim_rows(server, name, texts, arguments):
    """Table rows, and whether the limits were kept."""
    claims, steps = Claims(server, name, texts), depths(arguments.queued)
    times = {depth: [] for depth in steps}
    for depth in steps:
        claims.timed(_queue(depth))  # warm
    for number in range(arguments.claims):
        for depth in steps[number % len(steps):] + steps[:number % len(steps)]:
            times[depth].append(claims.timed(_queue(depth)))
    locked = {depth: max(claims.locked(_queue(depth)) for _ in range(5)) for depth in steps}
    base, rows, good = statistics.median(times[steps[0]]), [], True
    for depth in steps:
        median = statistics.median(times[depth])
        quartile = statistics.quantiles(times[depth], n=4)
        kept = locked[depth] <= ROWS_A_JOB * BATCH + ROWS_A_BATCH and median / base < FLAT
        good = good and kept
        rows.append([server.kind, f"{depth:,}", f"{median:.2f}", f"{quartile[0]:.2f} to {quartile[2]:.2f}",
                     f"{median / base:.2f}", f"{locked[depth]}", f"{locked[depth] / BATCH:.2f}",
                     "yes" if kept else "**no**"])
    return rows, good


def _reads(server, name, texts, arguments):
    """What people and the idle controller ask, at that size."""
    connection = server.connect(name)
    oldest, deepest = query(connection, "SELECT MIN(id) FROM jobs")[0][0], depths(arguments.queued)[-1]
    asked = [
        ("one job: `v_jobs` by id", "SELECT * FROM v_jobs WHERE id = %s", [oldest + 4321]),
        ("the newest 20 of `v_jobs`", "SELECT * FROM v_jobs ORDER BY id DESC LIMIT 20", []),
        ("a batch of 1,000: `v_batches`", "SELECT * FROM v_batches WHERE batch = %s", ["batch-7"]),
        ("all queues: `v_queue`", "SELECT * FROM v_queue", []),
        ("the controller's poll of 2 queues", texts.get("kQueues", 2), ["default", _queue(deepest)]),
        ("200 rows to purge", texts.get("kPurgeSelect"), ["succeeded", 29 * 86400, 200]),
    ]
    rows = []
    for label, sql, values in asked:
        database.cost(connection, sql, *values)  # warm
        milliseconds, read = database.cost(connection, sql, *values)
        rows.append([server.kind, label, f"{milliseconds:.1f}", f"{read:,}"])
    plan = query(connection, ("EXPLAIN FORMAT=TRADITIONAL " if server.kind == "MySQL" else "EXPLAIN ") +
                 asked[0][1], *asked[0][2])
    kinds = {row[4 if server.kind == "MySQL" else 3] for row in plan}
    return rows, kinds == {"const"}


def _of_server(kind, arguments, work, texts):
    with database.Server(arguments.root, work / kind, kind) as server:
        _say(f"claim: {server.version()}, {arguments.finished:,} finished jobs")
        load = Load(server.migrated("bench"))
        load.finished(arguments.finished)
        run(load._connection, "INSERT INTO queues (name) VALUES " + ", ".join(
            f"('{_queue(depth)}')" for depth in depths(arguments.queued)))
        for depth in depths(arguments.queued):
            load.queued(depth)
        load.settle()
        claims, kept = _claim_rows(server, "bench", texts, arguments)
        reads, one_row = _reads(server, "bench", texts, arguments)
        version = server.version()
    shutil.rmtree(work / kind, ignore_errors=True)
    return claims, reads, kept and one_row, version


def _table(head, rows, text_columns):
    rule = ["---"] * text_columns + ["---:"] * (len(head) - text_columns)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def measure(arguments, work):
    texts, claims, reads, good, versions = database.Texts(arguments.root), [], [], True, []
    for kind in ("MariaDB", "MySQL"):
        if not database.Server(arguments.root, work, kind).exists():
            raise SystemExit(f"bench/run: no {kind} server here")
        more_claims, more_reads, kept, version = _of_server(kind, arguments, work, texts)
        claims, reads, good = claims + more_claims, reads + more_reads, good and kept
        versions.append(version)
    text = (f"{arguments.finished:,} finished jobs in the table; claims of {BATCH} jobs, medians of "
            f"{arguments.claims} for each queue, queues in turn.\n\n" +
            _table(["Server", "Queued in this queue", "Claim, median ms", "quartiles", "to the first",
                    f"Rows locked, of {BATCH} jobs", "a job", "Kept"], claims, 1) + "\n\n" +
            _table(["Server", "Question", "ms", "Rows read"], reads, 2))
    return report.Measured(text, good, "; ".join(versions),
                           ["--finished", f"{arguments.finished}", "--queued", f"{arguments.queued}",
                            "--claims", f"{arguments.claims}"])
