"""One big object from S3 to nowhere: ours beside curl and the AWS CLI."""
import dataclasses
import os
import shlex
import sys

import measure
import table
from servers import BUCKET

KEY = "big.bin"
OURS = "ours: what a runner reads a source with"
CURL = "`curl` on a presigned URL"
AWS = "`aws s3 cp` to /dev/null"


@dataclasses.dataclass
class Result:
    text: str
    good: bool


def _make(path, size):
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for _ in range(size >> 20):
            file.write(block)


def _speed(name, of_best):
    return f"**{of_best:.2f}**" if name == OURS and of_best < 1 else f"{of_best:.2f}"


def run(arguments, runner, store, work):
    reader = runner.parent.parent / "bench" / "vexaa-bench-read"
    if not os.access(reader, os.X_OK):
        sys.exit(f"bench/run: no {reader}: run ninja -C build/release vexaa-bench-read")
    source = work / KEY
    size = int(arguments.gigabytes * 1e9)
    _make(source, size)
    size = source.stat().st_size
    store.upload(source, KEY)
    source.unlink()
    commands = {
        OURS: f"{shlex.quote(str(reader))} s3://{BUCKET}/{KEY}",
        CURL: f"curl -sS -o /dev/null {shlex.quote(store.presign(KEY))}",
        # it renames what it wrote: a pipe is the cheapest nowhere it knows
        AWS: f"aws --endpoint-url {store.endpoint} s3 cp --only-show-errors s3://{BUCKET}/{KEY} "
             "- > /dev/null",
    }
    patience = measure.Patience(arguments.patience)
    costs = {name: [] for name in commands}
    for _ in range(arguments.rounds):
        for name, command in commands.items():
            costs[name].append(measure.run(command, store.environment(), work, store, patience,
                                           lambda: None))
    store.delete(KEY)
    rates = {name: size / 1e6 / measure.median(made, "wall") for name, made in costs.items()}
    best = max(rates[CURL], rates[AWS])
    rows = [[name, f"{measure.median(made, 'wall'):.2f}", f"{rates[name]:.0f}",
             f"{measure.median(made, 'cpu'):.2f}", f"{measure.median(made, 'rss') / 2**20:.0f}",
             _speed(name, rates[name] / best), f"{measure.median(made, 'others'):.2f}"]
            for name, made in costs.items()]
    head = ["Reader", "Wall s", "MB/s", "CPU s", "Peak RSS MiB",
            "Speed, of the best peer's (ours: 1.00 or more)", "Others' cores"]
    return Result(f"An object of {size / 1e9:.2f} GB.\n\n" + table.markdown(head, rows), True)
