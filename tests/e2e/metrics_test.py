#!/usr/bin/env python3
"""/metrics: `promtool check metrics` says nothing, and nothing secret or unbounded is in it."""

import shutil
import subprocess
import unittest

from harness import EndToEnd, main, request, shop, wait_until


class MetricsTest(EndToEnd):
    def test_promtool_is_silent(self):
        if not shutil.which("promtool"):
            raise unittest.SkipTest("promtool (Debian package prometheus) is not installed")
        store = self.demo_store()
        daemon = self.daemon(self.write_config(self.config(shop(store.url), every="1s",
                                                           timeout="1s")))
        wait_until(lambda: daemon.probe("checkout")["state"] == "ok", "the first runs")
        store.arm("lost_cart")
        store.arm("challenge_403", path="/products")
        wait_until(lambda: daemon.probe("cart")["state"] == "broken", "a break")
        wait_until(lambda: daemon.metric("tillwatch_probe_unknowns_total", probe="product",
                                         reason="blocked") > 0, "an unknown run")
        status, text = request(f"{daemon.url}/metrics")
        self.assertEqual(status, 200)
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                 capture_output=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))
        for forbidden in [store.url, "http://", "empty after adding", "e2e-test-token"]:
            self.assertNotIn(forbidden, text)
        labels = {part.split("=")[0] for line in text.splitlines() if "{" in line and line[0] != "#"
                  for part in line[line.index("{") + 1:line.rindex("}")].split(",")}
        self.assertLessEqual(labels, {"store", "probe", "area", "reason", "phase", "le", "version",
                                      "compiler"})


if __name__ == "__main__":
    main()
