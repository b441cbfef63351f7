#!/usr/bin/env python3
"""`tillwatch check` against the demo store, healthy and with each of its faults."""

import json
import os
import pty
import re
import subprocess
import xml.etree.ElementTree as xml

from harness import PRODUCT, TILLWATCH, EndToEnd, main, shop, tillwatch

PASS = ("pass", "")


def fail(reason):
    return "fail", reason


def unknown(reason):
    return "unknown", reason


def everywhere(finding):
    return finding, finding, finding


# What the probes product, cart and checkout find when the fault is armed.
FINDINGS = {
    "sold_out": everywhere(fail("sold_out")),
    "stock_drift": (PASS, fail("sold_out"), fail("sold_out")),
    "product_gone": (fail("unavailable"), PASS, PASS),
    "wrong_price": everywhere(fail("price")),
    "zero_price": everywhere(fail("price")),
    "wrong_currency": (PASS, fail("currency"), fail("currency")),
    "markup_price": (fail("price"), PASS, PASS),
    "markup_sold_out": (fail("sold_out"), PASS, PASS),
    "lost_cart": (PASS, fail("empty_cart"), fail("empty_cart")),
    "no_cookie": (PASS, fail("lost_session"), fail("lost_session")),
    "html_for_json": (PASS, fail("json"), fail("json")),
    "broken_json": (PASS, fail("json"), fail("json")),
    # The theme's own paths do not speak GraphQL; see test_graphql_business_failures.
    "graphql_cart_null": everywhere(PASS),
    "graphql_warnings": everywhere(PASS),
    "graphql_throttled": everywhere(PASS),
    "sold_out_in_german": (PASS, fail("sold_out"), fail("sold_out")),
    "refused_in_german": (PASS, fail("refused"), fail("refused")),
    "other_product_page": (fail("unavailable"), PASS, PASS),
    "checkout_empty": (PASS, PASS, fail("html")),
    "checkout_shell": everywhere(PASS),
    "checkout_dead_script": (PASS, PASS, fail("http_status")),
    "checkout_elsewhere": everywhere(PASS),
    "maintenance_in_title": everywhere(PASS),
    "suspended": (fail("unavailable"), fail("json"), fail("json")),
    "password_in_market": everywhere(fail("password_page")),
    "checkout_queue": (PASS, PASS, fail("queue")),
    "checkout_stock_problems": (PASS, PASS, fail("sold_out")),
    "checkout_to_cart": (PASS, PASS, fail("empty_cart")),
    "checkout_login": (PASS, PASS, fail("login_required")),
    "no_payment": (PASS, PASS, fail("no_payment")),
    "no_shipping": (PASS, PASS, fail("no_shipping")),
    # Changes of the page that no probe of these three is about; see test_the_fingerprint_...
    "tag_gone": everywhere(PASS),
    "app_installed": everywhere(PASS),
    "theme_published": everywhere(PASS),
    "password": everywhere(fail("password_page")),
    "maintenance": everywhere(fail("maintenance_page")),
    "unavailable": everywhere(fail("http_status")),
    "error": everywhere(fail("http_status")),
    "bad_gateway": everywhere(fail("http_status")),
    "rate_limit": everywhere(unknown("throttled")),
    "security_rejection": everywhere(unknown("throttled")),
    "challenge_403": everywhere(unknown("blocked")),
    "challenge_429": everywhere(unknown("blocked")),
    "slow": everywhere(fail("timeout")),
    "reset": everywhere(fail("protocol")),
    "reset_mid_body": everywhere(fail("protocol")),
    "close_early": everywhere(fail("protocol")),
    "no_answer": everywhere(fail("protocol")),
    "not_http": everywhere(fail("protocol")),
    "drip": everywhere(fail("timeout")),
    "broken_chunks": everywhere(fail("protocol")),
    "broken_gzip": everywhere(fail("protocol")),
    "endless_body": everywhere(fail("too_large")),
    "gzip_bomb": everywhere(fail("too_large")),
    "many_headers": everywhere(fail("too_large")),
    "redirect_loop": everywhere(fail("redirect")),
    # Pages and JSON alike become a page that holds no data.
    "invalid_utf8": (fail("unavailable"), fail("json"), fail("json")),
    "deep_html": (fail("unavailable"), fail("json"), fail("json")),
    "huge_attributes": (fail("unavailable"), fail("json"), fail("json")),
}
EXIT_CODES = {"pass": 0, "fail": 1, "unknown": 3}


class CheckTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.store = self.demo_store()
        self.config_file = self.write_config(self.config(shop(self.store.url)))

    def check(self, *arguments, environment=None):
        return tillwatch("check", "--config.file", self.config_file, *arguments,
                         environment=environment)

    def check_json(self, *arguments):
        finished = self.check("--format", "json", *arguments)
        try:
            return finished.returncode, json.loads(finished.stdout)
        except ValueError:
            self.fail(f"no JSON: {finished}")

    def test_a_healthy_store_passes(self):
        code, report = self.check_json()
        self.assertEqual((code, report["verdict"]), (0, "pass"), report)
        self.assertEqual([(p["store"], p["probe"], p["type"], p["area"]) for p in report["probes"]],
                         [("demo", "product", "storefront", "checkout"),
                          ("demo", "cart", "add_to_cart", "checkout"),
                          ("demo", "checkout", "checkout", "checkout")])
        for probe in report["probes"]:
            self.assertEqual((probe["verdict"], probe["reason"], probe["message"]), ("pass", "", ""))
            self.assertGreater(probe["duration_ms"], 0)
            self.assertRegex(probe["started_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            for step in probe["steps"]:
                self.assertEqual(step["status"], 200, step)
                self.assertNotIn("tls_ms", step, "plain HTTP has no handshake")
            # A fresh connection for the run, kept alive within it.
            connected = [step["name"] for step in probe["steps"] if step.get("connect_ms")]
            self.assertEqual(connected, [probe["steps"][0]["name"]])

    def test_every_fault_gets_its_verdict_and_its_reason(self):
        self.assertEqual(sorted(FINDINGS), sorted(self.store.known_faults()),
                         "each fault of the demo store has a line in the table")
        for fault, expected in FINDINGS.items():
            with self.subTest(fault=fault):
                self.store.arm(fault)
                code, report = self.check_json()
                self.store.mend()
                found = tuple((p["verdict"], p["reason"]) for p in report["probes"])
                self.assertEqual(found, expected, json.dumps(report, indent=1)[:3000])
                verdicts = [verdict for verdict, _ in expected]
                worst = next(v for v in ("fail", "unknown", "pass") if v in verdicts)
                self.assertEqual((report["verdict"], code), (worst, EXIT_CODES[worst]))
                for probe in report["probes"]:
                    if probe["verdict"] != "pass":
                        self.assertTrue(probe["message"] and probe["step"], probe)
        code, report = self.check_json()
        self.assertEqual(code, 0, "healthy again after all that")

    def test_the_platform_s_own_words_are_in_the_message(self):
        self.store.arm("sold_out")
        cart = self.check_json()[1]["probes"][1]
        self.assertIn("The product 'Probe sock' is already sold out.", cart["message"])

    def test_the_shop_s_words_are_told_in_its_language(self):
        for fault, words in [("sold_out_in_german", "ist bereits ausverkauft"),
                             ("refused_in_german", "wird nur im Abonnement verkauft")]:
            with self.subTest(fault=fault):
                self.store.mend()
                self.store.arm(fault)
                self.assertIn(words, self.check_json()[1]["probes"][1]["message"])

    def test_no_cart_is_left_behind_and_carts_carry_the_mark(self):
        # Faults after which a cart can still be emptied.
        for fault in [None, "wrong_price", "wrong_currency", "checkout_queue", "no_payment"]:
            self.store.mend()
            self.store.forget_counters()
            if fault:
                self.store.arm(fault)
            self.check_json()
            counters = self.store.counters()
            self.assertEqual(counters["carts_not_empty"], 0, fault)
            self.assertGreaterEqual(counters["by_kind"]["cart_clear"], 2, fault)
            self.assertEqual(counters["carts_marked"], 2, fault)
            agents = list(counters["by_user_agent"])
            self.assertTrue(agents)
            for agent in agents:  # one a run: each carries the run's id
                self.assertIn("tillwatch", agent)

    def test_a_run_that_timed_out_still_empties_its_cart(self):
        self.store.arm("slow", path="/checkout")
        code, report = self.check_json()
        self.assertEqual((code, report["probes"][2]["reason"]), (1, "timeout"))
        self.assertEqual(self.store.counters()["carts_not_empty"], 0)

    def test_an_add_whose_answer_is_lost_leaves_no_cart(self):
        # The demo store adds, and then sits on its answer.
        self.store.arm("slow", path="/cart/add.js")
        code, report = self.check_json()
        self.assertEqual((code, report["probes"][1]["reason"]), (1, "timeout"))
        self.assertEqual(self.store.counters()["carts_not_empty"], 0)

    def test_a_page_that_disagrees_says_both_values(self):
        self.store.arm("markup_price")
        product = self.check_json()[1]["probes"][0]
        self.assertEqual((product["reason"], product["step"]), ("price", "product page"))
        self.assertIn("says 2.01 EUR, the product is configured with 1.00 EUR", product["message"])
        self.assertIn("/products/probe-sock", product["evidence"]["url"])
        self.config_file = self.write_config(self.config(shop(self.store.url, probes=[
            {"name": "product", "type": "storefront", "structured_data": "ignored"}])))
        self.assertEqual(self.check_json()[0], 0)

    def test_structured_data_that_must_be_there(self):
        self.config_file = self.write_config(self.config(shop(
            self.store.url, product={**PRODUCT, "path": "/search"}, platform="custom", probes=[
                {"name": "product", "type": "storefront", "structured_data": "required",
                 "steps": [{"get": "{{ product.path }}"}]}])))
        code, report = self.check_json()
        self.assertEqual((code, report["probes"][0]["reason"]), (1, "body"), report)
        self.assertIn("no offer of the probe product", report["probes"][0]["message"])

    def test_the_fingerprint_of_the_page_tells_what_has_changed(self):
        def fingerprint(*faults):
            self.store.mend()
            for fault in faults:
                self.store.arm(fault)
            probes = self.check_json()[1]["probes"]
            self.assertNotIn("fingerprint", probes[1], "only storefronts have one")
            return probes[0]["fingerprint"]

        healthy = fingerprint()
        self.assertEqual(healthy, {
            "theme": "140000000001", "theme_name": "Woollen", "generators": [],
            "script_hosts": ["127.0.0.1"], "tags": [{"tag": "ga4", "id": "G-DEMO000001"}],
            "assets": ["/cdn/shop/t/1/assets/theme.css", "/cdn/shop/t/1/assets/theme.js",
                       "/tag/gtag.js"], "price": "1.00 EUR"})
        self.assertEqual(fingerprint(), healthy)
        self.assertEqual(fingerprint("tag_gone"), {
            **healthy, "tags": [], "assets": healthy["assets"][:2]})
        self.assertEqual(fingerprint("app_installed"), {
            **healthy, "script_hosts": ["127.0.0.1", "cdn.reviews.example"],
            "assets": [*healthy["assets"], "cdn.reviews.example/widget.js?v=7"]})
        self.assertEqual(fingerprint("theme_published"), {
            **healthy, "theme": "140000000002", "theme_name": "Winter",
            "assets": ["/cdn/shop/t/2/assets/theme.css", "/cdn/shop/t/2/assets/theme.js",
                       "/tag/gtag.js"]})
        self.assertEqual(fingerprint("markup_price"), {**healthy, "price": "2.01 EUR"})

    def test_required_text_and_page_weight(self):
        def product(expect):
            self.config_file = self.write_config(self.config(shop(self.store.url, probes=[
                {"name": "product", "type": "storefront", "expect": expect,
                 "steps": [{"name": "product page", "get": "{{ product.path }}"}]}])))
            return self.check_json()[1]["probes"][0]

        self.assertEqual(product({"contains": "Add to cart", "body_at_most": "32KiB"})["verdict"],
                         "pass")
        light = product({"body_at_most": "1KiB"})
        self.assertEqual((light["verdict"], light["reason"]), fail("body"))
        self.assertRegex(light["message"], "body of at most 1024 bytes, got [0-9]+ bytes")
        text = product({"contains": "Free shipping"})
        self.assertEqual((text["verdict"], text["reason"]), fail("body"))
        self.assertIn("Free shipping", text["message"])

    def test_days_left_of_the_certificate(self):
        key, certificate = self.directory / "key.pem", self.directory / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10",
                        "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, capture_output=True)
        store = self.demo_store("--tls-cert", certificate, "--tls-key", key)
        for days, finding in [(9, PASS), (30, fail("certificate"))]:
            self.config_file = self.write_config(self.config(shop(
                store.url, tls={"ca_file": str(certificate)}, probes=[
                    {"name": "product", "type": "storefront", "expect": {"tls_days_left": days}}])))
            product = self.check_json()[1]["probes"][0]
            self.assertEqual((product["verdict"], product["reason"]), finding, product)
        self.assertIn("expected at least 30", product["message"])

    def test_graphql_business_failures(self):
        steps = [{"name": "create a cart", "post": "/api/2025-10/graphql.json",
                  "graphql": {"query": "mutation($l:[CartLineInput!]){cartCreate(input:{lines:$l})"
                                       "{cart{totalQuantity} userErrors{code} warnings{code}}}",
                              "variables": {"l": []}},
                  "classify": [{"when": {"json": "any(.errors[]?; .message == \"Throttled\")"},
                                "reason": "throttled", "message": "throttled"}],
                  "expect": {"status": 200, "json": [
                      {"that": ".data.cartCreate.cart != null", "reason": "refused",
                       "message": "no cart was created"},
                      {"that": ".data.cartCreate.warnings == []", "reason": "sold_out",
                       "message": "the cart warns", "quote": ".data.cartCreate.warnings[0].code"}]}}]
        self.config_file = self.write_config(self.config(
            {"name": "demo", "url": self.store.url, "platform": "custom",
             "probes": [{"name": "api", "type": "http", "steps": steps}]}))
        for fault, finding in [(None, PASS), ("graphql_cart_null", fail("refused")),
                               ("graphql_warnings", fail("sold_out")),
                               ("graphql_throttled", unknown("throttled"))]:
            self.store.mend()
            if fault:
                self.store.arm(fault)
            probe = self.check_json()[1]["probes"][0]
            self.assertEqual((probe["verdict"], probe["reason"]), finding, (fault, probe))

    def test_text_says_what_a_customer_cannot_do(self):
        finished = self.check()
        self.assertEqual(finished.returncode, 0, finished)
        for name in ["product", "cart", "checkout"]:
            self.assertIn(name, finished.stdout)
        self.assertNotIn("\x1b", finished.stdout + finished.stderr, "no colour without a terminal")
        healthy = finished.stdout
        self.store.arm("lost_cart")
        finished = self.check()
        self.assertEqual(finished.returncode, 1)
        self.assertIn("empty after adding", finished.stdout)
        last = "\n".join(finished.stdout.strip().splitlines()[-4:])
        self.assertRegex(last.lower(), r"customers? can(no|')t|cannot", finished.stdout)
        self.assertNotIn("cannot", healthy)

    def test_junit(self):
        self.store.arm("lost_cart")
        self.store.arm("challenge_403", path="/products")
        finished = self.check("--format", "junit")
        self.assertEqual(finished.returncode, 1)
        root = xml.fromstring(finished.stdout)
        cases = {case.get("name"): case for case in root.iter("testcase")}
        self.assertEqual(len(cases), 3, finished.stdout)
        kinds = {name.split("/")[-1].split(" ")[-1]: [child.tag for child in case if child.tag in
                                                      ("failure", "skipped", "error")]
                 for name, case in cases.items()}
        self.assertEqual(kinds["cart"], ["failure"], finished.stdout)
        self.assertEqual(kinds["checkout"], ["failure"], finished.stdout)
        self.assertIn(kinds["product"], (["skipped"], ["error"]), "unknown is neither pass nor fail")

    def test_colour_only_on_a_terminal_and_without_no_color(self):
        def on_a_terminal(environment):
            master, slave = pty.openpty()
            environment = {**os.environ, "TERM": "xterm", **environment}
            environment.pop("NO_COLOR" if "NO_COLOR" not in environment else "", None)
            process = subprocess.Popen([TILLWATCH, "check", "--config.file", self.config_file],
                                       stdin=slave, stdout=slave, stderr=slave, env=environment)
            os.close(slave)
            output = b""
            while True:
                try:
                    piece = os.read(master, 4096)
                except OSError:  # the other end has closed
                    break
                if not piece:
                    break
                output += piece
            os.close(master)
            self.assertEqual(process.wait(), 0, output)
            return output

        self.assertRegex(on_a_terminal({}), re.compile(rb"\x1b\[[0-9;]*m"))
        self.assertNotRegex(on_a_terminal({"NO_COLOR": "1"}), re.compile(rb"\x1b\[[0-9;]*m"))

    def test_set_aims_at_another_store(self):
        other = self.demo_store()
        code, _ = self.check_json("--set", f"store.url={other.url}")
        self.assertEqual(code, 0)
        self.assertEqual(self.store.counters()["requests"], 0)
        self.assertGreater(other.counters()["requests"], 0)

    def test_a_store_that_is_gone(self):
        self.store.stop()
        code, report = self.check_json()
        self.assertEqual(code, 1)
        self.assertEqual({p["reason"] for p in report["probes"]}, {"connect"})

    def test_a_bad_config_is_neither_broken_nor_unknown(self):
        self.config_file.write_text("stores: [\n")
        finished = self.check()
        self.assertNotIn(finished.returncode, (0, 1, 3))
        self.assertRegex(finished.stderr, r"tillwatch\.yaml:\d+:\d+: ")


if __name__ == "__main__":
    main()
