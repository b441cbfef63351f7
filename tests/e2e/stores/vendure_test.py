"""The real Vendure: healthy, broken for real in every way that we know, mended again."""

import contextlib
import sqlite3
import threading
import time

from verdicts import StoreTest, everywhere, store
from front import Front
from harness import main
from vendure import store as shop

VARIANT = f"productVariantId = {shop.VARIANT}"
FAULTS = {
    "out of stock": (
        f"UPDATE stock_level SET stockOnHand = 0 WHERE {VARIANT}",
        f"UPDATE stock_level SET stockOnHand = 100 WHERE {VARIANT}",
        {"home": ("fail", "sold_out", "out of stock"),
         "cart": ("fail", "sold_out", "No items were added to the order"),
         "checkout": ("fail", "sold_out", "insufficient stock")}),
    "product disabled": (
        "UPDATE product SET enabled = 0 WHERE id = 1",
        "UPDATE product SET enabled = 1 WHERE id = 1",
        {"home": ("fail", "unavailable", shop.SLUG),
         "cart": ("fail", "unavailable", 'No ProductVariant with the id "1" could be found'),
         "checkout": ("fail", "unavailable", "No ProductVariant")}),
    "shipping gone": (
        "UPDATE shipping_method SET deletedAt = datetime('now')",
        "UPDATE shipping_method SET deletedAt = NULL",
        {"checkout": ("fail", "no_shipping", "no shipping method")}),
    "payment gone": (
        "UPDATE payment_method SET enabled = 0",
        "UPDATE payment_method SET enabled = 1",
        {"checkout": ("fail", "no_payment", "no payment method")}),
    "another price": (
        "UPDATE product_variant_price SET price = price / 2 WHERE variantId = 1",
        "UPDATE product_variant_price SET price = price * 2 WHERE variantId = 1",
        {"home": ("fail", "price", "779.4"),
         "cart": ("fail", "price", "779.4"),
         "checkout": ("fail", "price", "779.4")}),
    "no price": (
        "UPDATE product_variant_price SET price = 0 WHERE variantId = 1",
        "UPDATE product_variant_price SET price = 129900 WHERE variantId = 1",
        {"home": ("fail", "price", "costs nothing"),
         "cart": ("fail", "price", "costs nothing"),
         "checkout": ("fail", "price", "costs nothing")}),
    "table renamed": (
        "ALTER TABLE product_variant RENAME TO product_variant_gone",
        "ALTER TABLE product_variant_gone RENAME TO product_variant",
        {"home": ("fail", "refused", "no such table: product_variant"),
         "cart": ("fail", "refused", "no such table: product_variant"),
         "checkout": ("fail", "refused", "no such table: product_variant")}),
}


def store_at(url, **more):
    product = {"slug": shop.SLUG, "id": shop.VARIANT, "sku": shop.SKU, "price": shop.PRICE,
               "currency": shop.CURRENCY}
    return store("vendure", url, product, **more)


@contextlib.contextmanager
def locked(database, seconds):
    """An exclusive lock on the database: held at entry, given back after so long."""
    held = threading.Event()

    def hold():
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            held.set()
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        yield
    finally:
        thread.join()


class VendureTest(StoreTest):
    """A shop that answers too late keeps what it was asked for: nobody was told which cart it is.

    So each test compares the lines in all carts with what it found.
    """

    @classmethod
    def setUpClass(cls):
        cls.shop = shop.Vendure(cls.installed(shop))
        cls.addClassCleanup(cls.shop.close)
        cls.shop.start()

    def test_a_healthy_shop_passes_and_keeps_no_trace(self):
        lines = self.shop.cart_lines()
        result = self.assert_check(self.monitor(store_at(self.shop.url)), {})
        self.assertEqual(lines, self.shop.cart_lines())
        for probe in result["probes"]:
            for step in probe["steps"]:
                self.assertEqual(200, step["status"], probe)
                self.assertGreater(step["total_ms"], 0)
                self.assertNotIn("tls_ms", step)

    def test_an_order_says_that_it_is_ours(self):
        self.assert_check(self.monitor(store_at(self.shop.url)), {})
        addresses = [row[0] for row in self.shop.sql('SELECT shippingAddress FROM "order"')]
        self.assertTrue(any("tillwatch/" in (address or "") for address in addresses), addresses)

    def test_each_fault_has_its_name_and_ends_when_mended(self):
        monitor = self.monitor(store_at(self.shop.url))
        lines = self.shop.cart_lines()
        for name, (break_it, mend_it, expected) in FAULTS.items():
            with self.subTest(name):
                self.shop.sql(break_it)
                try:
                    self.assert_check(monitor, expected)
                finally:
                    self.shop.sql(mend_it)
                self.assert_check(monitor, {})
        self.assertEqual(lines, self.shop.cart_lines())

    def test_a_locked_database_is_a_timeout_for_the_impatient(self):
        monitor = self.monitor(store_at(self.shop.url), defaults={"timeout": "3s"})
        with locked(self.shop.database, 8):
            self.assert_check(monitor, everywhere("fail", "timeout", ""))
        self.assert_passes_again(monitor)

    def test_a_locked_database_is_slow_for_the_patient(self):
        slow = store_at(self.shop.url)
        slow["probes"][0]["expect"] = {"max_time": "2s"}
        monitor = self.monitor(slow)
        with locked(self.shop.database, 8):
            result = self.assert_check(monitor, {"home": ("fail", "slow", "")})
        waited = max(step["total_ms"] for probe in result["probes"] for step in probe["steps"])
        self.assertGreater(waited, 4000)
        self.assert_check(monitor, {})

    def test_a_break_begins_with_the_fault_and_ends_with_it(self):
        # A shop of its own: the daemon may be ended while the shop still fills a cart for it.
        own = shop.Vendure(self.installed(shop))
        self.addCleanup(own.close)
        own.start()
        break_it, mend_it, _ = FAULTS["shipping gone"]
        self.assert_break_begins_and_ends(
            self.config(store_at(own.url), every="15s", timeout="15s"),
            lambda: own.sql(break_it), lambda: own.sql(mend_it), "no_shipping")

    def test_behind_nginx_with_a_private_ca(self):
        front = Front(self.shop.url, patience="3s")
        self.addCleanup(front.close)
        monitor = self.monitor(store_at(front.url, tls={"ca_file": str(front.ca_file)}))
        result = self.assert_check(monitor, {})
        for line in front.requests():
            self.assertEqual(("HTTP/2.0", "gzip"), (line.protocol, line.encoding), line)
        for probe in result["probes"]:
            self.assertGreater(probe["steps"][0]["tls_ms"], 0)

        with self.subTest("a CA that nobody knows"):
            stranger = self.monitor(store_at(front.url))
            self.assert_check(stranger, everywhere("fail", "tls", ""))
        with self.subTest("503: closed for maintenance"):
            front.close_for_maintenance()
            try:
                self.assert_check(monitor, everywhere("fail", "http_status", "503"))
            finally:
                front.open_again()
        with self.subTest("504: the shop is stopped"):
            self.shop.server.pause()
            try:
                self.assert_check(monitor, everywhere("fail", "http_status", "504"))
            finally:
                self.shop.server.resume()
            self.assert_passes_again(monitor)
        with self.subTest("502: the shop is gone"):
            self.shop.stop()
            try:
                self.assert_check(monitor, everywhere("fail", "http_status", "502"))
            finally:
                self.shop.start()
        self.assert_check(monitor, {})


if __name__ == "__main__":
    main()
