#!/usr/bin/env python3
"""deploy/alertmanager: amtool accepts it, and each alert goes to whom it should."""

import pathlib
import shutil
import subprocess
import sys
import unittest

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "deploy/alertmanager/alertmanager.yaml"


class AlertmanagerTest(unittest.TestCase):
    def amtool(self, *arguments):
        return subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)

    def test_the_file_is_good(self):
        done = self.amtool("check-config", str(CONFIG))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_who_hears_of_what(self):
        for receivers, labels in [
            ("on-call,shop-ops", "alertname=TillwatchBreak store=acme area=checkout owner=shop-ops severity=critical"),
            ("on-call,marketing", "alertname=TillwatchBreak store=acme area=tracking owner=marketing severity=critical"),
            ("on-call", "alertname=TillwatchBreak store=acme area=fulfilment owner=warehouse severity=critical"),
            ("on-call,shop-ops", "alertname=TillwatchAreaBroken store=acme area=checkout severity=critical"),
            ("on-call,marketing", "alertname=TillwatchAreaBroken store=acme area=email severity=critical"),
            ("on-call", "alertname=TillwatchDown severity=critical"),
            ("shop-ops", "alertname=TillwatchBlocked store=acme area=checkout owner=shop-ops severity=warning"),
            ("operations", "alertname=TillwatchBudgetBurn3d store=acme severity=warning"),
            ("log", "alertname=TillwatchConfig severity=info"),
            ("operations", "alertname=SomethingElse severity=critical"),
        ]:
            with self.subTest(labels=labels):
                done = self.amtool("config", "routes", "test", f"--config.file={CONFIG}",
                                   f"--verify.receivers={receivers}", *labels.split())
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    if not shutil.which("amtool"):
        print("amtool (Debian package prometheus-alertmanager) is not installed")
        sys.exit(77)
    sys.exit(not unittest.main(exit=False, verbosity=2).result.wasSuccessful())
