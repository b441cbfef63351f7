"""Vendure 3.7.3 on SQLite: installed once, started from a copy of the same database each time."""

import pathlib
import shutil
import sqlite3
import tempfile

from harness import wait_until
from http_client import Client
from node import find_node
from processes import Process, free_port, run
from stages import is_done, once

SOURCE = pathlib.Path(__file__).resolve().parent
SLUG, VARIANT, SKU, PRICE, CURRENCY = "laptop", "1", "L2201308", 1558.80, "USD"


class Vendure:
    """start() and stop() the shop; its database stays until close()."""

    def __init__(self, cache):
        self.packages = cache / "vendure"
        self.node = find_node(cache)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-vendure-"))
        self.database = self.directory / "vendure.sqlite"
        shutil.copy(_seed(self.packages), self.database)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = None

    def start(self):
        self.server = Process(
            [self.node.program, SOURCE / "server.mjs", self.database, str(self.port)],
            self.directory / "log", cwd=self.packages, env=self.node.environment())
        wait_until(self._answers, "Vendure starts", 60)

    def _answers(self):
        if not self.server.alive():
            raise RuntimeError(self.server.output()[-2000:])
        return Client(self.url).get("/health")[0] == 200

    def stop(self, **how):
        if self.server:
            self.server.stop(**how)
            self.server = None

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def sql(self, text):
        with sqlite3.connect(self.database, timeout=10) as connection:
            rows = connection.execute(text).fetchall()
        connection.close()
        return rows

    def cart_lines(self):
        """How many lines lie in the carts of all customers."""
        return self.sql("SELECT count(*) FROM order_line WHERE quantity > 0")[0][0]


def _seed(packages):
    return packages / "seed.sqlite"


def _stages(cache):
    node = find_node(cache)
    packages = [SOURCE / "package.json", str(cache), node.version]
    data = [*packages, SOURCE / "config.mjs", SOURCE / "seed.mjs"]
    return node, {"packages": packages, "data": data}


def is_installed(cache):
    directory = cache / "vendure"
    if not directory.exists():
        return False
    return all(is_done(directory, name, inputs) for name, inputs in _stages(cache)[1].items())


def install(cache):
    """The packages and the database of a shop that can sell."""
    directory, log = cache / "vendure", cache / "vendure.log"
    node, stages = _stages(cache)

    def packages():
        shutil.copy(SOURCE / "package.json", directory)
        run([*node.npm, "install", "--before=2026-10-15"], log, cwd=directory,
            env=node.environment())

    def data():
        _seed(directory).unlink(missing_ok=True)
        unfinished = directory / "unfinished.sqlite"
        unfinished.unlink(missing_ok=True)
        run([node.program, SOURCE / "seed.mjs", unfinished], log, cwd=directory,
            env=node.environment())
        unfinished.rename(_seed(directory))

    once(directory, "packages", stages["packages"], packages)
    once(directory, "data", stages["data"], data)
