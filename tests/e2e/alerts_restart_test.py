"""Alerts that a killed daemon left open stay open until a run says otherwise: a bot wall, a store out of
sight, a certificate that ends. A restart is no end of anything."""

import collections
import subprocess

from doubles.receivers import Receivers
from harness import EndToEnd, main, shop, wait_until

KINDS = {"blocked", "unobserved", "certificate"}


class AlertsRestartTest(EndToEnd):
    def certificate(self):
        key, certificate = self.directory / "key.pem", self.directory / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                        certificate], check=True, capture_output=True)
        return key, certificate

    def test_a_restart_is_no_end(self):
        hook = Receivers()
        self.addCleanup(hook.close)
        key, certificate = self.certificate()
        secure = self.demo_store("--tls-cert", certificate, "--tls-key", key)
        walled = self.demo_store()
        probes = [{"name": "product", "type": "storefront"}]
        config = self.write_config(self.config(
            shop(secure.url, name="secure", probes=probes, tls={"ca_file": str(certificate)}),
            shop(walled.url, name="walled", probes=probes),
            alerts={"unobserved_after": "1m", "blocked_after": "1m"},
            receivers=[{"name": "hook", "kind": "webhook", "url": hook.url, "remind": "0s"}]))
        walled.arm("challenge_403")

        def told(event):
            return {request["body"]["kind"]: request["body"]["id"] for request in hook.requests
                    if request["body"]["event"] == event}

        daemon = self.daemon(config)
        opened = wait_until(lambda: set(told("open")) == KINDS and told("open"), "all are open", 300)
        wait_until(lambda: not daemon.json("/api/v1/alerts")["outbox"], "all is delivered")
        daemon.kill()
        daemon = self.daemon(config)
        # Long enough that each store was judged anew.
        wait_until(lambda: daemon.metric("tillwatch_probe_unknowns_total", store="walled") > 35,
                   "it looked for a while", 300)
        self.assertEqual(told("resolve"), {})
        self.assertEqual({one["id"] for one in daemon.json("/api/v1/alerts")["alerts"]},
                         set(opened.values()))
        walled.mend()
        wait_until(lambda: set(told("resolve")) == KINDS - {"certificate"}, "the others end", 300)
        counted = collections.Counter((r["body"]["id"], r["body"]["event"]) for r in hook.requests)
        self.assertEqual(set(counted), {(one, "open") for one in opened.values()}
                         | {(one, "resolve") for one in told("resolve").values()})


if __name__ == "__main__":
    main()
