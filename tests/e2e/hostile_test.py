#!/usr/bin/env python3
"""A store that answers with poison: bounded memory, the right reason, nobody else disturbed."""

import time

from check_test import FINDINGS
from harness import EndToEnd, main, shop, wait_until

HOSTILE = ["endless_body", "gzip_bomb", "many_headers", "redirect_loop", "drip", "reset",
           "reset_mid_body", "broken_chunks", "broken_gzip", "not_http", "invalid_utf8", "deep_html",
           "huge_attributes"]
# Four runs at once against one host may each hold a body of 8 MiB, and what is made of it: how many
# meet depends on how busy the machine is.
MOST_GROWTH = (4 * 8 + 16) << 20
PARSE = [{"get": "/", "expect": {"xpath": "//a[@href='nowhere']"}}]


class HostileTest(EndToEnd):
    def test_hostile_answers(self):
        good, bad = self.demo_store(), self.demo_store()
        evil = shop(bad.url, name="evil")
        # The store's own probes stop at the first page that is none; this one parses it.
        evil["probes"].append({"name": "parse", "type": "http", "steps": PARSE, "timeout": "2s"})
        path = self.write_config(self.config(shop(good.url), evil, every="2s", timeout="2s"))
        daemon = self.daemon(path)
        wait_until(lambda: daemon.probe("checkout")["state"] == "ok", "the good store is ok")
        wait_until(lambda: daemon.probe("checkout", "evil")["state"] == "ok", "the evil one too")
        time.sleep(5)  # whatever grows in healthy runs has grown
        at_rest = daemon.resident_bytes()
        daemon.forget_peak()
        began, runs_before = time.monotonic(), daemon.metric("tillwatch_probe_runs_total",
                                                             store="demo")

        for fault in HOSTILE:
            with self.subTest(fault=fault):
                reason = FINDINGS[fault][1][1]
                seen = self.failures(daemon, "cart", reason)
                parsed = daemon.metric("tillwatch_probe_runs_total", store="evil", probe="parse")
                bad.arm(fault)

                def found():
                    return (self.failures(daemon, "cart", reason) >= seen + 2 and
                            daemon.metric("tillwatch_probe_runs_total", store="evil",
                                          probe="parse") >= parsed + 2)

                wait_until(found, f"{fault} is found to be {reason}", 60)
                bad.mend()
                self.assertEqual(daemon.probe("cart")["state"], "ok")
        peak = daemon.peak_resident_bytes()
        print(f"resident memory: {at_rest >> 20} MiB at rest, {peak >> 20} MiB at most")
        self.assertLess(peak - at_rest, MOST_GROWTH, "resident memory")

        # The good store's three probes ran every 2 s as if nothing were.
        expected = 3 * (time.monotonic() - began) / 2
        runs = daemon.metric("tillwatch_probe_runs_total", store="demo") - runs_before
        self.assertGreater(runs, expected * 0.9)
        self.assertLess(runs, expected * 1.1 + 3)
        with self.assertRaises(KeyError):
            daemon.metric("tillwatch_probe_failures_total", store="demo", reason="too_large")
        self.assertEqual(daemon.breaks(), [])
        wait_until(lambda: daemon.probe("cart", "evil")["state"] == "ok", "the evil store is mended")
        self.assertEqual(daemon.stop(), 0)

    @staticmethod
    def failures(daemon, probe, reason):
        try:
            return daemon.metric("tillwatch_probe_failures_total", store="evil", probe=probe,
                                 reason=reason)
        except KeyError:
            return 0


if __name__ == "__main__":
    main()
