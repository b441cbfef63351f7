#!/usr/bin/env python3
"""deploy/quickstart: starts, breaks the store for one clock minute, stops on Ctrl-C."""

import os
import pathlib
import pty
import re
import signal
import subprocess
import threading
import unittest

from harness import DEMO_STORE, TILLWATCH, EndToEnd, get_json, main, request, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(TILLWATCH).resolve().parent.parent


@unittest.skipUnless(pathlib.Path(DEMO_STORE).resolve().is_relative_to(BUILD),
                     "the programs are not of one build")
class QuickstartTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.environment = {**os.environ, "QUICKSTART_BUILD": str(BUILD),
                            "QUICKSTART_STATE": str(self.directory / "state"), "TERM": "dumb"}
        self.shown = b""

    def start(self):
        """In a terminal of its own, as a person starts it."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(ROOT / "deploy/quickstart", ["quickstart"], self.environment)
        self.pid, self.terminal = pid, terminal
        self.addCleanup(self.end)
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while True:
            try:
                piece = os.read(self.terminal, 4096)
            except OSError:
                return
            if not piece:
                return
            self.shown += piece

    def text(self):
        return self.shown.decode(errors="replace").replace("\r\n", "\n")

    def end(self):
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
            os.waitpid(self.pid, 0)

    def second_terminal(self, *arguments):
        return subprocess.run([ROOT / "deploy/quickstart", *arguments], env=self.environment,
                              capture_output=True, text=True, check=False, timeout=300)

    def test_start_break_and_stop(self):
        early = self.second_terminal("--break")
        self.assertEqual(early.returncode, 1)
        self.assertIn("start deploy/quickstart in another terminal first", early.stderr)

        self.start()
        wait_until(lambda: "Stop both with Ctrl-C" in self.text(), "it is up", 120)
        self.assertIn("customers can buy", self.text())
        url = re.search(r"metrics +(http://127\.0\.0\.1:\d+)/metrics", self.text()).group(1)
        store = re.search(r"demo store +(http://127\.0\.0\.1:\d+)/", self.text()).group(1)
        self.assertIn("Demo Socks", request(store)[1])
        self.assertIn("already", self.second_terminal().stderr)
        self.assertIn("lost_cart", self.second_terminal("--break", "nonsense").stderr)

        broken = self.second_terminal("--break")
        self.assertEqual((broken.returncode, broken.stderr), (0, ""), broken.stdout)
        self.assertIn("cart broken", broken.stdout)
        self.assertIn("0.0167 h (1 broken minute)", broken.stdout.splitlines()[-1])
        number = get_json(f"{url}/api/v1/status")["stores"][0]["zero_revenue_break"]
        self.assertAlmostEqual(number["hours"], 1 / 60, places=4)

        os.write(self.terminal, b"\x03")
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, self.text())
        for address in (url, store):
            with self.assertRaises(OSError):
                request(address)


if __name__ == "__main__":
    main()
