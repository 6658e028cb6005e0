"""What goes wrong during a chaos run. Each disturber is a thread with a random
generator of its own, so that one seed gives each the same series of decisions;
how they meet the jobs is the machine's doing.
"""

import os
import random
import signal
import threading

import pymysql


class Disturber(threading.Thread):
    """Does `disturb` now and then, until `stop`; what it did is counted."""

    def __init__(self, name, seed, pause):
        super().__init__(name=name, daemon=True)
        self.random = random.Random(f"{seed}/{name}")
        self.pause = pause  # seconds, least and most
        self.stopping = threading.Event()
        self.done = {}

    def run(self):
        while not self.stopping.wait(self.random.uniform(*self.pause)):
            try:
                what = self.disturb()
            except OSError as error:  # its victim was gone
                what = f"missed ({type(error).__name__})"
            if what:
                self.done[what] = self.done.get(what, 0) + 1

    def disturb(self):
        raise NotImplementedError

    def end(self):
        self.stopping.set()
        self.join()
        self.restore()

    def restore(self):
        """Puts back what it disturbed."""


class KillControllers(Disturber):
    """kill -9, SIGTERM or a frozen while; a supervisor starts it again."""

    def __init__(self, seed, supervisors, pause=(4, 12)):
        super().__init__("controllers", seed, pause)
        self.supervisors = supervisors

    def disturb(self):
        victim = self.random.choice(self.supervisors)
        how = self.random.choice(("kill", "kill", "term", "freeze"))
        process = victim.process
        if process is None or process.poll() is not None:
            return None
        if how == "freeze":
            process.send_signal(signal.SIGSTOP)
            self.stopping.wait(self.random.uniform(0.5, 6))
            process.send_signal(signal.SIGCONT)
        else:
            process.send_signal(signal.SIGKILL if how == "kill" else signal.SIGTERM)
        return f"controller {how}"

    def restore(self):
        for supervisor in self.supervisors:
            if supervisor.process and supervisor.process.poll() is None:
                supervisor.process.send_signal(signal.SIGCONT)


class KillRunners(Disturber):
    def __init__(self, seed, pids, pause=(0.5, 3)):
        super().__init__("runners", seed, pause)
        self.pids = pids  # a function

    def disturb(self):
        pids = self.pids()
        if not pids:
            return None
        how = self.random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
        os.kill(self.random.choice(pids), how)
        return f"runner {how.name}"


class RestartDatabase(Disturber):
    """kill -9 of the server, and the same command again a moment later."""

    def __init__(self, seed, server, pause=(15, 30)):
        super().__init__("database", seed, pause)
        self.server = server

    def disturb(self):
        self.server.kill()
        self.stopping.wait(self.random.uniform(0, 3))
        self.server.start()
        return f"{self.server.kind} restart"


class DatabaseProxy(Disturber):
    """Lost replies to COMMIT, lost connections."""

    def __init__(self, seed, proxy, pause=(2, 8)):
        super().__init__("database-proxy", seed, pause)
        self.proxy = proxy

    def disturb(self):
        if self.random.random() < 0.3:
            self.proxy.do("reset_all")
            return "database connections reset"
        count = self.random.randint(1, 3)
        self.proxy.do("add", fault="lose_reply", on="statement", statement="COMMIT$", count=count)
        return "COMMIT reply lost"

    def restore(self):
        self.proxy.do("remove_all")


class StorageProxy(Disturber):
    """What object storage and the way to it do now and then."""

    FAULTS = (
        ("503", {"fault": "answer", "status": 503, "body": "slow"}, 8),
        ("500", {"fault": "answer", "status": 500, "body": "oops"}, 4),
        ("complete reply lost", {"fault": "lose_reply", "method": "POST"}, 3),
        ("part reply lost", {"fault": "lose_reply", "method": "PUT"}, 3),
        ("read cut", {"fault": "cut", "method": "GET", "after": 1000}, 5),
        ("abort reply lost", {"fault": "lose_reply", "method": "DELETE"}, 2),
        ("request reset", {"fault": "reset"}, 4),
    )

    def __init__(self, seed, proxy, pause=(0.5, 4)):
        super().__init__("storage-proxy", seed, pause)
        self.proxy = proxy

    def disturb(self):
        if self.random.random() < 0.1:
            self.proxy.do("refuse", on=True)
            self.proxy.do("reset_all")
            self.stopping.wait(self.random.uniform(0.2, 2))
            self.proxy.do("refuse", on=False)
            return "storage down"
        name, rule, most = self.random.choice(self.FAULTS)
        self.proxy.do("add", on="request", count=self.random.randint(1, most), **rule)
        return f"storage {name}"

    def restore(self):
        self.proxy.do("remove_all")
        self.proxy.do("refuse", on=False)


class HideFolder(Disturber):
    """The root of a folder store goes away and comes back, as an unmounted volume does."""

    def __init__(self, seed, folder, pause=(3, 12)):
        super().__init__("folder", seed, pause)
        self.folder = folder
        self.hidden = folder + ".hidden"

    def disturb(self):
        os.rename(self.folder, self.hidden)
        self.stopping.wait(self.random.uniform(0.1, 2))
        os.rename(self.hidden, self.folder)
        return "folder gone for a while"


class ApiProxy(Disturber):
    """What an API server and the way to it do now and then."""

    FAULTS = (
        ("429", {"fault": "answer", "status": 429, "headers": {"Retry-After": "1"}}, 5),
        ("500", {"fault": "answer", "status": 500}, 5),
        ("pod POST reply lost", {"fault": "lose_reply", "method": "POST", "path": "/pods$"}, 3),
        ("pod DELETE reply lost", {"fault": "lose_reply", "method": "DELETE", "path": "/pods/"}, 3),
        ("watch expired", {"fault": "answer", "status": 410, "path": "watch=1",
                           "body": '{"kind":"Status","code":410,"reason":"Expired","message":"too old"}'}, 2),
        ("watch cut", {"fault": "cut", "path": "watch=1", "after": 5000}, 2),
        ("request reset", {"fault": "reset"}, 4),
    )

    def __init__(self, seed, proxy, pause=(1, 5)):
        super().__init__("api-proxy", seed, pause)
        self.proxy = proxy

    def disturb(self):
        if self.random.random() < 0.15:
            self.proxy.do("refuse", on=True)
            self.proxy.do("reset_all")
            self.stopping.wait(self.random.uniform(0.5, 5))
            self.proxy.do("refuse", on=False)
            return "API server away"
        name, rule, most = self.random.choice(self.FAULTS)
        self.proxy.do("add", on="request", count=self.random.randint(1, most), **rule)
        return f"API {name}"

    def restore(self):
        self.proxy.do("remove_all")
        self.proxy.do("refuse", on=False)


class RestartApiServer(Disturber):
    """kill -9 of the real one, and the same command again a moment later."""

    def __init__(self, seed, server, pause=(20, 40)):
        super().__init__("api-server", seed, pause)
        self.server = server

    def disturb(self):
        self.server.kill()
        self.stopping.wait(self.random.uniform(0, 3))
        self.server.start()
        return "API server restart"


class Cancel(Disturber):
    """Users who change their minds."""

    def __init__(self, seed, database, keys, pause=(0.1, 1)):
        super().__init__("cancels", seed, pause)
        self.database = database
        self.keys = list(keys)
        self.random.shuffle(self.keys)

    def disturb(self):
        if not self.keys:
            return None
        key = self.keys.pop()
        try:
            self.database.query("UPDATE jobs SET desired_state = 'cancelled' WHERE idempotency_key = %s",
                                key)
        except pymysql.err.MySQLError:  # the database is being restarted: he tries again later
            self.keys.insert(0, key)
            return None
        return "cancel"
