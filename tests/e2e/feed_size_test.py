#!/usr/bin/env python3
"""A million items, and as many bytes as are allowed, from a real server: read in bounded memory."""

import contextlib
import http.server
import json
import threading
import time
import zlib

from harness import TILLWATCH, EndToEnd, Program, main, tillwatch

ITEMS = 1_000_000
MOST_GROWTH = 64 << 20
LIMIT = 200 << 20  # what `max_size` is where nothing is said
BATCH = 2000
HEADS = {"xml": '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel>',
         "csv": "id,link,price,availability\n"}
TAILS = {"xml": "</channel></rss>", "csv": ""}


def items(kind, first, count):
    """As bytes; each has its own id."""
    if kind == "csv":
        return "".join(f"ware-{i},/p/ware-{i},9.50 EUR,in_stock\n"
                       for i in range(first, first + count)).encode()
    return "".join(f"<item><g:id>ware-{i}</g:id><g:link>/p/ware-{i}</g:link><g:price>9.50 EUR"
                   "</g:price><g:availability>in_stock</g:availability></item>\n"
                   for i in range(first, first + count)).encode()


def feed(kind, count):
    yield HEADS[kind].encode()
    for first in range(0, count, BATCH):
        yield items(kind, first, min(BATCH, count - first))
    yield TAILS[kind].encode()


def filled(kind, size):
    """A feed of exactly `size` bytes: items, then blanks that both formats skip."""
    tail = TAILS[kind].encode()
    left = size - len(tail)
    blanks = b"\n" * 65536
    for part in feed(kind, ITEMS):
        if len(part) > left or part == tail:
            break
        left -= len(part)
        yield part
    while left > 0:
        yield blanks[:left]
        left -= min(left, len(blanks))
    yield tail


class Server:
    """/csv: a million items once `full` is set, ten before; /xml.gz, /csv.gz: the same, gzipped;
    /xml.limit and /xml.above: the same in as many bytes as are allowed, and one more; .trickle and
    .stalls: ten items in crumbs, which come to an end or not."""

    def __init__(self):
        self.full = threading.Event()
        self.closed = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                full = server.full.is_set()
                kind, _, how = self.path[1:].partition(".")
                parts = feed(kind, ITEMS if full else 10)
                if full and how in ("limit", "above"):
                    parts = filled(kind, LIMIT + (how == "above"))
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Transfer-Encoding", "chunked")
                if how in ("trickle", "stalls"):
                    parts = self.crumbs(b"".join(parts), how == "stalls")
                if how == "gz":
                    self.send_header("Content-Encoding", "gzip")
                    parts = self.gzipped(parts)
                self.end_headers()
                try:
                    for part in parts:
                        if part:
                            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                    self.wfile.write(b"0\r\n\r\n")
                except OSError:
                    pass  # who reads has had enough

            @staticmethod
            def crumbs(whole, stalls):
                for at in range(0, len(whole), 5):
                    if stalls and at > len(whole) // 2:
                        server.closed.wait(60)
                    time.sleep(0.002)
                    yield whole[at:at + 5]

            @staticmethod
            def gzipped(parts):
                packer = zlib.compressobj(1, wbits=31)
                for part in parts:
                    yield packer.compress(part)
                yield packer.flush()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.closed.set()
        self.server.shutdown()
        self.server.server_close()


class FeedSizeTest(EndToEnd):
    # What is found once all is full.
    FOUND = {"xml.limit": "", "xml.gz": "", "csv": "", "csv.gz": "", "xml.above": "too_large"}

    def check(self, config):
        """What each probe found, and the peak of the program's resident memory."""
        check = Program([TILLWATCH, "check", "--config.file", config, "--format", "json"],
                        self.directory / "check.json")
        self.addCleanup(self._end, check)
        peak = 0
        while check.alive():
            with contextlib.suppress(OSError, AttributeError):  # it has just ended
                peak = check.resident_bytes("VmHWM")
            time.sleep(0.01)
        report = json.loads(check.output()[check.output().index("{"):])
        return {probe["probe"]: probe["reason"] for probe in report["probes"]}, peak

    def test_a_million_items_are_read_in_bounded_memory(self):
        server = Server()
        self.addCleanup(server.close)
        # Of the small feeds min_items says `shrunk`; a pass means that every item was read.
        probes = [{"name": name.replace(".", "-"), "type": "feed", "url": f"/{name}", "sample": 0,
                   "min_items": ITEMS, "every": "10m", "timeout": "10m"} for name in self.FOUND]
        config = self.write_config({
            "monitor": {"canary": "none", "max_runs_per_host": 2, "host_spacing": "0ms"},
            "stores": [{"name": "big", "url": server.url, "platform": "custom",
                        "probes": probes}]})
        found, before = self.check(config)
        self.assertEqual(set(found.values()), {"shrunk"})
        server.full.set()
        found, peak = self.check(config)
        self.assertEqual(found, {name.replace(".", "-"): reason
                                 for name, reason in self.FOUND.items()})
        print(f"resident memory: {before >> 10} KiB for ten items, {peak >> 10} KiB for a million")
        self.assertGreater(before, 1 << 20)
        self.assertLess(peak - before, MOST_GROWTH)

    def test_a_feed_in_crumbs_is_read_to_its_end_or_to_the_timeout(self):
        server = Server()
        self.addCleanup(server.close)
        probes = [{"name": f"{kind}-{how}", "type": "feed", "url": f"/{kind}.{how}", "sample": 0,
                   "min_items": 10, "every": "2m", "timeout": timeout}
                  for kind in HEADS for how, timeout in (("trickle", "60s"), ("stalls", "5s"))]
        config = self.write_config({"monitor": {"canary": "none"}, "stores": [
            {"name": "big", "url": server.url, "platform": "custom", "probes": probes}]})
        done = tillwatch("check", "--config.file", config, "--format", "json")
        found = {probe["probe"]: probe["reason"] for probe in json.loads(done.stdout)["probes"]}
        self.assertEqual(found, {"xml-trickle": "", "csv-trickle": "", "xml-stalls": "timeout",
                                 "csv-stalls": "timeout"})


if __name__ == "__main__":
    main()
