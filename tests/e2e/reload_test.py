#!/usr/bin/env python3
"""Reloading: a break goes on, a bad config changes nothing and says why, what is removed vanishes."""

import json
import signal

from harness import TOKEN, EndToEnd, main, request, shop, wait_until


class ReloadTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.store = self.demo_store()
        self.good = self.config(shop(self.store.url), every="1s", timeout="1s")
        self.path = self.write_config(self.good)
        self.process = self.daemon(self.path)

    def wait_for_state(self, probe, state):
        wait_until(lambda: self.process.probe(probe)["state"] == state, f"{probe} is {state}")

    def reloads(self):
        return self.process.metric("tillwatch_config_last_reload_success_timestamp_seconds")

    def test_a_break_survives_a_reload_by_signal_and_by_request(self):
        self.store.arm("lost_cart")
        self.wait_for_state("cart", "broken")
        before = [b for b in self.process.breaks() if b["probe"] == "cart"]

        loaded = self.reloads()
        self.good["defaults"]["every"] = "3s"
        self.write_config(self.good)
        self.process.signal(signal.SIGHUP)
        wait_until(lambda: self.reloads() > loaded, "the new configuration is in use")
        self.assertEqual(self.process.probe("cart")["state"], "broken")
        status, text = self.process.reload()
        self.assertEqual(status, 200, text)
        self.assertEqual(self.process.probe("cart")["state"], "broken")
        after = [b for b in self.process.breaks() if b["probe"] == "cart"]
        self.assertEqual([(b["id"], b["started_at"], b["ended_at"]) for b in after],
                         [(b["id"], b["started_at"], None) for b in before])

        self.store.mend()
        self.wait_for_state("cart", "ok")
        self.assertEqual(len([b for b in self.process.breaks() if b["probe"] == "cart"]), 1)

    def test_a_bad_config_changes_nothing_and_says_why(self):
        self.wait_for_state("cart", "ok")
        bad = json.loads(json.dumps(self.good))
        bad["stores"][0]["probes"][1]["typ"] = "add_to_cart"
        for text in [json.dumps(bad, indent=2), "stores: [", ""]:
            self.path.write_text(text)
            status, answer = self.process.reload()
            self.assertGreaterEqual(status, 400, answer)
            if text:
                self.assertRegex(answer, r"tillwatch\.yaml:\d+:\d+: ")
            self.assertEqual(self.process.metric("tillwatch_config_last_reload_successful"), 0)
        logged = len(self.process.output())
        self.path.write_text(json.dumps(bad, indent=2))
        self.process.signal(signal.SIGHUP)
        wait_until(lambda: "tillwatch.yaml:" in self.process.output()[logged:], "the log says why")

        runs = self.process.metric("tillwatch_probe_runs_total", probe="cart")
        wait_until(lambda: self.process.metric("tillwatch_probe_runs_total", probe="cart") > runs + 2,
                   "the probes go on")
        self.write_config(self.good)
        self.assertEqual(self.process.reload()[0], 200)
        self.assertEqual(self.process.metric("tillwatch_config_last_reload_successful"), 1)

    def test_a_removed_probe_leaves_the_metrics_and_a_new_one_runs(self):
        self.wait_for_state("checkout", "ok")
        self.good["stores"][0]["probes"].pop()
        self.good["stores"][0]["probes"].append(
            {"name": "search", "type": "http", "area": "tracking", "counts": False,
             "steps": [{"get": "/search?q={{ product.sku }}", "expect": {"contains": "Probe sock"}}]})
        self.write_config(self.good)
        self.assertEqual(self.process.reload()[0], 200)
        self.assertEqual([s for s in self.process.metrics() if 'probe="checkout"' in s], [])
        self.assertEqual([p["probe"] for p in self.process.status()["probes"]],
                         ["product", "cart", "search"])
        self.wait_for_state("search", "ok")
        self.assertEqual(self.process.metric("tillwatch_probe_success", probe="search"), 1)

        second = shop(self.store.url, name="second")
        self.good["stores"] = [second]
        self.write_config(self.good)
        self.assertEqual(self.process.reload()[0], 200)
        self.assertEqual([s for s in self.process.metrics() if 'store="demo"' in s], [])
        wait_until(lambda: self.process.probe("cart", "second")["state"] == "ok", "the new store runs")

    def test_reloading_needs_the_token(self):
        url = f"{self.process.url}/-/reload"
        for headers in [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}]:
            self.assertIn(request(url, "POST", headers=headers)[0], (401, 403))
        self.assertEqual(request(url, headers={"Authorization": f"Bearer {TOKEN}"})[0], 405)


if __name__ == "__main__":
    main()
