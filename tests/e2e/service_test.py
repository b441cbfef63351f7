#!/usr/bin/env python3
"""What the daemon tells systemd and its journal, and the local control, with a socket of our own."""

import contextlib
import http.client
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import time

from harness import TILLWATCH, EndToEnd, main, shop, tillwatch, wait_until


class ServiceTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.store = self.demo_store()
        self.good = self.config(shop(self.store.url))
        self.path = self.write_config(self.good)
        self.told = []
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.bind(str(self.directory / "notify"))
        self.ear.setblocking(False)
        self.addCleanup(self.ear.close)
        self.control = self.directory / "control"

    def supervised(self, **environment):
        variables = {"NOTIFY_SOCKET": str(self.directory / "notify"),
                     "RUNTIME_DIRECTORY": str(self.directory), **environment}
        prefix = ["env", "-u", "WATCHDOG_PID", *(f"{k}={v}" for k, v in variables.items())]
        return self.daemon(self.path, prefix=prefix)

    def hear(self):
        """All that was told up to now, a datagram an entry."""
        while True:
            try:
                self.told.append(self.ear.recv(65536).decode())
            except BlockingIOError:
                return self.told

    def wait_told(self, pattern, count=1):
        return wait_until(lambda: self.count(pattern) >= count, f"{count} x {pattern}: {self.told}")

    def count(self, pattern):
        return sum(re.search(pattern, one, re.M) is not None for one in self.hear())

    def test_ready_status_and_stopping(self):
        daemon = self.supervised()
        self.wait_told("^READY=1$")
        self.wait_told("^STATUS=demo: 0 h of 2 h.*; 1 store, 3 probes$")
        self.assertEqual(self.count("WATCHDOG"), 0, "nobody asked for it")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.count("^STOPPING=1$"), 1)
        self.assertEqual(self.told[-1], "STOPPING=1")

    def test_a_break_is_in_the_status(self):
        self.supervised()
        wait_until(lambda: self.count("READY"), "it is ready")
        self.store.arm("lost_cart")
        self.wait_told(r"^STATUS=demo: .*, checkout broken since \d\d:\d\d UTC; 1 store, 3 probes$")
        self.store.mend()
        wait_until(lambda: "broken" not in [t for t in self.hear() if "STATUS" in t][-1],
                   "the status says that it is mended")

    def test_a_reload_is_told_good_or_bad(self):
        daemon = self.supervised()
        daemon.signal(signal.SIGHUP)
        self.wait_told("^RELOADING=1\nMONOTONIC_USEC=[0-9]+$")
        self.wait_told("^READY=1$", 2)
        self.path.write_text("stores: 7\n")
        daemon.signal(signal.SIGHUP)
        self.wait_told("RELOADING=1", 2)
        self.wait_told("^READY=1$", 3)

    def test_the_loop_feeds_the_watchdog_and_a_stuck_one_does_not(self):
        daemon = self.supervised(WATCHDOG_USEC="200000")
        self.wait_told("^WATCHDOG=1$", 5)
        daemon.signal(signal.SIGSTOP)
        stat = pathlib.Path(f"/proc/{daemon.pid}/stat")
        wait_until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T", "it stands still")
        before = self.count("WATCHDOG")
        time.sleep(1)  # five times what would be due
        self.assertEqual(self.count("WATCHDOG"), before)
        daemon.signal(signal.SIGCONT)
        self.wait_told("WATCHDOG", before + 1)

    def test_the_control_reloads_and_says_what_is_wrong(self):
        daemon = self.supervised()
        asked = ("reload", "--control.socket", self.control)
        self.assertEqual(self.control.stat().st_mode & 0o777, 0o600)
        self.good["stores"][0]["probes"].pop()
        self.write_config(self.good)
        finished = tillwatch(*asked)
        self.assertEqual((finished.returncode, finished.stderr), (0, ""))
        self.assertEqual(len(daemon.status()["probes"]), 2)

        self.path.write_text(json.dumps({**self.good, "nonsense": 1}))
        refused = tillwatch("reload", environment={"RUNTIME_DIRECTORY": str(self.directory)})
        self.assertEqual(refused.returncode, 2)
        self.assertRegex(refused.stderr, r"tillwatch\.yaml:\d+:\d+: .*nonsense")
        self.assertIn("the old one stays in use", refused.stderr)
        self.assertEqual(len(daemon.status()["probes"]), 2)

        daemon.stop()
        self.assertFalse(self.control.exists())
        nobody = tillwatch(*asked)
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("no daemon answers", nobody.stderr)
        self.assertIn("No such file", nobody.stderr)
        far = tillwatch("reload", "--control.socket", self.directory / ("x" * 200))
        self.assertEqual(far.returncode, 1)
        self.assertIn("too long", far.stderr)

    def test_the_control_outlives_bad_manners_and_a_killed_daemon(self):
        daemon = self.supervised()
        for words in (b"", b"restart\n", b"x" * 100_000):
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(str(self.control))
                try:
                    caller.sendall(words)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it need not listen to the end
        self.assertEqual(tillwatch("reload", "--control.socket", self.control).returncode, 0)
        daemon.kill()
        self.assertEqual(tillwatch("reload", "--control.socket", self.control).returncode, 1)
        self.supervised()
        self.assertEqual(tillwatch("reload", "--control.socket", self.control).returncode, 0)

    def ask(self, method, target):
        """(status, text), over the local socket and without a token."""
        local = http.client.HTTPConnection("localhost")
        local.sock = socket.socket(socket.AF_UNIX)
        local.sock.connect(str(self.control))
        with contextlib.closing(local):
            local.request(method, target)
            answer = local.getresponse()
            return answer.status, answer.read().decode()

    def test_the_local_socket_serves_all_that_the_port_does_and_knows_who_asks(self):
        daemon = self.supervised()
        status, text = self.ask("GET", "/api/v1/status")
        self.assertEqual(status, 200, text)
        self.assertEqual([store["store"] for store in json.loads(text)["stores"]], ["demo"])
        self.assertEqual(self.ask("POST", "/-/reload"), (200, "The new configuration is in use.\n"))
        me = pwd.getpwuid(os.geteuid()).pw_name
        wait_until(lambda: re.search(rf"msg=\"configuration reloaded\".* by={me}", daemon.output()),
                   "the log says who")
        listed = tillwatch("alert", "list", "--control.socket", self.control)
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        self.assertIn("No alert is open.", listed.stdout)

    def test_a_socket_that_another_daemon_answers_is_left_to_it(self):
        self.supervised()
        other = self.directory / "other.yaml"
        other.write_text(json.dumps({**self.good, "ledger": {"path": str(self.directory / "other.db")}}))
        refused = tillwatch("run", "--config.file", other, "--web.listen-address", "127.0.0.1:0",
                            "--control.socket", self.control)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another tillwatch answers there", refused.stderr)
        self.assertEqual(tillwatch("reload", "--control.socket", self.control).returncode, 0)

    def test_lines_for_the_journal_have_a_priority_and_no_time(self):
        # Harness sends stderr to a file: JOURNAL_STREAM names that file in one case, not in the other.
        journal = self.directory / "journal"
        journal.touch()
        status = os.stat(journal)
        told = self.run_refused(journal, f"{status.st_dev}:{status.st_ino}")
        self.assertTrue(all(line.startswith("<3>") for line in told), told)
        told = self.run_refused(journal, "1:1")
        self.assertFalse(any(line.startswith("<") for line in told), told)

        daemon = self.supervised(JOURNAL_STREAM="1:1")
        self.assertRegex(daemon.output(), r"(?m)^time=\S+ level=info msg=started")
        daemon.stop()
        script = ('exec 2>"$0"; export JOURNAL_STREAM=$(stat -L -c %d:%i "$0"); exec "$@"')
        journal.write_text("")
        daemon = self.daemon(self.path, ready=False,
                             prefix=["bash", "-c", script, str(journal)])
        wait_until(lambda: re.search(r"(?m)^<6>level=info msg=started", journal.read_text()),
                   "it has started")
        daemon.stop()
        self.assertNotIn("time=", journal.read_text())

    def run_refused(self, journal, stream):
        bad = self.directory / "bad.yaml"
        bad.write_text("stores: 7\nweb: 1\n")
        with open(journal, "wb") as output:
            finished = subprocess.run([TILLWATCH, "validate", "--config.file", bad], stderr=output,
                                      env={**os.environ, "JOURNAL_STREAM": stream}, check=False)
        self.assertEqual(finished.returncode, 2)
        lines = journal.read_text().splitlines()
        self.assertEqual(len(lines), 2)
        return lines

    def test_a_fresh_installation_has_no_store_yet(self):
        self.path = self.write_config({**self.config(), "stores": []})
        daemon = self.supervised()
        self.wait_told("^STATUS=no store is configured yet$")
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    main()
