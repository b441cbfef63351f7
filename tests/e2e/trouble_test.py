#!/usr/bin/env python3
"""What the operator can get wrong around the daemon: each says what, where and what to do."""

import os
import pathlib
import socket
import subprocess
import unittest

from harness import EndToEnd, main, shop, tillwatch, wait_until


def mount_namespaces_work():
    return subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"],
                          capture_output=True, check=False).returncode == 0


class TroubleTest(EndToEnd):
    def refused(self, config, *arguments):
        finished = tillwatch("run", "--config.file", self.write_config(config), *arguments,
                             seconds=60)
        self.assertGreater(finished.returncode, 0, finished)
        return finished.stderr

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            config = self.config(shop("http://127.0.0.1:9"))
            text = self.refused(config, "--web.listen-address", f"127.0.0.1:{port}")
            self.assertIn(f"127.0.0.1:{port}", text)
            self.assertIn("in use", text)

    def test_an_address_that_is_not_ours(self):
        config = self.config(shop("http://127.0.0.1:9"))
        self.assertIn("192.0.2.1",
                      self.refused(config, "--web.listen-address", "192.0.2.1:0"))

    def test_a_ledger_in_a_folder_that_does_not_exist_or_is_a_file(self):
        for path in [self.directory / "missing" / "sub" / "ledger.db",
                     pathlib.Path("/proc/ledger.db"), self.directory]:
            config = self.config(shop("http://127.0.0.1:9"), ledger={"path": str(path)})
            self.assertIn(str(path), self.refused(config))

    def test_a_ledger_that_is_no_ledger(self):
        path = self.directory / "ledger.db"
        path.write_bytes(b"These are the accounts of 1987. " * 500)
        text = self.refused(self.config(shop("http://127.0.0.1:9")))
        self.assertIn(str(path), text)
        self.assertEqual(path.read_bytes()[:9], b"These are", "nothing was overwritten")

    def test_a_second_daemon_on_the_same_ledger_is_refused(self):
        store = self.demo_store()
        path = self.write_config(self.config(shop(store.url)))
        self.daemon(path)
        finished = tillwatch("run", "--config.file", path, seconds=60)
        self.assertGreater(finished.returncode, 0)
        self.assertIn("ledger.db", finished.stderr)

    def test_usage(self):
        self.assertEqual(tillwatch("--help").returncode, 0)
        self.assertNotIn(tillwatch("chekc").returncode, (0, 1, 3))
        self.assertRegex(tillwatch("--version").stdout, r"\d+\.\d+\.\d+")

    def full_disk(self, size):
        """A prefix that runs a program with a small disk of its own at self.directory/disk."""
        if os.geteuid() != 0 or not mount_namespaces_work():
            raise unittest.SkipTest("mounting a small disk is forbidden here")
        disk = self.directory / "disk"
        disk.mkdir()
        return disk, ["unshare", "-m", "sh", "-c",
                      f'mount -t tmpfs -o size={size} none "{disk}" && exec "$0" "$@"']

    def test_a_disk_that_is_full_at_the_start(self):
        disk, prefix = self.full_disk("4k")
        config = self.config(shop("http://127.0.0.1:9"), ledger={"path": str(disk / "ledger.db")})
        finished = tillwatch("run", "--config.file", self.write_config(config), prefix=prefix,
                             seconds=60)
        self.assertGreater(finished.returncode, 0, finished)
        self.assertIn(str(disk / "ledger.db"), finished.stderr)
        self.assertRegex(finished.stderr.lower(), "full|no space")

    def test_a_disk_that_fills_up_and_is_freed(self):
        disk, prefix = self.full_disk("2m")
        store = self.demo_store()
        config = self.config(shop(store.url), every="1s", timeout="1s",
                             ledger={"path": str(disk / "ledger.db")})
        daemon = self.daemon(self.write_config(config), prefix=prefix)
        wait_until(lambda: daemon.probe("cart")["state"] == "ok", "the first runs")
        inside = pathlib.Path(f"/proc/{daemon.pid}/root{disk}")
        ballast = inside / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            with self.assertRaises(OSError):
                while True:
                    file.write(b"x" * 4096)
        # Room that SQLite keeps for itself has to be used up too.
        store.arm("lost_cart")
        wait_until(lambda: daemon.probe("cart")["state"] == "broken", "the probes go on")
        wait_until(lambda: daemon.metric("tillwatch_ledger_write_failures_total") > 0,
                   "writing fails", 180)
        self.assertRegex(daemon.output().lower(), "full|no space")
        self.assertIn(str(disk / "ledger.db"), daemon.output())
        self.assertTrue(daemon.alive())
        ballast.unlink()
        failures = daemon.metric("tillwatch_ledger_write_failures_total")
        wait_until(lambda: daemon.metric("tillwatch_ledger_pending_writes") == 0, "it is written", 120)
        self.assertGreaterEqual(daemon.metric("tillwatch_ledger_write_failures_total"), failures)
        saved = [(b["id"], b["started_at"]) for b in daemon.breaks()]
        self.assertTrue(saved)
        daemon.kill()


if __name__ == "__main__":
    main()
