#!/usr/bin/env python3
"""A real Prometheus scrapes a real daemon with what deploy/prometheus ships, through an outage of two minutes.

Changed in the copies: the target's port, both intervals (1 s in place of 15 s), and no Alertmanager.
"""

import json
import math
import pathlib
import shutil
import socket
import time
import unittest
import urllib.parse

import yaml

from harness import EndToEnd, Program, get_json, main, request, shop, wait_until

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"


class Prometheus(Program):
    def __init__(self, directory, target):
        shutil.copy(DEPLOY / "prometheus/tillwatch.rules.yaml", directory)
        config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yaml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        del config["alerting"]
        config["scrape_configs"][0]["static_configs"][0]["targets"] = [target]
        (directory / "prometheus.yaml").write_text(json.dumps(config))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(["prometheus", f"--config.file={directory}/prometheus.yaml",
                          f"--storage.tsdb.path={directory}/data",
                          f"--web.listen-address=127.0.0.1:{port}"], directory / "prometheus.log")
        wait_until(lambda: request(f"{self.url}/-/ready")[0] == 200, "Prometheus is ready")

    def ask(self, what, **parameters):
        answer = get_json(f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}")
        if answer["status"] != "success":
            raise AssertionError(answer)
        return answer["data"]

    def value(self, query):
        (sample,) = self.ask("query", query=query)["result"]
        return float(sample["value"][1])

    def firing(self):
        return {alert["labels"]["alertname"]: alert for alert in self.ask("alerts")["alerts"]
                if alert["state"] == "firing"}

    def shows_something(self, query, begin):
        series = self.ask("query_range", query=query, start=begin, end=time.time(), step=5)["result"]
        return any(math.isfinite(float(value)) for one in series for _, value in one["values"])


def dashboard_queries():
    for panel in json.loads((DEPLOY / "grafana/tillwatch.json").read_text())["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"].replace("$store", ".*").replace("$__rate_interval", "1m")
            yield panel["title"], query


@unittest.skipUnless(shutil.which("prometheus"), "the Debian package prometheus is not installed")
class PrometheusTest(EndToEnd):
    def test_an_outage_of_two_minutes(self):
        store = self.demo_store()
        # Nobody listens there: what waits is seen.
        receiver = {"name": "on-call", "kind": "webhook", "url": "http://127.0.0.1:9/hook"}
        daemon = self.daemon(self.write_config(self.config(shop(store.url), receivers=[receiver])))
        wait_until(lambda: daemon.probe("checkout")["state"] == "ok", "the first runs")
        begin = time.time()
        prometheus = Prometheus(self.directory, daemon.url.removeprefix("http://"))
        self.addCleanup(self._end, prometheus)
        wait_until(lambda: prometheus.value("tillwatch:zero_revenue_break_hours") == 0, "a scrape")
        self.assertEqual(prometheus.firing(), {})

        store.arm("lost_cart")
        alert = wait_until(lambda: prometheus.firing().get("TillwatchAreaBroken"), "it fires")
        self.assertEqual((alert["labels"]["store"], alert["labels"]["area"]), ("demo", "checkout"))
        self.assertEqual(alert["annotations"]["summary"], "demo: checkout is broken")
        wait_until(lambda: daemon.broken_minutes() >= 2, "two broken minutes", 240)
        store.mend()
        wait_until(lambda: "TillwatchAreaBroken" not in prometheus.firing(), "it resolves")

        def hours():
            return daemon.status()["zero_revenue_break"]["hours"]

        wait_until(lambda: math.isclose(prometheus.value("tillwatch:zero_revenue_break_hours"), hours(),
                                        abs_tol=1e-4), "Prometheus records the daemon's own number")
        self.assertGreaterEqual(hours(), 2 / 60 - 1e-3)
        counted = prometheus.value("tillwatch_store_broken_seconds_total")
        self.assertAlmostEqual(counted / 3600, hours(), delta=1 / 60 + 1e-3)
        self.check_rules(prometheus)
        self.check_dashboard(prometheus, begin)

    def check_rules(self, prometheus):
        for group in prometheus.ask("rules")["groups"]:
            for rule in group["rules"]:
                self.assertEqual((rule["health"], rule.get("lastError")), ("ok", None), rule["name"])

    def check_dashboard(self, prometheus, begin):
        queries = list(dashboard_queries())
        self.assertGreater(len(queries), 20)
        silent = [f"{title}: {query}" for title, query in queries
                  if not prometheus.shows_something(query, begin)]
        self.assertEqual(silent, [], "these return no data")


if __name__ == "__main__":
    main()
