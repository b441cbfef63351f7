#!/usr/bin/env python3
"""`tillwatch ledger backup`: a copy under load, from which a new daemon goes on."""

import os
import pathlib
import re
import shutil
import sqlite3

from harness import EndToEnd, main, shop, tillwatch, wait_until

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "deploy/README.md"


class LedgerBackupTest(EndToEnd):
    def backup(self, config, to):
        return tillwatch("ledger", "backup", "--config.file", config, to)

    def broken_daemon(self):
        """A daemon under load whose cart has been broken for a whole minute."""
        self.store = self.demo_store()
        probes = [{"name": f"page-{i}", "type": "storefront", "every": "1s", "timeout": "1s"}
                  for i in range(30)]
        shops = [shop(self.store.url), shop(self.store.url, name="busy", probes=probes)]
        self.config_file = self.write_config(self.config(*shops))
        daemon = self.daemon(self.config_file)
        wait_until(lambda: daemon.probe("checkout")["state"] == "ok", "the first runs")
        self.store.arm("lost_cart")
        wait_until(lambda: daemon.probe("cart")["state"] == "broken", "a break")
        wait_until(lambda: daemon.broken_minutes() >= 1, "a broken minute", 150)
        return daemon

    def test_copy_under_load_and_restore(self):
        daemon = self.broken_daemon()
        copies = []
        for number in range(10):  # between the daemon's writes, and into them
            copy = self.directory / f"copy-{number}.db"
            done = self.backup(self.config_file, copy)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(tillwatch("ledger", "check", copy).returncode, 0)
            copies.append(copy)
        self.assertEqual({file.name for file in self.directory.glob("copy-9.db*")}, {"copy-9.db"})
        self.assertEqual(copies[0].stat().st_mode & 0o777, 0o600)
        before = daemon.breaks()[-1]
        minutes = daemon.broken_minutes()
        daemon.kill()
        for file in self.directory.glob("ledger.db*"):
            file.unlink()
        shutil.copy(copies[-1], self.directory / "ledger.db")

        again = self.daemon(self.config_file)
        wait_until(lambda: again.probe("cart")["state"] == "broken", "it is still broken")
        after = next(one for one in again.breaks() if one["id"] == before["id"])
        self.assertEqual((after["started_at"], after["ended_at"], after["probe"]),
                         (before["started_at"], None, before["probe"]))
        wait_until(lambda: again.broken_minutes() >= minutes, "the number goes on")
        self.store.mend()
        wait_until(lambda: again.probe("cart")["state"] == "ok", "it ends")
        ended = next(one for one in again.breaks() if one["id"] == before["id"])
        self.assertIsNotNone(ended["ended_at"])
        self.assertEqual(again.stop(), 0)

    def stopped(self):
        """The configuration of a daemon that has run and stopped."""
        store = self.demo_store()
        config = self.write_config(self.config(shop(store.url)))
        daemon = self.daemon(config)
        wait_until(lambda: daemon.probe("checkout")["state"] == "ok", "the first runs")
        self.assertEqual(daemon.stop(), 0)
        return config

    def test_what_is_there_is_never_overwritten(self):
        config = self.stopped()
        target = self.directory / "copy.db"
        target.write_text("precious")
        done = self.backup(config, target)
        self.assertEqual(done.returncode, 1)
        self.assertIn("never overwritten", done.stderr)
        self.assertEqual(target.read_text(), "precious")
        link = self.directory / "link.db"
        os.symlink(self.directory / "ledger.db", link)
        self.assertEqual(self.backup(config, link).returncode, 1)
        self.assertEqual(self.backup(config, self.directory / "nowhere/copy.db").returncode, 1)

    def test_no_ledger_and_damaged_ones(self):
        config = self.stopped()
        ledger = self.directory / "ledger.db"
        copy = self.directory / "copy.db"
        self.assertEqual(self.backup(config, copy).returncode, 0)
        with sqlite3.connect(copy) as database:
            database.execute("INSERT INTO span VALUES (999, 999, 0, 0, 0, 1)")
        database.close()
        broken = tillwatch("ledger", "check", copy)
        self.assertEqual(broken.returncode, 1)
        self.assertIn("belongs to no probe", broken.stderr)

        whole = ledger.read_bytes()
        ledger.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        bad = self.directory / "bad.db"
        done = self.backup(config, bad)
        self.assertEqual(done.returncode, 1, done)
        self.assertFalse(bad.exists(), "a failed backup leaves no file")
        ledger.unlink()
        self.assertEqual(self.backup(config, bad).returncode, 1)
        self.assertFalse(ledger.exists(), "a backup makes no ledger")
        stranger = self.directory / "stranger.db"
        sqlite3.connect(stranger).execute("CREATE TABLE t (x)").connection.close()
        self.assertIn("no ledger of this version", tillwatch("ledger", "check", stranger).stderr)

    def test_the_commands_of_the_manual(self):
        config = self.stopped()
        lines = re.findall(r"^tillwatch (ledger .+)$", MANUAL.read_text(), re.M)
        self.assertEqual(len(lines), 2)
        self.assertEqual(config.name, "tillwatch.yaml")
        for line in lines:
            words = [self.directory / word if re.fullmatch(r"\w+\.(yaml|db)", word) else word
                     for word in line.split()]
            done = tillwatch(*words)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    main()
