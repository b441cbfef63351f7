"""A PostgreSQL cluster of our own: in a directory of its own, on loopback, never the system's."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from harness import wait_until
from processes import Process, free_port, run

USER = "evershop"  # also the database


def _programs():
    versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not versions:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql")
    return versions[-1].parent


def _as_owner(command):
    """PostgreSQL refuses to run as root: the Debian package's user owns the cluster then."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


class Postgres:
    def __init__(self, seed=None):
        """`seed`: a tar of an earlier cluster's data, else a new one is made."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-postgres-"))
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self.port = free_port()
        self._server = None
        self._prepare(seed)

    def _prepare(self, seed):
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self.directory.chmod(0o700)
        if seed:
            run(["tar", "-xf", seed, "-C", self.directory, "--same-owner"], self.log)
            return
        run(_as_owner([_programs() / "initdb", "-D", self.data, "-U", USER, "--auth=trust",
                       "--encoding=UTF8", "--locale=C", "--no-sync"]), self.log, cwd="/")

    def start(self):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "fsync": "off",
                    "unix_socket_directories": self.directory, "max_connections": 60,
                    "shared_buffers": "32MB"}
        command = [_programs() / "postgres", "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._server = Process(_as_owner(command), self.log, cwd="/")
        wait_until(lambda: self._psql("SELECT 1", "postgres").returncode == 0, "PostgreSQL starts")

    def stop(self):
        """At once, as by `pg_ctl stop -m fast`: clients are cut off."""
        if self._server:
            self._server.stop(signal.SIGINT)
            self._server = None

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def sql(self, text, database=USER):
        """Rows of strings."""
        answer = self._psql(text, database)
        if answer.returncode != 0:
            raise RuntimeError(f"{text}: {answer.stderr.strip()}")
        return [line.split("\t") for line in answer.stdout.splitlines()]

    def _psql(self, text, database):
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h",
             str(self.directory), "-p", str(self.port), "-U", USER, "-d", database, "-c", text],
            capture_output=True, text=True, timeout=30, check=False)

    def save(self, archive):
        """The data of the stopped cluster, to begin another one with."""
        run(["tar", "-cf", archive, "-C", self.directory, "data"], self.log)
