"""What a fault of a store must look like to tillwatch, and the comparison."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import cache  # noqa: E402
from harness import EndToEnd, parse_time, tillwatch, wait_until  # noqa: E402

PROBES = {"home": "storefront", "cart": "add_to_cart", "checkout": "checkout"}
PASS = ("pass", "", "")


def everywhere(*verdict):
    return dict.fromkeys(PROBES, verdict)


def store(platform, url, product, probes=PROBES, **more):
    """A store of the configuration."""
    return {"name": "shop", "platform": platform, "url": url, "product": product,
            "probes": [{"name": name, "type": PROBES[name]} for name in probes], **more}


class StoreTest(EndToEnd):
    """Compares whole checks: every probe of every check has an expected verdict."""

    @classmethod
    def installed(cls, shop):
        """The directory of the installed stores. Skips the tests where nobody asked for them."""
        directory = cache.directory()
        if shop.is_installed(directory):
            return directory
        if os.environ.get("TILLWATCH_STORES"):
            raise RuntimeError(f"missing: tests/e2e/stores/install {directory}")
        raise unittest.SkipTest("the stores are not installed: tests/e2e/stores/install")

    def monitor(self, *stores, **more):
        """The configuration file of checks: the defaults of tillwatch, each run on its own."""
        config = {"monitor": {"canary": "none"}, "defaults": {"timeout": "45s"}, "stores": list(stores), **more}
        return self.write_config(config, f"{len(list(self.directory.iterdir()))}.yaml")

    def assert_check(self, monitor, expected):
        """`expected`: probe -> (verdict, reason, words of the message); a pass where not named."""
        done = tillwatch("check", "--config.file", monitor, "--format", "json")
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        result = json.loads(done.stdout)
        probes = {probe["probe"]: probe for probe in result["probes"]}
        self.assertEqual(set(PROBES), set(probes))
        for name, probe in probes.items():
            verdict, reason, words = expected.get(name, PASS)
            self.assertEqual((verdict, reason), (probe["verdict"], probe["reason"]), probe)
            self.assertIn(words, probe["message"])
        verdicts = {probe["verdict"] for probe in probes.values()}
        worst = "fail" if "fail" in verdicts else "unknown" if "unknown" in verdicts else "pass"
        self.assertEqual(worst, result["verdict"])
        self.assertEqual({"pass": 0, "fail": 1, "unknown": 3}[worst], done.returncode)
        return result

    def assert_passes_again(self, monitor, seconds=30):
        wait_until(lambda: self.assert_check(monitor, {}), "the mended store passes", seconds)

    def assert_break_begins_and_ends(self, config, break_it, mend_it, reason):
        """The daemon opens one break for the fault and ends it when the store is mended."""
        daemon = self.daemon(self.write_config(config))

        def states():
            return {probe["state"] for probe in daemon.status("shop")["probes"]}

        wait_until(lambda: states() == {"ok"}, "every probe has passed")
        self.assertEqual([], daemon.breaks("shop"))
        break_it()
        broken = wait_until(lambda: [one for one in daemon.breaks("shop")
                                     if one["ended_at"] is None], "a break")
        self.assertEqual([reason], [one["reason"] for one in broken])
        mend_it()
        ended = wait_until(lambda: [one for one in daemon.breaks("shop") if one["ended_at"]],
                           "the break ends")
        self.assertEqual(1, len(daemon.breaks("shop")))
        self.assertEqual(broken[0]["started_at"], ended[0]["started_at"])
        self.assertLess(parse_time(ended[0]["started_at"]), parse_time(ended[0]["ended_at"]))
        wait_until(lambda: states() == {"ok"}, "every probe passes again")
        self.assertEqual(0, daemon.stop())
