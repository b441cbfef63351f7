#!/usr/bin/env python3
"""One minute of outage is one broken minute: in /metrics, in the API, and after a restart."""

import time

from harness import EndToEnd, main, shop, wait_until


class NumberTest(EndToEnd):
    def assert_one_broken_minute(self, daemon, minute):
        status = daemon.status()
        number = status["zero_revenue_break"]
        self.assertAlmostEqual(number["hours"], 1 / 60, places=4)
        self.assertGreaterEqual(number["upper_hours"], number["hours"])
        self.assertEqual((number["window_days"], number["budget_hours"]), (30, 2))
        self.assertEqual(status["verdict"], "undocumented", "nobody wrote down a rollback")
        self.assertAlmostEqual(number["money"], 20.0, places=1)  # 1200 an hour
        area = status["areas"][0]
        self.assertEqual((area["area"], area["broken_minutes"], area["attributed_minutes"]),
                         ("checkout", 1, 1))
        self.assertEqual(daemon.metric("tillwatch_zero_revenue_break_seconds", store="demo"), 60)
        self.assertEqual(daemon.metric("tillwatch_area_break_seconds", store="demo",
                                       area="checkout"), 60)
        minutes = daemon.minutes((minute - 3) * 60, (minute + 1) * 60)
        self.assertEqual([m for m, letter in minutes.items() if letter == "b"], [minute], minutes)

    def test_an_outage_of_a_minute(self):
        store = self.demo_store()
        path = self.write_config(self.config(
            shop(store.url, revenue_per_hour={"amount": 1200, "currency": "EUR"}),
            every="1s", timeout="1s", retry="1s"))
        daemon = self.daemon(path)
        wait_until(lambda: all(p["state"] == "ok" for p in daemon.status()["probes"]),
                   "every probe has passed")
        if time.time() % 60 > 10:  # most of one clock minute has to be broken
            time.sleep(60 - time.time() % 60)
        minute = int(time.time() // 60)
        store.arm("lost_cart")
        broken_at = time.time()
        wait_until(lambda: daemon.probe("cart")["state"] == "broken", "the break is confirmed")
        self.assertEqual(daemon.metric("tillwatch_probe_broken", store="demo", probe="cart"), 1)
        self.assertEqual(daemon.metric("tillwatch_probe_broken", store="demo", probe="product"), 0)
        self.assertEqual(daemon.metric("tillwatch_probe_success", probe="cart"), 0)
        self.assertGreaterEqual(
            daemon.metric("tillwatch_probe_failures_total", probe="cart", reason="empty_cart"), 2)
        time.sleep(max((minute + 1) * 60 - 4 - time.time(), 0))
        mended_at = time.time()
        store.mend()
        wait_until(lambda: all(p["state"] == "ok" for p in daemon.status()["probes"]), "all is well")
        wait_until(lambda: daemon.broken_minutes() == 1, "the minute is over and counted", 120)
        self.assert_one_broken_minute(daemon, minute)
        wait_until(lambda: daemon.metric("tillwatch_broken_seconds_total", store="demo") == 60,
                   "the counter has settled", 120)

        breaks = sorted(daemon.breaks(), key=lambda b: b["probe"])
        self.assertEqual([b["probe"] for b in breaks], ["cart", "checkout"])
        for a_break in breaks:
            self.assertEqual((a_break["reason"], a_break["step"]), ("empty_cart", "read cart"))
            self.assertIn("empty", a_break["message"])
            self.assertAlmostEqual(a_break["duration_seconds"], mended_at - broken_at, delta=10)
            self.assertIsNone(a_break["rollback"])

        self.assertEqual(daemon.stop(), 0)
        again = self.daemon(path)
        self.assert_one_broken_minute(again, minute)
        self.assertEqual(sorted(again.breaks(), key=lambda b: b["probe"]), breaks)
        self.assertEqual(store.counters()["carts_not_empty"], 0)


if __name__ == "__main__":
    main()
