#!/usr/bin/env python3
"""The demo store itself: a double that does not do what it says would make every test below lie."""

import http.client
import http.cookiejar
import json
import re
import socket
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import zlib

from harness import DEMO_STORE, EndToEnd, get_json, main, request, wait_until


class Customer:
    """A browser's jar and nothing else."""

    def __init__(self, url):
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path):
        try:
            with self.opener.open(self.url + path, timeout=10) as answer:
                return answer.status, answer.geturl(), answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.geturl(), answer.read().decode()

    def post(self, path, body):
        asked = urllib.request.Request(self.url + path, data=json.dumps(body).encode(),
                                       headers={"Content-Type": "application/json"})
        try:
            with self.opener.open(asked, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, json.loads(answer.read())

    def add(self):
        return self.post("/cart/add.js", {"items": [{"id": 4123, "quantity": 1}]})

    def cart(self):
        return json.loads(self.get("/cart.js")[2])


class DemoStoreTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.store = self.demo_store()
        self.customer = Customer(self.store.url)

    def raw(self, path="/", most=1 << 20):
        """What comes over the socket, up to `most` bytes, and whether it ended with a reset."""
        address = urllib.parse.urlsplit(self.store.url)
        received = b""
        with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            try:
                while len(received) < most:
                    piece = connection.recv(65536)
                    if not piece:
                        return received, False
                    received += piece
            except ConnectionResetError:
                return received, True
        return received, False

    def test_a_customer_can_walk_to_the_payment_and_no_further(self):
        self.assertIn("Add to cart", self.customer.get("/products/probe-sock")[2])
        data = json.loads(self.customer.get("/products/probe-sock.js")[2])
        self.assertEqual((data["available"], data["price"], data["variants"][0]["id"]),
                         (True, 100, 4123))
        status, added = self.customer.add()
        self.assertEqual((status, added["items"][0]["quantity"]), (200, 1))
        self.assertEqual(self.customer.add()[1]["items"][0]["quantity"], 2)
        cart = self.customer.cart()
        self.assertEqual((cart["item_count"], cart["total_price"], cart["currency"]),
                         (2, 200, "EUR"))
        status, url, page = self.customer.get("/checkout")
        self.assertEqual(status, 200)
        self.assertIn(f"/checkouts/cn/{cart['token']}", url)
        self.assertIn('name="checkout[payment_gateway]"', page)
        self.assertIn("<button disabled>Pay now", page)

    def test_the_cart_can_be_marked_and_emptied_and_is_counted(self):
        self.customer.add()
        self.assertEqual(self.store.counters()["carts_not_empty"], 1)
        self.customer.post("/cart/update.js", {"attributes": {"synthetic": "run-1"}})
        self.assertEqual(self.customer.cart()["attributes"], {"synthetic": "run-1"})
        self.assertEqual(self.customer.post("/cart/clear.js", {})[1]["item_count"], 0)
        counters = self.store.counters()
        self.assertEqual((counters["carts_not_empty"], counters["carts_marked"]), (0, 1))
        self.assertIn("/cart", self.customer.get("/checkout")[1])

    def test_customers_have_carts_of_their_own(self):
        self.customer.add()
        self.assertEqual(Customer(self.store.url).cart()["item_count"], 0)

    def test_a_permalink_opens_the_checkout(self):
        status, url, page = self.customer.get("/cart/4123:2")
        self.assertEqual(status, 200)
        self.assertIn("/checkouts/cn/", url)
        self.assertIn("2.00 EUR", page)
        self.assertEqual(self.customer.cart()["item_count"], 2)

    def test_unknown_pages_and_products_are_404(self):
        for path in ["/nothing", "/products/nothing", "/products/nothing.js", "/cart/1:1"]:
            self.assertEqual(self.customer.get(path)[0], 404, path)

    def test_the_search_finds_by_sku_and_escapes_what_it_shows(self):
        self.assertIn("Probe sock", self.customer.get("/search?q=PROBE-1")[2])
        self.assertNotIn("<script>alert", self.customer.get("/search?q=%3Cscript%3Ealert")[2])

    def test_a_fault_can_be_confined_to_a_path_and_a_time(self):
        self.store.arm("error", path="/cart", seconds=1000)
        self.assertEqual(self.customer.get("/")[0], 200)
        self.assertEqual(self.customer.get("/cart")[0], 500)
        armed = get_json(f"{self.store.url}/_control/faults")["armed"]
        self.assertEqual([(f["fault"], f["path"]) for f in armed], [("error", "/cart")])
        self.store.arm("error", seconds=0.1)
        wait_until(lambda: self.customer.get("/cart")[0] == 200, "the fault ends by itself")

    def test_an_unknown_fault_is_refused_with_the_list(self):
        status, text = request(f"{self.store.url}/_control/faults", "POST", {"fault": "typo"})
        self.assertEqual(status, 400)
        self.assertIn("sold_out", text)
        self.assertEqual(request(f"{self.store.url}/_control/faults", "POST", [1])[0], 400)

    def test_faults_of_the_goods(self):
        self.store.arm("sold_out")
        self.assertFalse(json.loads(self.customer.get("/products/probe-sock.js")[2])["available"])
        status, answer = self.customer.add()
        self.assertEqual((status, answer["message"]), (422, "Cart Error"))
        self.assertIn("already sold out", answer["description"])
        self.store.mend()
        self.store.arm("stock_drift")
        self.assertTrue(json.loads(self.customer.get("/products/probe-sock.js")[2])["available"])
        self.assertEqual(self.customer.add()[0], 422)
        self.store.mend()
        for fault, price in [("wrong_price", 1000), ("zero_price", 0)]:
            self.store.arm(fault)
            data = json.loads(self.customer.get("/products/probe-sock.js")[2])
            self.assertEqual((data["price"], data["variants"][0]["price"]), (price, price))
            self.store.mend()
        for fault, words in [("sold_out_in_german", "ausverkauft"), ("refused_in_german", "Abo")]:
            self.store.arm(fault)
            status, answer = self.customer.add()
            self.assertEqual((status, answer["message"]), (422, "Warenkorbfehler"))
            self.assertIn(words, answer["description"])
            self.store.mend()
        self.store.arm("other_product_page")
        self.assertNotIn("product-form", self.customer.get("/products/probe-sock")[2])
        self.store.mend()
        self.customer.add()
        self.store.arm("wrong_currency")
        self.assertEqual(self.customer.cart()["currency"], "USD")

    def test_faults_of_the_structured_data_alone(self):
        def page():
            return self.customer.get("/products/probe-sock")[2]

        self.assertIn('"price":"1.00"', page())
        self.store.arm("markup_price")
        self.assertIn('"price":"2.01"', page())
        self.assertIn('<p class="price">1.00 EUR', page())
        self.store.mend()
        self.store.arm("markup_sold_out")
        self.assertIn("schema.org/OutOfStock", page())
        self.assertIn("Add to cart", page())
        self.assertEqual(self.customer.add()[0], 200)

    def test_what_people_do_to_a_theme(self):
        healthy = self.customer.get("/")[2]
        self.store.arm("tag_gone")
        self.assertIn("G-DEMO000001", healthy)
        self.assertNotIn("G-DEMO000001", self.customer.get("/")[2])
        self.store.mend()
        self.store.arm("app_installed")
        self.assertIn('src="https://cdn.reviews.example/widget.js?v=7"', self.customer.get("/")[2])
        self.store.mend()
        self.store.arm("theme_published")
        page = self.customer.get("/")[2]
        self.assertIn('"name":"Winter","id":140000000002', page)
        self.assertEqual(self.customer.get("/cdn/shop/t/2/assets/theme.css")[0], 200)
        self.store.mend()
        self.assertEqual(self.customer.get("/")[2], healthy)

    def test_faults_of_the_session(self):
        self.store.arm("lost_cart")
        self.assertEqual(self.customer.add()[1]["items"][0]["quantity"], 1)
        self.assertEqual(self.customer.cart()["item_count"], 0)
        self.store.mend()
        self.store.arm("no_cookie")
        other = Customer(self.store.url)
        self.assertEqual(other.add()[0], 200)
        self.assertEqual([c.name for c in other.jar if c.name.startswith("cart")], [])
        self.assertEqual(other.cart()["item_count"], 0)

    def test_faults_of_the_cart_scripts(self):
        self.store.arm("html_for_json")
        status, _, page = self.customer.get("/cart.js")
        self.assertEqual((status, page[:9]), (200, "<!doctype"))
        self.store.mend()
        self.store.arm("broken_json")
        with self.assertRaises(json.JSONDecodeError):
            self.customer.cart()

    def test_faults_of_the_checkout(self):
        self.customer.add()
        ends = {"checkout_queue": "/throttle/queue", "checkout_stock_problems": "/stock-problems",
                "checkout_to_cart": "/cart", "checkout_login": "/account/login"}
        for fault, end in ends.items():
            self.store.arm(fault)
            url = self.customer.get("/checkout")[1]
            self.assertTrue(urllib.parse.urlsplit(url).path.endswith(end), (fault, url))
            self.store.mend()
        self.store.arm("checkout_elsewhere")
        _, url, page = self.customer.get("/checkout")
        self.assertTrue(urllib.parse.urlsplit(url).path.startswith("/checkout/cn/"), url)
        self.assertIn("payment_gateway", page)
        self.store.mend()
        self.store.arm("checkout_empty")
        self.assertEqual(self.customer.get("/checkout")[2], "<html></html>")
        self.store.mend()
        for fault, status in [("checkout_shell", 200), ("checkout_dead_script", 404)]:
            self.store.arm(fault)
            script = re.search(r'src="([^"]+)"', self.customer.get("/checkout")[2])[1]
            self.assertEqual(self.customer.get(script)[0], status, fault)
            self.store.mend()
        self.store.arm("no_payment")
        self.assertNotIn("payment_gateway", self.customer.get("/checkout")[2])
        self.store.mend()
        self.store.arm("no_shipping")
        self.assertNotIn("shipping_rate", self.customer.get("/checkout")[2])

    def test_faults_of_the_whole_store(self):
        statuses = {"maintenance": 200, "unavailable": 503, "error": 500, "bad_gateway": 502,
                    "rate_limit": 429, "security_rejection": 430, "challenge_403": 403,
                    "challenge_429": 429, "product_gone": 404}
        for fault, status in statuses.items():
            self.store.arm(fault)
            self.assertEqual(self.customer.get("/products/probe-sock")[0], status, fault)
            self.store.mend()
        for fault, end in [("password", "/password"), ("password_in_market", "/zh-hant-tw/password")]:
            self.store.arm(fault)
            self.assertTrue(self.customer.get("/")[1].endswith(end), fault)
            self.store.mend()
        self.store.arm("suspended")
        self.assertIn("account has been suspended", self.customer.get("/")[2])
        self.store.mend()
        self.store.arm("maintenance_in_title")
        self.assertIn("<title>Pool maintenance supplies", self.customer.get("/")[2])
        self.assertIn("Add to cart", self.customer.get("/products/probe-sock")[2])
        self.store.mend()
        for fault, line in [("challenge_403", b"cf-mitigated: challenge"),
                            ("rate_limit", b"Retry-After: 30")]:
            self.store.arm(fault)
            self.assertIn(line, self.raw(most=1)[0])
            self.store.mend()

    def test_graphql_answers_200_whatever_is_wrong(self):
        url = f"{self.store.url}/api/2025-10/graphql.json"

        def created():
            status, text = request(url, "POST", {"query": "mutation { cartCreate }"})
            self.assertEqual(status, 200)
            return json.loads(text)

        self.assertEqual(created()["data"]["cartCreate"]["cart"]["totalQuantity"], 1)
        self.store.arm("graphql_cart_null")
        self.assertIsNone(created()["data"]["cartCreate"]["cart"])
        self.store.mend()
        self.store.arm("graphql_warnings")
        self.assertEqual(created()["data"]["cartCreate"]["warnings"][0]["code"],
                         "MERCHANDISE_OUT_OF_STOCK")
        self.store.mend()
        self.store.arm("graphql_throttled")
        self.assertEqual(created()["errors"][0]["message"], "Throttled")

    def test_connections_that_break(self):
        self.store.arm("reset")
        self.assertEqual(self.raw(), (b"", True))
        self.store.mend()
        for fault, reset in [("reset_mid_body", True), ("close_early", False)]:
            self.store.arm(fault)
            received, was_reset = self.raw()
            self.assertEqual(was_reset, reset, fault)
            self.assertIn(b"<!doctype html>", received)
            self.assertNotIn(b"</html>", received)
            self.store.mend()
        self.store.arm("no_answer")
        self.assertEqual(self.raw(), (b"", False))

    def test_answers_that_never_end_well(self):
        self.store.arm("endless_body")
        self.assertEqual(len(self.raw(most=32 << 20)[0]) >= 32 << 20, True)
        self.store.mend()
        self.store.arm("many_headers")
        self.assertEqual(self.raw(most=64 << 20)[0].count(b"X-Padding"), 200_000)
        self.store.mend()
        self.store.arm("gzip_bomb")
        body = self.raw(most=64 << 20)[0].split(b"\r\n\r\n", 1)[1]
        size, unpacker = 0, zlib.decompressobj(31)
        while body:
            size += len(unpacker.decompress(body, 1 << 24))
            body = unpacker.unconsumed_tail
        self.assertEqual(size, 400 << 20)
        self.store.mend()
        self.store.arm("redirect_loop")
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(self.store.url + "/cart", timeout=10)
        self.store.mend()
        self.store.arm("drip", delay=0.02)
        self.assertEqual(self.raw(most=3)[0], b"HTT")

    def test_pages_that_parsers_fear(self):
        self.store.arm("deep_html")
        self.assertEqual(self.raw(most=64 << 20)[0].count(b"<div>"), 300_000)
        self.store.mend()
        self.store.arm("huge_attributes")
        self.assertEqual(len(self.raw(most=64 << 20)[0]) > 5 << 20, True)
        self.store.mend()
        self.store.arm("invalid_utf8")
        with self.assertRaises(UnicodeDecodeError):
            self.raw()[0].decode()
        self.store.mend()
        self.store.arm("broken_chunks")
        with self.assertRaises(http.client.IncompleteRead):
            urllib.request.urlopen(self.store.url, timeout=10).read()

    def test_the_control_path_answers_whatever_is_armed(self):
        for fault in self.store.known_faults():
            self.store.arm(fault)
        self.assertEqual(len(get_json(f"{self.store.url}/_control/faults")["armed"]),
                         len(self.store.known_faults()))

    def test_tls(self):
        key, certificate = self.directory / "key.pem", self.directory / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                        "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        process = subprocess.Popen([DEMO_STORE, "--tls-cert", certificate, "--tls-key", key],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        url = process.stdout.readline().split()[-1]
        self.assertTrue(url.startswith("https://127.0.0.1:"))
        context = ssl.create_default_context(cafile=certificate)
        with urllib.request.urlopen(url, timeout=10, context=context) as answer:
            self.assertIn("Demo Socks", answer.read().decode())


if __name__ == "__main__":
    main()
