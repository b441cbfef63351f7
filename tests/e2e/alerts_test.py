"""A broken demo store, told by a real daemon: a signed webhook, and a real Alertmanager."""

import json
import shutil
import socket
import subprocess
import unittest

from doubles.receivers import Receivers
from harness import EndToEnd, Program, get_json, main, request, shop, tillwatch, wait_until

ALERTMANAGER = shutil.which("prometheus-alertmanager")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class AlertsTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.hook = Receivers()
        self.addCleanup(self.hook.close)
        self.store = self.demo_store()

    def write(self, *receivers, **more):
        probes = [{"name": "product", "type": "storefront"},
                  {"name": "cart", "type": "add_to_cart"},
                  {"name": "checkout", "type": "checkout", "needs": ["cart"]}]
        store = shop(self.store.url, name="acme", probes=probes, owners={"checkout": "shop-ops"},
                     revenue_per_hour={"amount": 1200, "currency": "EUR"})
        return self.write_config(self.config(store, receivers=list(receivers), **more))

    def webhook(self, **more):
        return {"name": "on-call", "kind": "webhook", "url": self.hook.url + "/hook", **more}

    def told(self, event=None):
        bodies = [request["body"] for request in self.hook.requests]
        return [body for body in bodies if event in (None, body["event"])]

    def broken(self, daemon):
        self.store.arm("lost_cart")
        return wait_until(lambda: self.told("open"), "the alert is told")[0]

    def test_one_alert_opens_and_is_resolved(self):
        daemon = self.daemon(self.write(self.webhook(), web={
            "listen_address": "127.0.0.1:0", "token": "e2e-test-token",
            "external_url": "https://watch.example"}))
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "ok", "the cart is ok")
        alert = self.broken(daemon)
        self.assertRegex(alert["title"], r"^acme: customers cannot (add to cart|check out) since "
                                         r"\d\d:\d\d UTC \(\d+ s\): \S")
        self.assertEqual((alert["kind"], alert["store"], alert["area"], alert["owner"]),
                         ("broken", "acme", "checkout", "shop-ops"))
        self.assertEqual((alert["status"], alert["severity"]), ("firing", "critical"))
        self.assertEqual(alert["link"], "https://watch.example/?store=acme")
        self.assertIn("Last 30 days: ", alert["details"])
        self.assertEqual(alert["number"]["budget_hours"], 2)
        self.assertEqual(alert["money"]["currency"], "EUR")
        self.assertEqual(alert["started_at"], daemon.breaks("acme")[-1]["started_at"])
        status = daemon.json("/api/v1/alerts")
        self.assertEqual([one["id"] for one in status["alerts"]], [alert["id"]])
        self.assertEqual(status["alerts"][0]["receivers"], ["on-call"])
        wait_until(lambda: daemon.metric("tillwatch_alerts_open") == 1, "the metric shows it")

        self.store.mend()
        end = wait_until(lambda: self.told("resolve"), "the end is told")[0]
        self.assertEqual((end["id"], end["status"]), (alert["id"], "resolved"))
        self.assertRegex(end["title"], r"^acme: over after \d+ s \(\d\d:\d\d to \d\d:\d\d UTC\): "
                                       r"customers could not ")
        self.assertGreater(end["sequence"], alert["sequence"])
        self.assertEqual(len(self.told("open")), 1)
        wait_until(lambda: daemon.json("/api/v1/alerts") == {"alerts": [], "outbox": []},
                   "nothing is open, nothing waits")
        wait_until(lambda: daemon.metric("tillwatch_alert_deliveries_total",
                                         receiver="on-call") >= 2, "the metric shows both")

    def test_a_killed_daemon_goes_on_with_its_alert(self):
        config = self.write(self.webhook())
        daemon = self.daemon(config)
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "ok", "the cart is ok")
        alert = self.broken(daemon)
        wait_until(lambda: not daemon.json("/api/v1/alerts")["outbox"], "it is delivered")
        daemon.kill()
        self.store.mend()
        daemon = self.daemon(config)
        end = wait_until(lambda: self.told("resolve"), "the end is told")[0]
        self.assertEqual(end["id"], alert["id"])
        self.assertEqual({body["id"] for body in self.told()}, {alert["id"]})

    def test_what_could_not_be_delivered_survives_a_kill(self):
        config = self.write(self.webhook())
        daemon = self.daemon(config)
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "ok", "the cart is ok")
        self.hook.always = (500, {}, "oops")
        self.store.arm("lost_cart")
        waiting = wait_until(
            lambda: [one for one in daemon.json("/api/v1/alerts")["outbox"] if one["attempts"]],
            "an attempt failed")
        self.assertIn("status 500: oops", waiting[0]["answer"])
        wait_until(lambda: daemon.metric("tillwatch_alerts_pending", receiver="on-call") >= 1,
                   "the metric shows it")
        daemon.kill()
        self.hook.requests.clear()
        self.hook.always = None
        daemon = self.daemon(config)
        self.assertEqual(wait_until(lambda: self.told(), "it is told")[0]["event"], "open")

    def test_a_refused_alert_goes_to_the_fallback(self):
        other = Receivers()
        self.addCleanup(other.close)
        self.hook.always = (410, {}, "gone")
        daemon = self.daemon(self.write(
            self.webhook(), {"name": "last", "kind": "webhook", "url": other.url, "fallback": True}))
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "ok", "the cart is ok")
        self.store.arm("lost_cart")
        wait_until(lambda: other.requests, "the fallback is told")
        self.assertEqual(other.requests[0]["body"]["event"], "open")
        wait_until(lambda: daemon.metric("tillwatch_alerts_refused_total", receiver="on-call") >= 1,
                   "the metric shows it")

    def test_filters_choose_who_is_told(self):
        receivers = [
            self.webhook(name="tracking", url=self.hook.url + "/tracking", areas=["tracking"]),
            self.webhook(name="other-owner", url=self.hook.url + "/owner", owners=["crm"]),
            self.webhook(name="budget", url=self.hook.url + "/budget", kinds=["budget_burn"]),
            self.webhook(name="shop", url=self.hook.url + "/shop", owners=["shop-ops"],
                         stores=["acme"], severity="critical")]
        daemon = self.daemon(self.write(*receivers))
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "ok", "the cart is ok")
        self.broken(daemon)
        self.store.mend()
        wait_until(lambda: self.told("resolve"), "the end is told")
        self.assertEqual({request["path"] for request in self.hook.requests}, {"/shop"})

    def test_a_refused_reload_is_told_and_its_mending_too(self):
        config = self.write(self.webhook())
        daemon = self.daemon(config)
        good = config.read_text()
        config.write_text(good.replace('"stores"', '"stroes"'))
        daemon.reload()
        alert = wait_until(lambda: self.told("open"), "it is told")[0]
        self.assertEqual((alert["kind"], alert["store"]), ("config", None))
        self.assertIn("tillwatch: the new configuration is refused", alert["title"])
        config.write_text(good)
        daemon.reload()
        wait_until(lambda: self.told("resolve"), "its end is told")

    def test_the_monitors_own_heartbeat(self):
        self.daemon(self.write(alerts={"heartbeat_url": self.hook.url + "/ping"}))
        wait_until(lambda: [r for r in self.hook.requests if r["path"] == "/ping"], "it beats")

    def test_alert_list_says_what_is_open(self):
        port = free_port()
        config = self.write(self.webhook(), web={"listen_address": f"127.0.0.1:{port}",
                                                 "token": "e2e-test-token"})
        result = tillwatch("alert", "list", "--config.file", config)
        self.assertEqual(result.returncode, 1)
        self.assertIn("the daemon does not answer at", result.stderr)
        daemon = self.daemon(config)
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "ok", "the cart is ok")
        self.broken(daemon)
        result = tillwatch("alert", "list", "--config.file", config)
        self.assertEqual(result.returncode, 0)
        self.assertIn("critical  acme  broken checkout", result.stdout)
        self.assertIn("told: on-call", result.stdout)

    @unittest.skipUnless(ALERTMANAGER, "prometheus-alertmanager is not installed")
    def test_a_real_alertmanager_fires_dedupes_over_a_restart_and_resolves(self):
        port = free_port()
        behind = self.directory / "alertmanager.yaml"
        behind.write_text(json.dumps({
            "route": {"receiver": "hook", "group_wait": "0s", "group_interval": "1s",
                      "repeat_interval": "1h", "group_by": ["..."]},
            "receivers": [{"name": "hook", "webhook_configs": [
                {"url": self.hook.url + "/behind", "send_resolved": True}]}]}))
        manager = Program([ALERTMANAGER, f"--config.file={behind}", "--cluster.listen-address=",
                           f"--web.listen-address=127.0.0.1:{port}",
                           f"--storage.path={self.directory / 'am'}"],
                          self.directory / "alertmanager.log")
        self.addCleanup(self._end, manager)
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: request(url + "/-/ready")[0] == 200, "Alertmanager is ready")
        config = self.write({"name": "am", "kind": "alertmanager", "url": url})
        daemon = self.daemon(config)
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "ok", "the cart is ok")
        self.store.arm("lost_cart")
        fired = wait_until(lambda: [r["body"] for r in self.hook.requests
                                    if r["body"]["status"] == "firing"], "it fires")[0]
        labels = {"alertname": "TillwatchBreak", "store": "acme", "area": "checkout",
                  "owner": "shop-ops", "severity": "critical"}
        self.assertEqual(fired["alerts"][0]["labels"], labels)
        self.assertIn("customers cannot", fired["alerts"][0]["annotations"]["summary"])
        amtool = shutil.which("amtool")
        if amtool:
            shown = subprocess.run([amtool, f"--alertmanager.url={url}", "alert", "query",
                                    "-o", "json"], capture_output=True, text=True, check=True)
            self.assertEqual([one["labels"] for one in json.loads(shown.stdout)], [labels])
        daemon.kill()
        daemon = self.daemon(config)
        wait_until(lambda: daemon.probe("cart", "acme")["state"] == "broken", "it is broken still")
        self.assertEqual(len(get_json(url + "/api/v2/alerts")), 1)
        self.store.mend()
        wait_until(lambda: [r for r in self.hook.requests if r["body"]["status"] == "resolved"],
                   "it is resolved")
        firing = [r for r in self.hook.requests if r["body"]["status"] == "firing"]
        self.assertEqual(len(firing), 1)


if __name__ == "__main__":
    main()
