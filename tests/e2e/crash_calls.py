"""The external calls of a controller for one job, read from the logs of fault proxies.

A call is known by its text with what differs from job to job taken out, and by
how many equal ones came before it in the same life: so it can be met again in
the life of another job.
"""

import dataclasses
import re

WRITE = re.compile(r"(INSERT|UPDATE|DELETE|REPLACE|CALL)\b")
# What differs from one try to the next, and is no name of the job's.
PASSING = re.compile(r"\b(uploadId|resourceVersion|timeoutSeconds)=[^&]*")
ANY = "@ANY@"
# Reports come by the clock, as often as a job is long; the loss of one is no harm.
PROGRESS = "job_progress"
SPECIAL = re.compile(r"([.^$*+?()\[\]{}|\\/])")


@dataclasses.dataclass(frozen=True)
class Call:
    """One call; `text` has @NAME@ where a job's own name stands."""

    proxy: str  # "database", "storage" or "api"
    method: str  # of a request
    text: str  # path and query, or a statement after those of its transaction
    nth: int  # so many equal ones come before it

    def kind(self):
        return self.proxy, self.method, self.text

    def full_text(self):
        return f"{self.method} {self.text}".strip()

    def commits(self):
        """A COMMIT, or a statement that is a transaction of its own."""
        *before, last = self.text.split("; ")
        return self.proxy == "database" and (last == "COMMIT" or not before)

    def completes(self):
        return self.proxy == "storage" and self.method == "POST"

    def removes_pod(self):
        return self.proxy == "api" and self.method == "DELETE"

    def rule(self, names):
        """What makes a fault proxy meet it in the life of a job of these names."""
        pattern = SPECIAL.sub(r"\\\1", self.text).replace(ANY, "[^&]*")
        for name, value in names.items():
            pattern = pattern.replace(f"@{name}@", SPECIAL.sub(r"\\\1", value))
        rule = {"skip": self.nth, "count": 1}
        if self.proxy == "database":
            return {"on": "statement", "statement": f"^{pattern}$", **rule}
        return {"on": "request", "method": self.method, "path": f"^{pattern}$", **rule}

    def __str__(self):
        number = f" (#{self.nth + 1})" if self.nth else ""
        if self.proxy != "database":
            return f"{self.method} {self.text}{number}"
        *before, statement = self.text.split("; ")
        if statement == "COMMIT":
            first = next(text for text in before if WRITE.match(text))
            return f"COMMIT of {first[:60]}{number}"
        return statement[:60] + number


def _matters(proxy, entry):
    """Of the statements those that change something; reads can be repeated by anybody."""
    if proxy != "database":
        return True
    if PROGRESS in entry["what"]:
        return False
    if entry["what"] == "COMMIT":
        return any(WRITE.match(text) for text in entry["text"].split("; "))
    return bool(WRITE.match(entry["what"]))


def _generic(proxy, entry, names):
    """Method and text of an entry, without what is the job's own."""
    if proxy == "database":
        return "", entry["text"]
    text = entry["text"]
    for name, value in names.items():
        text = text.replace(value, f"@{name}@")
    return entry["what"].split(" ")[0], PASSING.sub(rf"\1={ANY}", text)


def kinds(logs, names):
    """What an idle controller calls, too."""
    return {(proxy, *_generic(proxy, entry, names)) for proxy, log in logs.items() for entry in log}


def calls(logs, names, idle, since=0):
    """The calls of `logs` (by proxy) that an idle controller does not make, in their order;
    only those after the moment `since` (us, monotonic)."""
    entries = sorted(((entry["at_us"], proxy, entry) for proxy, log in logs.items()
                      for entry in log), key=lambda each: each[0])
    seen, found = {}, []
    for at, proxy, entry in entries:
        kind = (proxy, *_generic(proxy, entry, names))
        if kind in idle or not _matters(proxy, entry):
            continue
        nth = seen.get(kind, 0)
        seen[kind] = nth + 1
        if at >= since:
            found.append(Call(*kind, nth))
    return found
