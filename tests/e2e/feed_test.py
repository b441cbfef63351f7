#!/usr/bin/env python3
"""Product feeds over the wire: streamed, gzipped, cut off, far too large, and against the shop's pages."""

import gzip
import json

from doubles.base import Answer, Double, as_html
from harness import EndToEnd, main, tillwatch, wait_until

HEAD = '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel>'


def item(url, name):
    return (f"<item><g:id>{name}</g:id><g:link>{url}/p/{name}</g:link>"
            "<g:price>9.50 EUR</g:price><g:availability>in_stock</g:availability></item>")


class FeedShop(Double):
    """Every page sells for 9.50 EUR and is in stock; the feed is as the shop's name has it."""

    def __init__(self):
        self.items = {}
        super().__init__()

    def answer(self, asked, shop, has):
        if asked.path.startswith("/p/") and (has("bare") or has("bare_dearer") or has("strict")):
            return as_html("<body>no JSON-LD</body>")
        if asked.path.startswith("/p/"):
            sku = asked.path.removeprefix("/p/")
            price = "12.00" if has("dearer") else "9.50"
            stock = "OutOfStock" if has("sold_out") else "InStock"
            offer = {"@type": "Product", "sku": sku, "offers": {
                "@type": "Offer", "price": price, "priceCurrency": "USD" if has("dollars") else "EUR",
                "availability": f"https://schema.org/{stock}"}}
            return as_html('<head><script type="application/ld+json">'
                           f"{json.dumps(offer)}</script></head><body>{sku}</body>")
        if asked.path != "/feed.xml" or has("gone"):
            return as_html("<body>404</body>", 404)
        count = self.items.get(shop.name, 40)
        url = f"{self.url}/{shop.name}"
        items = "".join(item(url, f"ware-{i}") for i in range(count)) + item(url, "PROBE-1")
        text = f"{HEAD}{items}</channel></rss>"
        headers = []
        if has("old"):
            headers = [("Last-Modified", "Mon, 02 Jan 2023 10:00:00 GMT")]
        if has("truncated"):
            text = text[:len(text) // 2]
        if has("page"):
            return as_html("<body>Back soon</body>")
        body = text.encode()
        if has("latin1"):
            body = body.replace(b"ware-1<", b"w\xe4re-1<")
        if shop.name.startswith("table"):
            return self.table(shop.name, url, has)
        if has("entities"):
            body = (b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' +
                    body.removeprefix(b'<?xml version="1.0"?>'))
        if has("bomb"):
            body = HEAD.encode() + b" " * (3 << 20)
        if shop.name in ("gzipped", "bomb"):
            body = gzip.compress(body)
            headers.append(("Content-Encoding", "gzip"))
        if shop.name == "gzip_file":
            return Answer(200, gzip.compress(body), "application/gzip", headers)
        return Answer(200, body, "application/xml", headers)

    @staticmethod
    def table(name, url, has):
        rows = [f"wäre-{i}\t{url}/p/wäre-{i}\t9,50 EUR" for i in range(40)]
        text = "\r\n".join(["id\tlink\tprice", *rows, f"PROBE-1\t{url}/p/PROBE-1\t9,50 EUR"])
        if name == "table_utf16":
            return Answer(200, text.encode("utf-16"), "text/plain")
        if name == "table_cut":
            return Answer(200, text.encode("utf-16")[:-1 if has(name) else None], "text/plain")
        declared = name == "table_latin1" or not has(name)
        return Answer(200, text.encode("latin-1"),
                      "text/csv; charset=ISO-8859-1" if declared else "text/csv")


def store(name, url, **more):
    return {"name": name.replace("_", "-"), "platform": "custom", "url": f"{url}/{name}",
            "product": {"sku": "PROBE-1", **PRODUCTS.get(name, {})},
            "probes": [{"name": "feed", "type": "feed", "url": "/feed.xml", "max_age": "26h",
                        "min_items": 10, "max_size": "2MiB", "every": "2m", "timeout": "20s",
                        **({"compare": "required"} if name == "strict" else {}), **more}]}


PRODUCTS = {"bare_dearer": {"price": 12, "currency": "EUR"}}
BARE = ("drift was not checked: none of the 4 sampled items could be compared "
        "(4 pages without an offer in JSON-LD)")
FINDINGS = {
    "bare": ("pass", ""), "strict": ("fail", "captured_nothing"), "bare_dearer": ("fail", "drift"),
    "entities": ("fail", "too_large"),
    "table_utf16": ("pass", ""), "table_latin1": ("pass", ""),
    "table_undeclared": ("fail", "malformed"), "table_cut": ("fail", "malformed"),
    "healthy": ("pass", ""), "gzipped": ("pass", ""), "gzip_file": ("pass", ""), "old": ("fail", "stale"),
    "truncated": ("fail", "malformed"), "page": ("fail", "malformed"),
    "latin1": ("fail", "malformed"), "bomb": ("fail", "too_large"), "dearer": ("fail", "drift"),
    "sold_out": ("fail", "drift"), "dollars": ("fail", "drift"), "few": ("fail", "shrunk"),
    "gone": ("fail", "http_status"), "rate_limit": ("unknown", "throttled"),
    "challenge_403": ("unknown", "blocked"),
}


class FeedTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.shop = FeedShop()
        self.addCleanup(self.shop.close)

    def check(self):
        path = self.write_config({"monitor": {"canary": "none", "host_spacing": "0ms"},
                                  "stores": [store(name, self.shop.url) for name in FINDINGS]})
        done = tillwatch("check", "--config.file", path, "--format", "json")
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        return {probe["store"].replace("-", "_"): probe
                for probe in json.loads(done.stdout)["probes"]}

    def test_each_fault_has_its_reason_and_ends(self):
        self.shop.items["few"] = 3
        for name, probe in self.check().items():
            with self.subTest(name):
                self.assertEqual((probe["verdict"], probe["reason"]), FINDINGS[name], probe)
                self.assertEqual(probe.get("note"), BARE if name == "bare" else None)
        self.shop.items.clear()
        self.shop.mend()
        for name, probe in self.check().items():
            with self.subTest(mended=name):
                self.assertEqual(probe["verdict"], "pass", probe)
                self.assertNotIn("note", probe)

    def test_the_last_good_size_survives_a_restart(self):
        path = self.write_config(self.config(store("acme", self.shop.url, every="2s",
                                                   timeout="2s")))
        process = self.daemon(path)
        wait_until(lambda: process.probe("feed", "acme")["state"] == "ok", "the feed is ok")
        self.assertEqual(process.stop(), 0)
        self.shop.items["acme"] = 20
        process = self.daemon(path)
        broken = wait_until(lambda: process.breaks("acme"), "the feed has shrunk")
        self.assertEqual([(one["area"], one["reason"]) for one in broken],
                         [("fulfilment", "shrunk")])
        self.shop.items["acme"] = 40
        wait_until(lambda: process.breaks("acme")[0]["ended_at"], "the feed is whole again")
        self.assertEqual(process.stop(), 0)


if __name__ == "__main__":
    main()
