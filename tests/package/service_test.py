#!/usr/bin/env python3
"""The package on a pristine Debian 12, as an operator has it: installed, run, broken, upgraded, purged.

PACKAGE and DEMO_STORE in the environment name the package and the demo store. The container has no
network but loopback; the unit's sandbox is on all the time.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import machine
from machine import wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import main  # noqa: E402

PACKAGE = os.environ.get("PACKAGE", "")
DEMO_STORE = os.environ.get("DEMO_STORE", "demo_store")
STORE = "http://127.0.0.1:8080"
WEB = "http://127.0.0.1:9889"
CONFIG = """
web: {listen_address: "127.0.0.1:9889", token: "${credential:api_token}"}
defaults: {every: 1s, timeout: 1s, confirm: {failures: 2, retry: 1s}}
monitor: {canary: none}
stores:
  - name: demo
    url: http://127.0.0.1:8080
    platform: shopify
    product: {path: /products/probe-sock, id: 4123, sku: PROBE-1, price: 1.00, currency: EUR}
    probes:
      - {name: product, type: storefront}
      - {name: cart, type: add_to_cart}
      - {name: checkout, type: checkout, needs: [cart]}
"""


def newer(package, folder):
    """The same package under a higher version."""
    tree = folder / "newer"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^Version: .*", "Version: 9.9-1", control.read_text()))
    out = folder / "newer.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, out], check=True, capture_output=True)
    return out


@unittest.skipIf(machine.why_not(), machine.why_not())
class OperatorTest(unittest.TestCase):
    """One machine, one story: each step begins where the one before it ended."""

    def setUp(self):
        self.machine = machine.Machine(machine.depends(PACKAGE))
        self.addCleanup(self.machine.end)
        root = self.machine.root
        shutil.copy(PACKAGE, root / "root/tillwatch.deb")
        shutil.copy(newer(PACKAGE, self.machine.folder), root / "root/newer.deb")
        shutil.copy(DEMO_STORE, root / "usr/local/bin/demo_store")
        self.machine.write("/etc/systemd/system/demo.service",
                           "[Service]\nExecStart=/usr/local/bin/demo_store --port 8080\n")
        self.machine.boot()
        self.machine.run("systemctl", "start", "demo")
        wait_until(lambda: self.machine.get(STORE), "the demo store answers")

    def test_the_life_of_a_service(self):
        for step in (self.installs_with_nothing_to_watch, self.watches, self.hides_its_secrets, self.is_locked_in,
                     self.reloads, self.is_restarted_when_killed, self.is_restarted_when_stuck,
                     self.does_not_retry_a_bad_config, self.is_upgraded_in_a_break,
                     self.is_removed_and_purged):
            print(f"... {step.__name__}", file=sys.stderr, flush=True)
            try:
                step()
            except BaseException:
                print(self.machine.run("journalctl", "-u", "tillwatch", "--no-pager", "-n", "40",
                                       check=False).stdout, file=sys.stderr)
                raise

    # --- the steps

    def installs_with_nothing_to_watch(self):
        self.machine.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.machine.run("apt-get", "install", "-y", "/root/tillwatch.deb")
        self.assertEqual(self.machine.show("ActiveState", "UnitFileState"),
                         {"ActiveState": "inactive", "UnitFileState": "enabled"})
        (self.machine.root / "usr/sbin/policy-rc.d").unlink()
        self.machine.run("apt-get", "purge", "-y", "tillwatch")
        self.machine.run("apt-get", "install", "-y", "/root/tillwatch.deb")
        state = self.machine.show("ActiveState", "StatusText", "UnitFileState")
        self.assertEqual(state, {"ActiveState": "active", "UnitFileState": "enabled",
                                 "StatusText": "no store is configured yet"})
        self.assertIn("tillwatch", self.machine.run("tillwatch", "--version").stdout)

    def watches(self):
        self.machine.write("/etc/tillwatch/credentials/api_token", "a-secret-of-root\n", 0o600)
        self.machine.write("/etc/tillwatch/tillwatch.yaml", CONFIG)
        self.machine.write("/etc/systemd/system/tillwatch.service.d/test.conf",
                           "[Service]\nWatchdogSec=4s\nTimeoutAbortSec=3s\nRestartSec=1s\n")
        self.machine.run("tillwatch", "validate")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", "tillwatch")
        self.wait_states("ok")
        wait_until(lambda: self.status_text().endswith("; 1 store, 3 probes"), "the status has the number")

    def hides_its_secrets(self):
        def asks(token):
            return self.curl("-X", "POST", "-H", f"Authorization: Bearer {token}", f"{WEB}/-/reload")

        self.assertEqual((asks("wrong"), asks("a-secret-of-root")), ("401", "200"))
        self.assertNotIn("a-secret-of-root", self.machine.journal())
        lines = [json.loads(line) for line in self.machine.journal().splitlines()]
        started = [one for one in lines if "msg=started" in str(one.get("MESSAGE"))]
        self.assertEqual({one["PRIORITY"] for one in started}, {"6"})
        self.assertTrue(all(one["MESSAGE"].startswith("level=info") for one in started), started)

    def is_locked_in(self):
        pid = self.pid()
        inside = pathlib.Path(f"/proc/{self.host_pid(pid)}")
        status = dict(re.findall(r"(?m)^(\w+):\s+(.*)", (inside / "status").read_text()))
        self.assertEqual(int(status["CapBnd"], 16), 0)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        self.assertNotEqual(status["Uid"].split()[0], "0")
        # ledger and control: nobody else's
        self.assertEqual((self.machine.root / "var/lib/private/tillwatch").stat().st_mode & 0o777, 0o700)

    def reloads(self):
        self.machine.write("/etc/tillwatch/tillwatch.yaml", CONFIG + "      - {name: home, type: storefront}\n")
        self.machine.run("systemctl", "reload", "tillwatch")
        self.assertEqual(len(self.probes()), 4, "when systemctl returns, it is in use")
        pid = self.pid()
        self.machine.write("/etc/tillwatch/tillwatch.yaml", CONFIG + "nonsense: 1\n")
        failed = self.machine.run("systemctl", "reload", "tillwatch", check=False)
        self.assertNotEqual(failed.returncode, 0)
        self.assertRegex(self.machine.journal(), r"tillwatch\.yaml:\d+:\d+: .*nonsense")
        self.assertEqual((self.machine.show("ActiveState")["ActiveState"], self.pid()), ("active", pid))
        self.assertEqual(len(self.probes()), 4)
        self.machine.write("/etc/tillwatch/tillwatch.yaml", CONFIG)
        self.machine.run("systemctl", "reload", "tillwatch")
        self.assertEqual(len(self.probes()), 3)

    def is_restarted_when_killed(self):
        before = self.pid()
        self.machine.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "tillwatch")
        self.wait_another(before)
        self.wait_states("ok")

    def is_restarted_when_stuck(self):
        before = self.pid()
        self.machine.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "tillwatch")
        self.wait_another(before)
        self.assertIn("Watchdog timeout", self.machine.journal())
        self.wait_states("ok")

    def does_not_retry_a_bad_config(self):
        self.machine.write("/etc/tillwatch/tillwatch.yaml", "stores: 7\n")
        restarts = self.machine.show("NRestarts")["NRestarts"]
        failed = self.machine.run("systemctl", "restart", "tillwatch", check=False)
        self.assertNotEqual(failed.returncode, 0)
        self.assertEqual(self.machine.show("ActiveState", "SubState"),
                         {"ActiveState": "failed", "SubState": "failed"})
        self.assertIn(self.machine.show("NRestarts")["NRestarts"], ("0", restarts))
        self.machine.write("/etc/tillwatch/tillwatch.yaml", CONFIG)
        self.machine.run("systemctl", "restart", "tillwatch")
        self.wait_states("ok")

    def is_upgraded_in_a_break(self):
        self.curl("-d", '{"fault": "lost_cart"}', f"{STORE}/_control/faults")
        begun = wait_until(self.open_break, "it is broken")
        wait_until(lambda: "broken since" in self.status_text(), "the status says so")
        before = self.pid()
        self.machine.run("apt-get", "install", "-y", "/root/newer.deb")
        self.assertEqual(self.machine.run("dpkg-query", "-W", "-f", "${Version}", "tillwatch").stdout, "9.9-1")
        self.assertEqual((self.machine.root / "etc/tillwatch/tillwatch.yaml").read_text(), CONFIG)
        self.wait_another(before)
        wait_until(lambda: self.states()["cart"] == "broken", "it is still broken")
        now = self.open_break()
        self.assertEqual((now["id"], now["started_at"]), (begun["id"], begun["started_at"]))
        self.curl("-X", "DELETE", f"{STORE}/_control/faults")
        wait_until(lambda: self.open_break() is None, "it is mended")

    def is_removed_and_purged(self):
        self.machine.run("apt-get", "remove", "-y", "tillwatch")
        self.assertNotEqual(self.machine.run("systemctl", "is-active", "tillwatch", check=False).returncode, 0)
        root = self.machine.root
        self.assertTrue((root / "var/lib/private/tillwatch/ledger.db").exists(), "the ledger is kept")
        self.assertTrue((root / "etc/tillwatch/tillwatch.yaml").exists(), "the configuration is kept")
        self.machine.run("apt-get", "purge", "-y", "tillwatch")
        for path in ("var/lib/private/tillwatch", "var/lib/tillwatch", "etc/tillwatch/tillwatch.yaml",
                     "usr/bin/tillwatch", "lib/systemd/system/tillwatch.service",
                     "etc/systemd/system/multi-user.target.wants/tillwatch.service"):
            self.assertFalse(os.path.lexists(root / path), path)

    # --- what the steps ask

    def curl(self, *arguments):
        return subprocess.run(["nsenter", "-t", str(self.machine.leader), "-n", "curl", "-s", "-o", "/dev/null",
                               "-w", "%{http_code}", *arguments], check=True, capture_output=True,
                              text=True).stdout

    def pid(self):
        return self.machine.show("MainPID")["MainPID"]

    def host_pid(self, inside):
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            spaces = re.search(r"(?m)^NSpid:\s+(.*)", text).group(1).split()
            if text.startswith("Name:\ttillwatch\n") and len(spaces) > 1 and spaces[1] == inside:
                return spaces[0]
        raise AssertionError(f"no process {inside}")

    def wait_another(self, before):
        def another():
            state = self.machine.show("MainPID", "ActiveState", "SubState")
            return state["SubState"] == "running" and state["MainPID"] not in ("0", before)

        wait_until(another, f"another process than {before} runs", 90)

    def probes(self):
        return self.machine.get_json(f"{WEB}/api/v1/status")["stores"][0]["probes"]

    def states(self):
        return {one["probe"]: one["state"] for one in self.probes()}

    def wait_states(self, state):
        wait_until(lambda: set(self.states().values()) == {state}, f"every probe is {state}")

    def status_text(self):
        return self.machine.show("StatusText")["StatusText"]

    def open_break(self):
        breaks = self.machine.get_json(f"{WEB}/api/v1/breaks?store=demo")["breaks"]
        return next((one for one in breaks if one["ended_at"] is None and one["probe"] == "cart"), None)


if __name__ == "__main__":
    main()
