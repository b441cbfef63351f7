"""A thousand stores break in the same second: each is told once, and mended once."""

import collections
import json

from doubles.places import Loop, Place, say
from harness import EndToEnd, main, wait_until

STORES = 1000
MOST_BYTES_MORE = 64 << 20  # of memory, for a thousand alerts at once


class StormTest(EndToEnd):
    def setUp(self):
        super().setUp()
        loop = Loop()
        self.addCleanup(loop.close)
        self.open = True
        self.told = collections.defaultdict(list)
        self.shop = Place(loop, self.as_shop)
        self.hook = Place(loop, self.as_hook)

    async def as_shop(self, _head, _body, writer):
        await say(writer, 200, "open" if self.open else "closed")

    async def as_hook(self, _head, body, writer):
        alert = json.loads(body)
        self.told[alert["store"]].append((alert["event"], alert["id"]))
        await say(writer, 200)

    def write(self):
        step = {"get": "/", "expect": {"contains": "open"}}
        probe = {"name": "shop", "type": "http", "steps": [step]}
        stores = [{"name": f"store-{i}", "url": f"http://127.0.0.1:{self.shop.port}",
                   "platform": "custom", "probes": [probe]} for i in range(STORES)]
        return self.write_config(self.config(
            *stores, every="3s", timeout="3s", retry="1s",
            monitor={"canary": "none", "max_runs": 200, "max_runs_per_host": 200,
                     "host_spacing": "0s"},
            receivers=[{"name": "hook", "kind": "webhook", "remind": "0s",
                        "url": f"http://127.0.0.1:{self.hook.port}/"}]))

    def quiet(self, daemon, stores_ok):
        return (daemon.metric("tillwatch_probe_success") == stores_ok
                and daemon.metric("tillwatch_alerts_pending") == 0)

    def events(self):
        return collections.Counter(event for told in self.told.values() for event, _ in told)

    def test_no_alert_is_lost_or_doubled_and_memory_is_bounded(self):
        daemon = self.daemon(self.write())
        wait_until(lambda: self.quiet(daemon, STORES), "every store is ok", seconds=180)
        # A slow machine may have found a store too slow before.
        before = self.events()["open"]
        daemon.forget_peak()
        calm = daemon.peak_resident_bytes()
        self.open = False
        wait_until(lambda: self.events()["open"] >= before + STORES, "all are told", seconds=180)
        wait_until(lambda: daemon.metric("tillwatch_alerts_open") == STORES, "all are open")
        self.assertLess(daemon.peak_resident_bytes() - calm, MOST_BYTES_MORE)
        self.open = True
        wait_until(lambda: self.quiet(daemon, STORES)
                   and daemon.json("/api/v1/alerts") == {"alerts": [], "outbox": []},
                   "all are mended and told so", seconds=180)
        self.assertEqual(len(self.told), STORES)
        for store, told in self.told.items():
            ids = [identity for event, identity in told if event == "open"]
            expected = [(event, one) for one in ids for event in ("open", "resolve")]
            self.assertEqual(told, expected, store)
            self.assertEqual(len(set(ids)), len(ids), store)
        breaks = daemon.json("/api/v1/breaks")["breaks"]
        self.assertEqual(len(breaks), self.events()["open"])


if __name__ == "__main__":
    main()
