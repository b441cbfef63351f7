#!/usr/bin/env python3
"""A shop that tillwatch does not know, described by the manual's own example and nothing else."""

import json
import pathlib
import re

from doubles.corner_shop import CornerShop
from harness import EndToEnd, main, tillwatch

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "config" / "README.md"
PASS = ("pass", "")

# What the probes page, basket and till find.
FINDINGS = {
    "healthy": (PASS, PASS, PASS),
    "sold_out": (("fail", "sold_out"), PASS, PASS),
    "other_price": (("fail", "price"), PASS, PASS),
    "no_token": (PASS, ("fail", "captured_nothing"), ("fail", "captured_nothing")),
    "stale_token": (PASS, ("fail", "lost_session"), ("fail", "http_status")),
    "lost_cart": (PASS, ("fail", "empty_cart"), ("fail", "empty_cart")),
    "lost_session": (PASS, ("fail", "lost_session"), ("fail", "captured_nothing")),
    "account": (PASS, PASS, ("fail", "login_required")),
    "no_payment": (PASS, PASS, ("fail", "no_payment")),
}


class OwnShopTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.double = CornerShop()
        self.addCleanup(self.double.close)
        example = re.search(r"^```yaml own shop\n(.*?)^```$", MANUAL.read_text(), re.M | re.S)
        self.config = self.directory / "own.yaml"
        self.config.write_text(example.group(1))

    def check(self, fault):
        done = tillwatch("check", "--config.file", self.config, "--format", "json", "--set",
                         f"store.url={self.double.url}/{fault}", "--set", "monitor.canary=none")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)["probes"]

    def test_each_fault_is_found_and_ends(self):
        for fault, expected in FINDINGS.items():
            with self.subTest(fault):
                found = self.check(fault)
                self.assertEqual([(one["verdict"], one["reason"]) for one in found],
                                 list(expected), found)
        for fault in FINDINGS.keys() - {"lost_session"}:  # it can't be told whose basket to empty
            self.assertEqual(self.double.shops[fault].lines(), 0, f"{fault}: a basket was left")
        self.double.mend()
        for fault in FINDINGS:
            with self.subTest(mended=fault):
                self.assertEqual({one["verdict"] for one in self.check(fault)}, {"pass"})


if __name__ == "__main__":
    main()
