#!/usr/bin/env python3
"""The monitor's own trouble is not the store's: without a network, a run is unknown."""

import json
import os
import subprocess
import unittest

from harness import EndToEnd, main, shop, tillwatch

SILENT_RESOLVER = "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n"


def namespaces_work():
    return subprocess.run(["unshare", "-n", "-m", "ip", "link", "set", "lo", "up"],
                          capture_output=True, check=False).returncode == 0


class NetworkTest(EndToEnd):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0 or not namespaces_work():
            raise unittest.SkipTest("network namespaces are forbidden here")

    def check(self, url, commands, resolver=SILENT_RESOLVER, **more):
        """The findings of a check inside a network of its own."""
        resolv_conf = self.directory / "resolv.conf"
        resolv_conf.write_text(resolver)
        commands = [f"mount --bind {resolv_conf} /etc/resolv.conf", *commands, 'exec "$0" "$@"']
        path = self.write_config(self.config(shop(url), every="6s", timeout="5s", **more))
        finished = tillwatch("check", "--config.file", path, "--format", "json",
                             prefix=["unshare", "-n", "-m", "sh", "-e", "-c", "\n".join(commands)])
        try:
            report = json.loads(finished.stdout)
        except ValueError:
            self.fail(f"no JSON: {finished}")
        return finished.returncode, {(p["verdict"], p["reason"]) for p in report["probes"]}, report

    def test_no_network_at_all(self):
        code, found, report = self.check("http://shop.example", [])
        self.assertEqual((code, found), (3, {("unknown", "local_network")}), report)

    def test_no_route_to_a_numeric_address(self):
        code, found, report = self.check("http://192.0.2.80", ["ip link set lo up"])
        self.assertEqual((code, found), (3, {("unknown", "local_network")}), report)

    def test_a_black_holed_resolver(self):
        # A default route into nothing: what loops back and is for nobody here is dropped silently.
        code, found, report = self.check(
            "http://shop.example", ["ip link set lo up", "ip route add default dev lo"])
        self.assertEqual((code, found), (3, {("unknown", "local_network")}), report)

    def test_a_store_that_refuses_is_the_store_s_trouble(self):
        code, found, report = self.check("http://127.0.0.1:9", ["ip link set lo up"])
        self.assertEqual((code, found), (1, {("fail", "connect")}), report)

    def test_without_a_canary_the_store_is_blamed(self):
        code, found, report = self.check("http://192.0.2.80", ["ip link set lo up"],
                                         monitor={"canary": "none"})
        self.assertEqual((code, found), (1, {("fail", "connect")}), report)


if __name__ == "__main__":
    main()
