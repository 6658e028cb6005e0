"""Real servers that will be killed: the run's own databases, and an API server it was given."""

import os
import random
import signal
import subprocess
import time

import pymysql

from harness import ROOT, is_alive, wait_until

MARIADB = "MariaDB"
MYSQL = "MySQL"
KINDS = {"mariadb": MARIADB, "mysql": MYSQL}  # by what a user writes
BED = os.path.join(ROOT, "tests", "bed", "mariadb")
FIRST_PORT, LAST_PORT = 20000, 32000  # below those that the kernel hands out by itself


def mysql_script():
    """A script that brings a real MySQL up (tests/bed/bed says where it is looked for)."""
    shared = os.environ.get("VEXAA_SHARED", os.path.join(ROOT, "..", "shared"))
    script = os.path.join(shared, "mysql", "mysql")
    return script if os.access(script, os.X_OK) else None


def mysqld():
    """Debian's mysqld on the PATH may be MariaDB by its other name."""
    for folder in os.environ["PATH"].split(":") + ["/usr/local/sbin", "/usr/sbin", "/sbin"]:
        program = os.path.join(folder, "mysqld")
        if os.access(program, os.X_OK):
            version = subprocess.run([program, "--no-defaults", "--version"], check=False,
                                     capture_output=True, text=True).stdout
            return None if MARIADB in version else program
    return None


def exists(kind):
    return kind == MARIADB or bool(mysql_script() or mysqld())


def other():
    """The server of the second half: MySQL where there is one."""
    return MYSQL if exists(MYSQL) else MARIADB


def start(kind, home):
    """A new server of that kind with its data in a folder of its own."""
    if kind == MYSQL and mysql_script():
        return Server(kind, *up_by_script(home))
    program = "mysqld" if kind == MYSQL else "mariadbd"
    subprocess.run([BED, "up", home], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "VEXAA_BED_SERVER": program})
    with open(os.path.join(home, "port"), encoding="utf-8") as file:
        return Server(kind, first_number(os.path.join(home, "server.pid")), int(file.read()))


def up_by_script(home):
    for _ in range(3):  # somebody else may take the port
        port = random.randrange(FIRST_PORT, LAST_PORT)
        made = subprocess.run([mysql_script(), "up", home, str(port)], check=False,
                              capture_output=True, text=True)
        if made.returncode == 0:
            return first_number(os.path.join(home, "mysqld.pid")), port
        subprocess.run([mysql_script(), "down", home], check=False, capture_output=True)
    raise RuntimeError(f"MySQL did not start: {made.stderr}")


def first_number(path):
    with open(path, encoding="utf-8") as file:
        return int(file.read().split()[0])


def command_of(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]


class Server:
    """A database server, killed and started again as it was."""

    def __init__(self, kind, pid, port):
        self.kind = kind
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.command = command_of(pid)
        self.folder = os.readlink(f"/proc/{pid}/cwd")
        os.kill(pid, signal.SIGTERM)  # its next life is a child of ours
        while is_alive(pid):
            time.sleep(0.05)
        self.start()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def start(self):
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("the database", self.answers)

    def answers(self):
        try:
            pymysql.connect(host="127.0.0.1", port=self.port, user="root").close()
            return True
        except pymysql.err.MySQLError:
            return False

    def end(self):
        self.process.terminate()
        self.process.wait()


class ApiServer:
    """The kube-apiserver of a cluster on this machine, by the file with its process id. It is
    not ours: it goes on after the run, and the file tells its new id."""

    def __init__(self, pid_file, api):
        self.pid_file = pid_file
        self.api = api
        pid = first_number(pid_file)
        self.command = command_of(pid)
        if not any(word.endswith("kube-apiserver") for word in self.command[:1]):
            raise ValueError(f"{pid_file}: process {pid} is no kube-apiserver")
        self.folder = os.readlink(f"/proc/{pid}/cwd")
        log = os.path.realpath(f"/proc/{pid}/fd/1")
        self.log = log if os.path.isfile(log) else os.devnull

    def kill(self):
        pid = first_number(self.pid_file)
        os.kill(pid, signal.SIGKILL)
        wait_until("the end of the API server", lambda: not is_alive(pid))

    def start(self):
        with open(self.log, "ab") as log:
            process = subprocess.Popen(self.command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, start_new_session=True)
        with open(self.pid_file, "w", encoding="utf-8") as file:
            file.write(f"{process.pid}\n")
        wait_until("the API server", self.api.is_ready)
