"""Private database servers of a bench, and the SQL texts of lib/store."""
import os
import re
import subprocess
import time

import pymysql
from pymysql.constants import CLIENT


def _server_program(*names):
    path = os.environ["PATH"] + ":/usr/local/sbin:/usr/sbin:/sbin"
    return next((program for folder in path.split(":") for name in names
                 if os.access(program := os.path.join(folder, name), os.X_OK)), None)


class Server:
    """Runs for a `with` block; durable as a stock server, with room in memory."""

    # stock servers have little memory and a short log: loading would wait for both
    OPTIONS = {"MariaDB": "--innodb-log-file-size=1G", "MySQL": "--innodb-redo-log-capacity=1G"}

    def __init__(self, root, folder, kind, pool_mib=2048):
        self.kind = kind  # "MariaDB" or "MySQL"
        self._root, self._folder = root, folder
        self._options = f"--innodb-buffer-pool-size={pool_mib}M {self.OPTIONS[kind]}"

    def __enter__(self):
        self._folder.mkdir(parents=True)
        script = self._mysql_script()
        if self.kind == "MySQL" and script:
            self._down = [script, "down", self._folder]
            for port in range(21000, 32000, 997):
                made = subprocess.run([script, "up", self._folder, str(port)],
                                      env={**os.environ, "MYSQLD_ARGS": self._options},
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                if made.returncode == 0:
                    break
                subprocess.run(self._down, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.port = port
        else:
            bed = self._root / "tests" / "bed" / "mariadb"
            self._down = [bed, "down", self._folder]
            program = {"MariaDB": "mariadbd", "MySQL": "mysqld"}[self.kind]
            subprocess.run([bed, "up", self._folder], stdout=subprocess.DEVNULL, check=True,
                           env={**os.environ, "VEXAA_DB_ARGS": self._options,
                                "VEXAA_BED_SERVER": program})
            self.port = int((self._folder / "port").read_text())
        return self

    def __exit__(self, *_):
        subprocess.run(self._down, stdout=subprocess.DEVNULL, check=False)

    def _mysql_script(self):
        script = os.path.join(os.environ.get("VEXAA_SHARED", self._root / ".." / "shared"),
                              "mysql", "mysql")
        return script if os.access(script, os.X_OK) else None

    def exists(self):
        if self.kind == "MySQL":
            return bool(self._mysql_script() or _server_program("mysqld"))
        return bool(_server_program("mariadbd"))

    def connect(self, database=None):
        """A session as the controller's: UTC, READ COMMITTED, matched rows counted."""
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="root",
                                     database=database, autocommit=True,
                                     client_flag=CLIENT.FOUND_ROWS)
        run(connection, "SET time_zone = '+00:00'")
        run(connection, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return connection

    def version(self):
        connection = self.connect()
        return f"{self.kind} {query(connection, 'SELECT VERSION()')[0][0]}"

    def migrated(self, name):
        """A new database with the whole schema."""
        connection = self.connect()
        run(connection, f"CREATE DATABASE {name}")
        connection.select_db(name)
        for file in sorted((self._root / "db" / "migrations").glob("*.up.sql")):
            run(connection, file.read_text())
        return connection


def run(connection, sql, *values):
    """Rows matched, inserted or deleted."""
    with connection.cursor() as cursor:
        return cursor.execute(sql, values or None)


def query(connection, sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


def cost(connection, sql, *values):
    """What one statement costs: milliseconds, rows read by the server's count."""
    run(connection, "FLUSH STATUS")
    start = time.perf_counter()
    query(connection, sql, *values)
    took = time.perf_counter() - start
    reads = query(connection, "SHOW SESSION STATUS LIKE 'Handler_read%'")
    return took * 1e3, sum(int(value) for _, value in reads)


class Texts:
    """The constants of lib/store/*_sql.h, with %s for each parameter."""

    def __init__(self, root):
        source = subprocess.run(
            ["g++", "-std=c++20", "-E", "-P", "-I", root, "-x", "c++", "-"], text=True,
            input='#include "lib/store/maintenance_sql.h"\n', stdout=subprocess.PIPE, check=True)
        self._bodies = dict(re.findall(r"constexpr char (k\w+)\[\] =(.*?);\n", source.stdout, re.S))

    def get(self, name, count=1):
        """With `count` marks where the text has a list."""
        text = "".join(re.findall(r'"([^"]*)"', self._bodies[name]))
        text = text.replace("(%s)", "(" + ", ".join(["?"] * count) + ")")
        return text.replace("%", "%%").replace("?", "%s")
