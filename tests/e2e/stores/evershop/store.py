"""EverShop 2.2.1 on a PostgreSQL of its own: installed once, started from the same data each time."""

import pathlib
import shutil
import tempfile

from harness import wait_until
from http_client import Client
from node import find_node
from postgres import USER, Postgres
from processes import Process, free_port, run
from stages import is_done, once

SOURCE = pathlib.Path(__file__).resolve().parent
ADMIN = {"email": "admin@store.example", "password": "of-the-tests-1"}
PATH, SKU, PRICE, CURRENCY = "/ceramic-coffee-cup-white", "CUP-001-WHT", 15.00, "USD"
SECRETS = ("JWT_ADMIN_SECRET", "JWT_ADMIN_REFRESH_SECRET", "JWT_CUSTOMER_SECRET",
           "JWT_CUSTOMER_REFRESH_SECRET", "ORDER_TRACKING_TOKEN_SECRET")


class EverShop:
    """start() and stop() the shop; `database` stays until close()."""

    def __init__(self, cache, seeded=True):
        self.packages = cache / "evershop"
        self.node = find_node(cache)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-evershop-"))
        self.database = Postgres(_seed(self.packages) if seeded else None)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = None

    def environment(self, **more):
        secrets = {name: f"{name.lower()}-of-the-end-to-end-tests" for name in SECRETS}
        return self.node.environment(
            DB_HOST="127.0.0.1", DB_PORT=str(self.database.port), DB_USER=USER, DB_NAME=USER,
            DB_PASSWORD="unused", PORT=str(self.port),
            EVERSHOP_HOME_URL=self.url, NODE_OPTIONS=f"--import {(SOURCE / 'loopback.mjs').as_uri()}",
            **secrets, **more)

    def command(self, *words):
        return [self.node.program, "node_modules/@evershop/evershop/dist/bin/evershop.js", *words]

    def start(self):
        self.server = Process(self.command("start"), self.directory / "log", cwd=self.packages,
                              env=self.environment())
        wait_until(self._answers, "EverShop starts", 60, 0.5)

    def _answers(self):
        if not self.server.alive():
            raise RuntimeError(self.server.output()[-2000:])
        return Client(self.url).get("/")[0] == 200

    def stop(self, **how):
        if self.server:
            self.server.stop(**how)
            self.server = None

    def close(self):
        self.stop()
        self.database.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def admin(self):
        """A client that may use the admin REST API."""
        client = Client(self.url)
        status, answer = client.post("/api/user/tokens", ADMIN)
        if status != 200:
            raise RuntimeError(f"the administrator cannot log in: {status} {answer}")
        client.headers["Authorization"] = f"Bearer {answer['data']['accessToken']}"
        return client

    def cart_lines(self):
        """How many lines lie in the carts of all customers."""
        return int(self.database.sql("SELECT count(*) FROM cart_item")[0][0])


def _seed(packages):
    return packages / "seed.tar"


def _stages(cache):
    node = find_node(cache)
    packages = [SOURCE / "package.json", str(cache), node.version]
    pages = [*packages, SOURCE / "loopback.mjs"]
    return node, {"packages": packages, "pages": pages, "data": [*pages, SOURCE / "store.py"]}


def is_installed(cache):
    directory = cache / "evershop"
    if not directory.exists():
        return False
    return all(is_done(directory, name, inputs) for name, inputs in _stages(cache)[1].items())


def install(cache):
    """The packages, the compiled storefront, and the data of a shop that can sell."""
    directory, log = cache / "evershop", cache / "evershop.log"
    node, stages = _stages(cache)

    def packages():
        shutil.copy(SOURCE / "package.json", directory)
        run([*node.npm, "install", "--before=2026-10-15"], log, cwd=directory,
            env=node.environment())

    def with_empty_database(action):
        shop = EverShop(cache, seeded=False)
        try:
            shop.database.start()
            shop.database.sql(f"CREATE DATABASE {USER}", database="postgres")
            action(shop)
        finally:
            shop.close()

    def pages():
        with_empty_database(lambda shop: run(shop.command("build"), log, cwd=directory,
                                             env=shop.environment()))

    def data():
        def fill(shop):
            shop.start()
            _fill(shop, log)
            shop.stop()
            shop.database.stop()
            shop.database.save(_seed(directory))

        with_empty_database(fill)

    once(directory, "packages", stages["packages"], packages)
    once(directory, "pages", stages["pages"], pages)
    once(directory, "data", stages["data"], data)


def _fill(shop, log):
    run(shop.command("user:create", "--name", "Administrator", "--email", ADMIN["email"],
                     "--password", ADMIN["password"]), log, cwd=shop.packages,
        env=shop.environment())
    run(shop.command("seed", "--all"), log, cwd=shop.packages, env=shop.environment())
    admin = shop.admin()

    def create(path, body):
        status, answer = admin.post(path, body)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {answer}")
        return answer["data"]

    zone = create("/api/shippingZones", {"name": "Everywhere", "countries": ["US", "DE"]})
    method = create("/api/shippingProviders/core/methods", {"name": "Parcel", "is_enabled": True})
    create("/api/shippingProviders/core/rates",
           {"method_id": method["uuid"], "zone_id": zone["uuid"], "is_enabled": True, "cost": 5})
    create("/api/settings", {"codPaymentStatus": "1", "codDisplayName": "Cash on Delivery",
                             "gaMeasurementId": "G-TILLWATCH1"})
    # URL rewrites are made asynchronously: wait until the probe product has its page.
    wait_until(lambda: Client(shop.url).get(PATH)[0] in (200, 302),
               "EverShop has the page of the product", 60, 0.5)
