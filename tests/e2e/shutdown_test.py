#!/usr/bin/env python3
"""SIGTERM drains; start and stop leave nothing behind, as valgrind sees it."""

import os
import shutil
import signal
import time
import unittest

from harness import EndToEnd, main, shop, wait_until


class ShutdownTest(EndToEnd):
    def test_sigterm_lets_no_run_leave_a_cart_behind(self):
        store = self.demo_store()
        path = self.write_config(self.config(shop(store.url), every="2s", timeout="2s"))
        store.arm("slow", path="/checkout", delay=1)
        for pause in (0.1, 0.5, 0.9):
            daemon = self.daemon(path)
            wait_until(lambda: store.counters()["by_kind"].get("checkout", 0) > 0, "under way")
            store.forget_counters()
            time.sleep(pause)
            self.assertEqual(daemon.stop(), 0, daemon.output())
        self.assertEqual(store.counters()["carts_not_empty"], 0)

    def test_sigint_ends_it_too(self):
        store = self.demo_store()
        daemon = self.daemon(self.write_config(self.config(shop(store.url))))
        daemon.signal(signal.SIGINT)
        self.assertEqual(daemon.process.wait(60), 0)

    def test_runs_cut_short_are_not_failures(self):
        store = self.demo_store()
        path = self.write_config(self.config(shop(store.url), every="2s", timeout="2s"))
        daemon = self.daemon(path)
        wait_until(lambda: daemon.probe("cart")["state"] == "ok", "the first runs")
        store.arm("slow", delay=30)
        time.sleep(0.5)
        daemon.stop()
        store.mend()
        again = self.daemon(path)
        wait_until(lambda: again.probe("cart")["state"] == "ok", "all is well")
        self.assertEqual(again.breaks(), [])

    def test_start_and_stop_under_valgrind(self):
        if not shutil.which("valgrind"):
            raise unittest.SkipTest("valgrind is not installed")
        store = self.demo_store()
        path = self.write_config(self.config(shop(store.url), every="5s", timeout="5s"))
        suppressions = os.path.join(os.path.dirname(__file__), "valgrind.supp")
        daemon = self.daemon(path, prefix=[
            "valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
            "--errors-for-leak-kinds=definite,indirect", "--track-fds=no",
            f"--suppressions={suppressions}"], ready=False)
        daemon.wait_ready(180)
        wait_until(lambda: daemon.metric("tillwatch_probe_runs_total", probe="checkout") > 0,
                   "a run under valgrind", 120)
        self.assertEqual(daemon.stop(120), 0, daemon.output())
        self.assertNotIn("==", daemon.output().replace("===", ""), "valgrind has nothing to say")


if __name__ == "__main__":
    main()
