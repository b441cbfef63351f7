"""The real EverShop: healthy, broken for real in every way that we know, mended again."""

import json

from verdicts import StoreTest, everywhere, store
from evershop import store as shop
from front import Front
from harness import main, tillwatch, wait_until
from http_client import Client

PRODUCT = ("product_inventory_product_id = "
           f"(SELECT product_id FROM product WHERE sku = '{shop.SKU}')")
API_LIMIT, PAGE_LIMIT = 120, 300  # requests a minute from one address

FAULTS = {
    "out of stock": (
        f"UPDATE product_inventory SET qty = 0 WHERE {PRODUCT}",
        f"UPDATE product_inventory SET qty = 100 WHERE {PRODUCT}",
        {"home": ("fail", "sold_out", "sold out"),
         "cart": ("fail", "sold_out", "This item is out of stock"),
         "checkout": ("fail", "sold_out", "This item is out of stock")}),
    # The API still takes the product; a customer finds no button.
    "said to be out of stock": (
        f"UPDATE product_inventory SET stock_availability = false WHERE {PRODUCT}",
        f"UPDATE product_inventory SET stock_availability = true WHERE {PRODUCT}",
        {"home": ("fail", "sold_out", "sold out")}),
    "product disabled": (
        f"UPDATE product SET status = false WHERE sku = '{shop.SKU}'",
        f"UPDATE product SET status = true WHERE sku = '{shop.SKU}'",
        {"home": ("fail", "unavailable", shop.PATH),
         "cart": ("fail", "unavailable", shop.PATH),
         "checkout": ("fail", "unavailable", shop.PATH)}),
    "shipping rate disabled": (
        "UPDATE core_shipping_method_rate SET is_enabled = false",
        "UPDATE core_shipping_method_rate SET is_enabled = true",
        {"checkout": ("fail", "no_shipping", "no shipping method to")}),
    "another price": (
        f"UPDATE product SET price = 7 WHERE sku = '{shop.SKU}'",
        f"UPDATE product SET price = {shop.PRICE} WHERE sku = '{shop.SKU}'",
        {"cart": ("fail", "price", "7"),
         "checkout": ("fail", "price", "7")}),
}


def store_at(url, **more):
    product = {"path": shop.PATH, "sku": shop.SKU, "price": shop.PRICE, "currency": shop.CURRENCY}
    return store("evershop", url, product, **more)


class EverShopTest(StoreTest):
    """Each test has a shop with fresh rate limits: a restart forgets them."""

    @classmethod
    def setUpClass(cls):
        cls.shop = shop.EverShop(cls.installed(shop))
        cls.addClassCleanup(cls.shop.close)
        cls.shop.database.start()

    def setUp(self):
        super().setUp()
        self.shop.start()
        self.addCleanup(self.shop.stop)

    def restart(self):
        self.shop.stop()
        self.shop.start()

    def exhaust(self, path, limit):
        client = Client(self.shop.url)
        for _ in range(limit):
            client.get(path)
        self.assertEqual(429, client.get(path)[0])

    def test_a_healthy_shop_passes_and_keeps_no_trace(self):
        carts = self.shop.database.sql("SELECT count(*) FROM cart")
        self.assert_check(self.monitor(store_at(self.shop.url)), {})
        self.assertEqual(0, self.shop.cart_lines())
        self.assertEqual(carts, self.shop.database.sql("SELECT count(*) FROM cart"))

    def test_each_fault_has_its_name_and_ends_when_mended(self):
        """Within a minute: 8 requests to the API a check, two checks a fault."""
        monitor = self.monitor(store_at(self.shop.url))
        for name, (break_it, mend_it, expected) in FAULTS.items():
            with self.subTest(name):
                self.shop.database.sql(break_it)
                try:
                    self.assert_check(monitor, expected)
                finally:
                    self.shop.database.sql(mend_it)
                self.assert_check(monitor, {})
        self.assertEqual(0, self.shop.cart_lines())

    def test_a_shop_without_payment_methods(self):
        monitor = self.monitor(store_at(self.shop.url))
        admin = self.shop.admin()
        admin.post("/api/settings", {"codPaymentStatus": "0"})
        try:
            self.assert_check(monitor, {"checkout": ("fail", "no_payment", "no payment method")})
        finally:
            admin.post("/api/settings", {"codPaymentStatus": "1"})
        self.assert_check(monitor, {})

    def test_a_stopped_database_fails_everything(self):
        monitor = self.monitor(store_at(self.shop.url))
        self.shop.database.stop()
        try:
            # EverShop answers 500 until it exits, which takes it some seconds.
            done = tillwatch("check", "--config.file", monitor, "--format", "json")
            self.assertEqual(1, done.returncode, done.stderr)
            for probe in json.loads(done.stdout)["probes"]:
                self.assertEqual("fail", probe["verdict"], probe)
                self.assertIn(probe["reason"], ("http_status", "connect", "protocol"), probe)
            wait_until(lambda: not self.shop.server.alive(), "EverShop gives up")
            self.assert_check(monitor, everywhere("fail", "connect", ""))
        finally:
            self.shop.database.start()
        self.restart()
        self.assert_check(monitor, {})

    def test_the_rate_limit_is_no_verdict_about_the_shop(self):
        monitor = self.monitor(store_at(self.shop.url))
        throttled = ("unknown", "throttled", "429")
        self.exhaust("/api/graphql", API_LIMIT)
        self.assert_check(monitor, {"cart": throttled, "checkout": throttled})
        self.exhaust(shop.PATH, PAGE_LIMIT)
        self.assert_check(monitor, everywhere(*throttled))
        self.restart()
        self.assert_check(monitor, {})

    def test_the_monitor_stays_below_the_rate_limits(self):
        """Even if every run of every probe were a confirmation, 10 s after the last one."""
        front = Front(self.shop.url)
        self.addCleanup(front.close)
        monitor = self.monitor(store_at(front.url, tls={"ca_file": str(front.ca_file)}))
        self.assert_check(monitor, {})
        lines = front.requests()
        api = sum(line.path.startswith("/api/") for line in lines)
        pages = len(lines) - api
        self.assertGreater(api, 0)
        self.assertLess(api * 6, API_LIMIT, lines)
        self.assertLess(pages * 6, PAGE_LIMIT, lines)
        for line in lines:
            self.assertEqual("HTTP/2.0", line.protocol, line)

    def test_a_break_begins_with_the_fault_and_ends_with_it(self):
        break_it, mend_it, _ = FAULTS["said to be out of stock"]
        self.assert_break_begins_and_ends(
            self.config(store_at(self.shop.url, probes=("home",)), every="15s", timeout="15s"),
            lambda: self.shop.database.sql(break_it), lambda: self.shop.database.sql(mend_it),
            "sold_out")


if __name__ == "__main__":
    main()
