#!/usr/bin/env python3
"""Every platform file against a double of its platform: healthy, each fault, and mended again.

One check looks at a store for every fault; FINDINGS says what storefront, add_to_cart and checkout
make of it.
"""

import json

from doubles.base import Double, page as any_page
from doubles.bigcommerce import BigCommerce
from doubles.evershop import EverShop
from doubles.magento import Magento, MagentoGraphql
from doubles.medusa import Medusa
from doubles.opencart import OpenCart
from doubles.prestashop import PrestaShop
from doubles.shopify_storefront import ShopifyStorefront
from doubles.shopware import PRODUCT as SHOPWARE_PRODUCT
from doubles.shopware import Shopware
from doubles.vendure import Vendure
from doubles.woocommerce import OldTemplates, WooCommerce, WooCommerceClassic
from harness import EndToEnd, main, tillwatch

PASS = ("pass", "")
PROBES = ("storefront", "add_to_cart", "checkout")


def page(reason):
    return ("fail", reason), PASS, PASS


def shown(reason):
    """What the product page shows, which a customer opens first."""
    return ("fail", reason), ("fail", reason), PASS


def cart(reason, verdict="fail"):
    return PASS, (verdict, reason), (verdict, reason)


def checkout(reason):
    return PASS, PASS, ("fail", reason)


def everywhere(reason, verdict="fail"):
    return ((verdict, reason),) * 3


HEALTHY = (PASS, PASS, PASS)
COMMON = {
    "healthy": HEALTHY,
    "rate_limit": everywhere("throttled", "unknown"),
    "challenge_403": everywhere("blocked", "unknown"),
    "challenge_429": everywhere("blocked", "unknown"),
    "unavailable": everywhere("http_status"),
    "closed_at_200": everywhere("maintenance_page"),
}
# A shop that has lost the customer's cart can't be told to empty it.
FORGETFUL = ("lost_session", "bearer_only", "stripped_cookies", "never_empty", "cart_fatal")


class Listener(Double):
    """Keeps each shop's headers; sells nothing."""

    def __init__(self):
        self.heard = {}
        super().__init__()

    def answer(self, asked, shop, has):
        self.heard.setdefault(shop.name, []).append(dict(asked.headers.items()))
        return any_page()


class PlatformsTest(EndToEnd):
    def check(self, config):
        done = tillwatch("check", "--config.file", config, "--format", "json")
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        found = {}
        for probe in json.loads(done.stdout)["probes"]:
            found.setdefault(probe["store"], {})[probe["type"]] = probe
        return found

    def examine(self, double, platform, product, findings, common=COMMON, says=None, **more):
        """`says`: words of the message, by fault."""
        findings = {**common, **findings}
        patience = {"lost_answer": "2s"}  # of a probe whose answer never comes
        self.addCleanup(double.close)
        config = self.write_config({
            "monitor": {"canary": "none", "max_runs_per_host": 8, "host_spacing": "0ms"},
            "stores": [{"name": fault.replace("_", "-"), "platform": platform,
                        "url": f"{double.url}/{fault}", "product": product, **more,
                        "probes": [{"name": kind.replace("_", "-"), "type": kind,
                                    "timeout": patience.get(fault, "30s"), "every": "60s"}
                                   for kind in PROBES]}
                       for fault in findings]})
        found = self.check(config)
        for fault, words in (says or {}).items():
            with self.subTest(platform=platform, fault=fault, says=words):
                messages = [one["message"] for one in found[fault.replace("_", "-")].values()]
                self.assertIn(words, " ".join(messages))
        for fault, expected in findings.items():
            probes = found[fault.replace("_", "-")]
            for kind, verdict in zip(PROBES, expected):
                with self.subTest(platform=platform, fault=fault, probe=kind):
                    probe = probes[kind]
                    self.assertEqual((probe["verdict"], probe["reason"]), verdict, probe)
                    self.assertEqual(probe["message"] == "", verdict == PASS, probe)
        for fault, shop in double.shops.items():
            with self.subTest(platform=platform, fault=fault):
                self.assertTrue(shop.marked, "a request without the synthetic marker")
                self.assertEqual(shop.drafts, 0, "an order was begun")
                if fault not in FORGETFUL:
                    self.assertEqual(shop.lines(), 0, "a cart was left behind")

        double.mend()
        for store, probes in self.check(config).items():
            for kind, probe in probes.items():
                with self.subTest(platform=platform, mended=store, probe=kind):
                    self.assertEqual(probe["verdict"], "pass", probe)

    def found_at(self, double, platform, product, shop="shop", expect=None, **more):
        """What the three probes find at one shop."""
        self.addCleanup(double.close)
        found = self.check(self.write_config({"monitor": {"canary": "none"}, "stores": [{
            "name": "shop", "platform": platform, "url": f"{double.url}/{shop}", "product": product, **more,
            "probes": [{"name": kind.replace("_", "-"), "type": kind,
                        **({"expect": expect} if expect and kind == "storefront" else {})}
                       for kind in PROBES]}]}))["shop"]
        return {kind: found[kind] for kind in PROBES}

    SOCK = {"path": "/product/probe-sock/", "id": 38, "sku": "PROBE-1", "price": 1, "currency": "EUR"}
    # Of block pages and of classic ones.
    WORDPRESS = {
        "page_gone": shown("unavailable"), "white_page": shown("body"), "protected": shown("password_page"),
        "no_button": shown("unavailable"), "other_product": shown("unavailable"),
        "coming_soon": everywhere("maintenance_page"),
        "coming_soon_storefront": everywhere("maintenance_page"), "maintenance": everywhere("maintenance_page"),
        "private": everywhere("login_required"), "database": everywhere("http_status"),
        "stripped_cookies": cart("lost_session"), "members_only": cart("refused"),
        "sold_out": cart("sold_out"), "lost_cart": cart("empty_cart"), "lost_later": cart("empty_cart"),
        "checkout_fatal": checkout("http_status"), "checkout_drafted": checkout("unavailable"),
        "checkout_account": checkout("login_required"), "guests_refused": checkout("login_required"),
        "no_payment": checkout("no_payment"), "no_shipping": checkout("no_shipping"),
        "location_unknown": (PASS, PASS, PASS), "address_first": (PASS, PASS, PASS),
        "entered_without_tax": (PASS, PASS, PASS)}

    def test_woocommerce(self):
        self.examine(WooCommerce(), "woocommerce", self.SOCK, {
            **self.WORDPRESS, "product_gone": page("unavailable"), "draft": page("unavailable"),
            "shown_sold_out": shown("sold_out"), "free": everywhere("price"),
            "wrong_price": everywhere("price"), "wrong_currency": everywhere("currency"),
            "cart_with_tax": (PASS, PASS, PASS), "delete_refused": (PASS, PASS, PASS),
            "rest_closed": everywhere("refused"), "plain_permalinks": everywhere("json"),
            "api_rate_limit": cart("throttled", "unknown"), "missing_nonce": cart("lost_session"),
            "invalid_nonce": cart("lost_session"), "partly_sold_out": cart("sold_out"),
            "not_purchasable": cart("unavailable"), "choice_missing": cart("refused"),
            "invalid_key": cart("lost_session"), "server_error": cart("refused"),
            "lost_session": cart("empty_cart"), "checkout_other": checkout("unavailable"),
            "checkout_api_fatal": checkout("http_status")})

    def test_woocommerce_asks_for_rates_with_the_address_of_a_customer(self):
        self.examine(WooCommerce(), "woocommerce", self.SOCK, {
            "location_unknown_no_rates": checkout("no_shipping"), "location_unknown": (PASS, PASS, PASS),
            "address_first_no_rates": checkout("no_shipping"), "address_first": (PASS, PASS, PASS)},
            common={}, variables={"country": "DE", "postcode": "10115"})
        for variables, reason in (({"country": "FR"}, "no_shipping"), ({"postcode": "bad"}, "refused")):
            found = self.found_at(WooCommerce(), "woocommerce", self.SOCK, variables=variables)
            self.assertEqual(found["checkout"]["reason"], reason, found)

    def test_woocommerce_with_plain_permalinks(self):
        found = self.found_at(WooCommerce(), "woocommerce", self.SOCK, shop="plain_permalinks")
        self.assertIn("set store_api: /index.php?rest_route=/wc/store/v1", found["storefront"]["message"])
        found = self.found_at(WooCommerce(), "woocommerce", self.SOCK, shop="plain_permalinks",
                              variables={"store_api": "/index.php?rest_route=/wc/store/v1"})
        self.assertEqual([probe["verdict"] for probe in found.values()], ["pass"] * 3, found)

    def test_woocommerce_gives_the_choices_of_a_variation_that_leaves_some_open(self):
        double = WooCommerce()
        link = "/product/probe-sock/?attribute_colour=r%C3%B6t%20%26+x&utm_source=x&attribute_pa_size=S"
        found = self.found_at(double, "woocommerce", {**self.SOCK, "path": link}, shop="variations")
        self.assertEqual([probe["verdict"] for probe in found.values()], ["pass"] * 3, found)
        for session in double.shops["variations"].carts.values():
            if "choices" in session:
                self.assertEqual(session["choices"], [{"attribute": "attribute_colour", "value": "röt & x"},
                                                      {"attribute": "attribute_pa_size", "value": "S"}])

    def test_woocommerce_says_what_a_visitor_may_ask_of_its_page(self):
        found = self.found_at(WooCommerce(), "woocommerce", self.SOCK, expect={"contains": "Add to cart"})
        self.assertEqual(found["storefront"]["verdict"], "pass", found)

    def test_woocommerce_tells_a_cart_that_it_could_not_empty(self):
        found = self.found_at(WooCommerce(), "woocommerce", self.SOCK, shop="never_empty")
        self.assertEqual(found["add_to_cart"]["verdict"], "pass", found)
        self.assertIn("still full", found["add_to_cart"]["cleanup"], found)

    def test_woocommerce_classic(self):
        findings = {
            **self.WORDPRESS, "shown_sold_out": shown("sold_out"), "invalid_nonce": checkout("lost_session"),
            "lost_cart": cart("lost_session"),
            "cart_block": cart("html"), "cart_error": cart("refused"), "free": everywhere("price"),
            "wrong_price": page("price"), "wrong_currency": page("currency"), "cart_fatal": cart("http_status"),
            "login_form": checkout("login_required"), "checkout_to_cart": checkout("empty_cart"),
            "checkout_empty_shell": checkout("html"), "expired": checkout("lost_session"),
            "members_only_later": checkout("refused")}
        # Here the checkout, too, begins on the product page.
        findings = {fault: (first, second, second if first != PASS and first == second else third)
                    for fault, (first, second, third) in findings.items()}
        for double in (WooCommerceClassic(), OldTemplates()):
            self.examine(double, "woocommerce-classic", self.SOCK, findings)
        for double, shop in ((WooCommerceClassic(), "variations"), (OldTemplates(), "prices")):
            found = self.found_at(double, "woocommerce-classic", self.SOCK, shop=shop)
            self.assertEqual([probe["verdict"] for probe in found.values()], ["pass"] * 3, found)

    def test_magento(self):
        only_here = (("fail", "unavailable"), PASS, ("fail", "unavailable"))
        self.examine(Magento(), "magento",
                     {"path": "/probe-sock.html", "sku": "PROBE-1", "price": 1, "currency": "EUR"},
                     {"page_gone": only_here, "start_page": only_here, "other_page": only_here,
                      "suspended": (("fail", "unavailable"), ("fail", "json"),
                                    ("fail", "unavailable")),
                      "in_maintenance": everywhere("maintenance_page"),
                      "crashed": (("fail", "http_status"), PASS, ("fail", "http_status")),
                      "other_host": (("fail", "redirect"), PASS, ("fail", "redirect")),
                      "shown_sold_out": (("fail", "sold_out"), PASS, ("fail", "sold_out")),
                      "no_button": (("fail", "sold_out"), PASS, ("fail", "sold_out")),
                      "report_id": cart("refused"), "sold_out": cart("sold_out"),
                      "not_enough": cart("sold_out"), "not_available": cart("sold_out"),
                      "only_some": cart("sold_out"), "no_source": cart("sold_out"),
                      "sold_out_in_german": cart("sold_out"), "sold_out_in_french": cart("sold_out"),
                      "unknown_product": cart("unavailable"),
                      "refused": cart("refused"), "lost_cart": cart("empty_cart"),
                      "lost_session": cart("lost_session"), "lost_when_adding": cart("lost_session"),
                      "lost_answer": cart("timeout"), "free": cart("price"),
                      "wrong_price": cart("price"), "wrong_currency": cart("currency"),
                      "rounding": HEALTHY, "shown_with_tax": HEALTHY, "shown_without_tax": HEALTHY,
                      "virtual": HEALTHY, "hyva_checkout": HEALTHY,
                      "key_on_product_page_alone": HEALTHY,
                      "no_payment": checkout("no_payment"),
                      "no_shipping": checkout("no_shipping"),
                      "guest_checkout_off": checkout("login_required"),
                      "checkout_off": checkout("refused"), "page_refuses": checkout("sold_out"),
                      "page_cart_lost": checkout("empty_cart"),
                      "stripped_cookies": checkout("lost_session"),
                      "checkout_to_cart": checkout("empty_cart"),
                      "minimum_amount": checkout("refused"), "empty_checkout": checkout("html"),
                      "checkout_lost_cart": checkout("html"),
                      "checkout_crashed": checkout("http_status"),
                      "dead_script": checkout("http_status"), "script_is_a_page": checkout("html")},
                     says={"refused": "The fewest you may purchase is 5",
                           "lost_when_adding": "cartId", "crashed": "a1b2c3",
                           "no_shipping": "US 10001"})

    def test_magento_graphql(self):
        self.examine(MagentoGraphql(), "magento-graphql",
                     {"sku": "PROBE-1", "price": 1, "currency": "EUR"},
                     {"graphql_error": everywhere("refused"), "product_gone": page("unavailable"),
                      "shown_sold_out": page("sold_out"), "free": everywhere("price"),
                      "wrong_price": everywhere("price"), "wrong_currency": everywhere("currency"),
                      "rounding": HEALTHY, "shown_with_tax": HEALTHY, "virtual": HEALTHY,
                      "insufficient_stock": cart("sold_out"), "not_salable": cart("sold_out"),
                      "only_some": cart("sold_out"),
                      "product_not_found": cart("unavailable"), "undefined": cart("refused"),
                      "lost_cart": cart("empty_cart"), "lost_later": cart("empty_cart"),
                      "lost_session": cart("lost_session"), "lost_when_adding": cart("lost_session"),
                      "lost_answer": cart("timeout"), "no_shipping": checkout("no_shipping"),
                      "address_refused": checkout("no_shipping"),
                      "no_payment": checkout("no_payment")},
                     says={"address_refused": "Region is required", "no_shipping": "US NY 10001"})

    def test_bigcommerce(self):
        self.examine(BigCommerce(), "bigcommerce",
                     {"path": "/probe-sock/", "id": 86, "price": 1, "currency": "EUR"},
                     {"page_gone": page("unavailable"), "shown_sold_out": page("sold_out"),
                      "start_page": page("unavailable"), "other_page": page("unavailable"),
                      "suspended": (("fail", "unavailable"), ("fail", "json"), ("fail", "json")),
                      "in_maintenance": everywhere("maintenance_page"),
                      "sold_out_without_form": page("sold_out"),
                      "prices_for_customers": page("unavailable"),
                      "misleading_400": cart("sold_out"), "sold_out": cart("sold_out"),
                      "conflict": cart("refused"), "product_gone": cart("unavailable"),
                      "lost_cart": cart("empty_cart"), "lost_later": cart("empty_cart"),
                      "lost_session": cart("lost_session"), "lost_when_adding": cart("lost_session"),
                      "lost_answer": cart("timeout"), "free": cart("price"),
                      "wrong_price": cart("price"), "wrong_currency": cart("currency"),
                      "rounding": HEALTHY, "shown_with_tax": HEALTHY,
                      "checkout_not_readable": HEALTHY,
                      "no_checkout": checkout("empty_cart"),
                      "checkout_to_cart": checkout("empty_cart"),
                      "checkout_login": checkout("login_required"),
                      "empty_checkout": checkout("html"), "checkout_without_scripts": checkout("html"),
                      "dead_script": checkout("http_status")})

    def test_medusa(self):
        self.examine(Medusa(), "medusa",
                     {"product": "prod_1", "id": "variant_1", "sku": "PROBE-1", "price": 1,
                      "currency": "EUR"},
                     {"bad_key": everywhere("refused"), "database_gone": everywhere("http_status"),
                      "product_gone": page("unavailable"),
                      "shown_sold_out": page("sold_out"), "free": everywhere("price"),
                      "wrong_price": everywhere("price"), "wrong_currency": everywhere("currency"),
                      "rounding": HEALTHY,
                      "sold_out": cart("sold_out"), "not_published": cart("unavailable"),
                      "lost_cart": cart("empty_cart"), "lost_later": cart("empty_cart"),
                      "lost_session": cart("lost_session"), "lost_when_adding": cart("lost_session"),
                      "lost_answer": cart("timeout"), "no_payment": checkout("no_payment"),
                      "provider_gone": checkout("no_payment"),
                      "no_shipping": checkout("no_shipping")},
                     says={"bad_key": "valid publishable key", "database_gone": "500",
                           "provider_gone": "pp_stripe_stripe"},
                     variables={"publishable_key": "pk_test", "region": "reg_1"})

    def test_shopware(self):
        only_here = (("fail", "unavailable"), PASS, ("fail", "unavailable"))
        self.examine(Shopware(), "shopware",
                     {"path": "/probe-sock", "id": SHOPWARE_PRODUCT, "price": 1, "currency": "EUR"},
                     {"page_gone": only_here, "start_page": only_here, "other_page": only_here,
                      "suspended": (("fail", "unavailable"), ("fail", "json"), ("fail", "json")),
                      "product_gone": page("unavailable"),
                      "page_sold_out": (("fail", "sold_out"), PASS, ("fail", "sold_out")),
                      "shown_sold_out": page("sold_out"), "maintenance": everywhere("maintenance_page"),
                      "bad_key": everywhere("refused"), "free": everywhere("price"),
                      "wrong_price": everywhere("price"), "wrong_currency": cart("currency"),
                      "rounding": HEALTHY, "advanced_prices": HEALTHY, "before_6_6": HEALTHY,
                      "product-out-of-stock": cart("sold_out"),
                      "product-stock-reached": cart("sold_out"),
                      "product-not-found": cart("unavailable"), "internal": cart("refused"),
                      "lost_cart": cart("empty_cart"), "lost_later": cart("empty_cart"),
                      "lost_session": cart("lost_session"), "lost_answer": cart("timeout"),
                      "no_payment": checkout("no_payment"), "no_shipping": checkout("no_shipping"),
                      "page_cart_lost": checkout("empty_cart"),
                      "stripped_cookies": checkout("empty_cart"),
                      "checkout_to_cart": checkout("empty_cart"), "empty_checkout": checkout("html"),
                      "checkout_crashed": checkout("http_status")},
                     variables={"access_key": "SWSCTEST"})

    PRESTASHOP = {
        "pool_maintenance": (PASS, PASS, PASS), "page_gone": everywhere("unavailable"),
        "page_gone_for_good": everywhere("unavailable"), "switched_off": everywhere("unavailable"),
        "other_product": everywhere("unavailable"), "suspended": everywhere("unavailable"),
        "shown_sold_out": everywhere("sold_out"), "not_for_sale": everywhere("unavailable"),
        "catalogue": everywhere("unavailable"), "maintenance": everywhere("maintenance_page"),
        "database_down": everywhere("http_status"), "crash": everywhere("http_status"),
        "free": everywhere("price"), "wrong_price": everywhere("price"),
        "no_cookie": cart("empty_cart"), "old_no_cookie": cart("lost_session"),
        "sold_out": cart("sold_out"), "refused": cart("refused"), "lost_cart": cart("empty_cart"),
        "minimum_order": cart("refused"), "checkout_login": checkout("login_required"),
        "checkout_to_cart": checkout("empty_cart"), "checkout_refuses": checkout("refused"),
        "other_page": checkout("html"), "empty_checkout": checkout("html")}

    def test_prestashop(self):
        self.examine(PrestaShop(), "prestashop",
                     {"path": "/6-probe-sock.html", "id": 6, "price": 1, "currency": "EUR"},
                     {**self.PRESTASHOP, "no_guests": checkout("login_required")})

    def test_prestashop_up_to_the_ways_to_pay_as_a_guest(self):
        self.examine(PrestaShop(), "prestashop",
                     {"path": "/6-probe-sock.html", "id": 6, "price": 1, "currency": "EUR"},
                     {**self.PRESTASHOP, "virtual": (PASS, PASS, PASS), "no_carrier": checkout("no_shipping"),
                      "carrier_refused": checkout("no_shipping"), "no_payment": checkout("no_payment"),
                      "guest_refused": checkout("refused")},
                     variables={"guest_email": "probe@example.com", "country": "France",
                                "postcode": "75001"})

    def test_prestashop_takes_no_address_with_a_postcode_of_elsewhere(self):
        double = PrestaShop()
        self.addCleanup(double.close)
        found = self.check(self.write_config({"monitor": {"canary": "none"}, "stores": [{
            "name": "shop", "url": f"{double.url}/shop", "platform": "prestashop",
            "product": {"path": "/6-probe-sock.html", "id": 6},
            "variables": {"guest_email": "probe@example.com", "postcode": "1"},
            "probes": [{"name": "till", "type": "checkout"}]}]}))["shop"]["checkout"]
        self.assertEqual((found["verdict"], found["reason"]), ("fail", "refused"), found)
        self.assertIn("should look like", found["message"])

    def test_opencart(self):
        self.examine(OpenCart(), "opencart",
                     {"path": "/probe-sock", "id": 40, "price": 1, "currency": "EUR"},
                     {"pool_maintenance": (PASS, PASS, PASS), "comma": (PASS, PASS, PASS),
                      "backorder": (PASS, PASS, PASS), "virtual": (PASS, PASS, PASS),
                      "switched_off": everywhere("unavailable"), "other_product": everywhere("unavailable"),
                      "suspended": everywhere("unavailable"), "no_button": everywhere("unavailable"),
                      "maintenance": everywhere("maintenance_page"), "database_down": everywhere("body"),
                      "free": cart("price"), "wrong_price": cart("price"), "no_price": cart("price"),
                      "dearer_cart": cart("price"), "wrong_currency": cart("currency"),
                      "options": cart("refused"), "not_sold": cart("unavailable"),
                      "lost_cart": cart("empty_cart"), "no_cookie": cart("empty_cart"),
                      "sold_out": cart("sold_out"), "minimum": cart("refused"), "shut": cart("refused"),
                      "empty_checkout": checkout("html"), "script_gone": checkout("http_status"),
                      "no_guests": checkout("login_required"), "guest_refused": checkout("refused"),
                      "guest_turned_away": checkout("refused"),
                      "captcha": (PASS, PASS, ("unknown", "blocked")),
                      "no_shipping": checkout("no_shipping"), "shipping_refused": checkout("no_shipping"),
                      "no_payment": checkout("no_payment"), "php_error": checkout("body")},
                     variables={"country": "Germany", "zone": "Brandenburg"})

    def test_shopify_storefront(self):
        self.examine(ShopifyStorefront(), "shopify-storefront",
                     {"id": 4123, "sku": "PROBE-1", "price": 1, "currency": "EUR"},
                     {"throttled": everywhere("throttled", "unknown"),
                      "verify": everywhere("blocked", "unknown"),
                      "graphql_error": everywhere("refused"), "product_gone": page("unavailable"),
                      "shown_sold_out": page("sold_out"), "free": everywhere("price"),
                      "wrong_price": everywhere("price"), "wrong_currency": everywhere("currency"),
                      "without_decimals": HEALTHY, "no_cart": cart("json"),
                      "cart_null": cart("unavailable"),
                      "lost_when_adding": cart("lost_session"), "lost_answer": cart("timeout"),
                      "at_shop_app": HEALTHY, "checkout_form": HEALTHY,
                      "empty_checkout": checkout("html"), "checkout_is_a_notice": checkout("html"),
                      "dead_script": checkout("http_status"), "script_is_a_page": checkout("html"),
                      "merchandise_not_enough_stock": cart("sold_out"),
                      "merchandise_out_of_stock": cart("sold_out"),
                      "not_applicable": cart("unavailable"), "user_error": cart("refused"),
                      "lost_cart": cart("empty_cart"), "lost_later": cart("empty_cart"),
                      "lost_session": cart("lost_session"), "queue": checkout("queue"),
                      "password_page": checkout("password_page"),
                      "stock_problems": checkout("sold_out")},
                     variables={"public_token": "public-test"})

    def test_vendure(self):
        self.examine(Vendure(), "vendure",
                     {"slug": "probe-sock", "id": "1", "sku": "PROBE-1", "price": 1,
                      "currency": "EUR"},
                     {"table_renamed": everywhere("refused"), "product_gone": page("unavailable"),
                      "variant_gone": page("unavailable"), "other_sku": page("unavailable"),
                      "shown_sold_out": page("sold_out"), "free": everywhere("price"),
                      "wrong_price": everywhere("price"), "wrong_currency": everywhere("currency"),
                      "lost_answer": cart("timeout"),
                      "disabled": cart("unavailable"), "sold_out": cart("sold_out"),
                      "order_limit": cart("refused"), "lost_cart": cart("empty_cart"),
                      "lost_later": cart("empty_cart"), "lost_session": cart("lost_session"),
                      "bearer_only": cart("lost_session"), "order_gone": checkout("lost_session"),
                      "no_shipping": checkout("no_shipping"), "no_payment": checkout("no_payment"),
                      "not_eligible": checkout("no_payment"),
                      "shipping_refused": checkout("refused")})

    def test_evershop(self):
        self.examine(EverShop(), "evershop",
                     {"path": "/probe-sock", "sku": "PROBE-1", "price": 1, "currency": "EUR"},
                     {"page_gone": everywhere("unavailable"), "other_page": page("unavailable"),
                      "start_page": (("fail", "unavailable"), ("fail", "captured_nothing"),
                                     ("fail", "captured_nothing")),
                      "suspended": page("unavailable"), "lost_answer": cart("timeout"),
                      "empty_checkout": checkout("html"), "dead_script": checkout("http_status"),
                      "shown_sold_out": page("sold_out"), "sold_out": cart("sold_out"),
                      "not_enough": cart("sold_out"), "sold_out_later": cart("sold_out"),
                      "product_gone": cart("unavailable"), "crash": cart("http_status"),
                      "refused": cart("refused"), "lost_cart": cart("empty_cart"),
                      "lost_session": cart("lost_session"), "broken_database": cart("json"),
                      "free": cart("price"), "wrong_price": cart("price"),
                      "wrong_currency": cart("currency"), "lost_late": checkout("lost_session"),
                      "checkout_to_cart": checkout("empty_cart"),
                      "checkout_login": checkout("login_required"),
                      "no_shipping": checkout("no_shipping"), "no_payment": checkout("no_payment")})

    def test_shopify_gets_the_signature_of_its_crawler_access_where_there_is_one(self):
        double = Listener()
        self.addCleanup(double.close)
        signature = {"Signature-Input": 'sig1=("@authority");keyid="k";expires=1',
                     "Signature": "sig1=:c2lnbmVk:", "Signature-Agent": '"https://shopify.com"'}
        store = {"platform": "shopify", "product": {"path": "/products/probe-sock", "id": 4123},
                 "probes": [{"name": "cart", "type": "storefront"}]}
        variables = {key.lower().replace("-", "_"): value for key, value in signature.items()}
        self.check(self.write_config({"monitor": {"canary": "none"}, "stores": [
            {"name": "signed", "url": f"{double.url}/signed", "variables": variables, **store},
            {"name": "unsigned", "url": f"{double.url}/unsigned", **store}]}))
        self.assertGreater(len(double.heard["signed"]), 1, "on every request of a run")
        for headers in double.heard["signed"]:
            self.assertEqual({key: headers.get(key) for key in signature}, signature)
        for headers in double.heard["unsigned"]:
            self.assertEqual([key for key in headers if key.startswith("Signature")], [])


if __name__ == "__main__":
    main()
