"""Every kind of receiver: what it is sent, and what its answers mean, by `tillwatch alert test`."""

import base64
import hashlib
import hmac
import json
import subprocess
import unittest

from doubles.receivers import Receivers
from harness import EndToEnd, main, shop, tillwatch

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

KINDS = {
    "webhook": lambda url: {"url": url + "/hook", "secret": SECRET},
    "pagerduty": lambda url: {"url": url, "routing_key": "0123456789abcdef0123456789abcdef"},
    "slack": lambda url: {"url": url + "/services/T0/B0/x"},
    "discord": lambda url: {"url": url + "/api/webhooks/1/x"},
    "teams": lambda url: {"url": url + "/workflows/x"},
    "opsgenie": lambda url: {"url": url, "api_key": "a-key"},
    "ntfy": lambda url: {"url": url, "topic": "shop", "authorization": "Bearer t-1"},
    "telegram": lambda url: {"url": url, "bot_token": "12:ab", "chat_id": "-100"},
}


class ReceiversTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.double = Receivers()
        self.addCleanup(self.double.close)

    def send(self, kind, **more):
        receiver = {"name": "it", "kind": kind, "timeout": "1s",
                    **KINDS[kind](self.double.url), **more}
        config = self.write_config(self.config(shop("http://127.0.0.1:1", name="acme"),
                                               receivers=[receiver]))
        return tillwatch("alert", "test", "it", "--config.file", config)

    def test_each_kind_takes_a_good_message(self):
        for kind in KINDS:
            with self.subTest(kind):
                self.double.requests.clear()
                result = self.send(kind)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertIn(f"it ({kind}): delivered: status 20", result.stdout)
                told = json.dumps(self.double.requests[0]["body"])
                self.assertIn("TEST, nothing is broken: acme: customers cannot add to cart", told)
                self.assertNotIn("{{", told)

    def test_what_opens_something_closes_it_again(self):
        for kind in ("pagerduty", "opsgenie"):
            with self.subTest(kind):
                self.double.requests.clear()
                self.assertIn("its end: delivered", self.send(kind).stdout)
                first, last = self.double.requests
                if kind == "pagerduty":
                    self.assertEqual(last["body"]["event_action"], "resolve")
                    self.assertEqual(first["body"]["dedup_key"], last["body"]["dedup_key"])
                else:
                    self.assertIn(f"/v2/alerts/{first['body']['alias']}/close", last["path"])

    def test_refusals_are_told_from_what_is_worth_another_try(self):
        cases = [
            ("webhook", (410, {}, "gone"), "REFUSED"),
            ("webhook", (301, {"Location": "/else"}, ""), "REFUSED"),
            ("webhook", (404, {}, ""), "TURNED DOWN"),
            ("webhook", (408, {}, ""), "NOT delivered"),
            ("webhook", (429, {"Retry-After": "7"}, ""), "NOT delivered"),
            ("webhook", (500, {}, "oops"), "NOT delivered"),
            ("webhook", (503, {}, ""), "NOT delivered"),
            ("webhook", "hang", "NOT delivered"),
            ("webhook", "reset", "NOT delivered"),
            ("pagerduty", (400, {}, '{"status":"invalid event"}'), "REFUSED"),
            ("pagerduty", (200, {}, ""), "REFUSED"),
            ("slack", (200, {}, "invalid_payload"), "REFUSED"),
            ("slack", (404, {}, "no_service"), "TURNED DOWN"),
            ("slack", (429, {"Retry-After": "1"}, ""), "NOT delivered"),
            ("discord", (429, {}, '{"retry_after":0.65,"global":false}'), "NOT delivered"),
            ("discord", (400, {}, '{"code":50006}'), "REFUSED"),
            ("opsgenie", (403, {}, '{"message":"Could not authenticate"}'), "REFUSED"),
            ("telegram", (200, {}, '{"ok":false,"description":"chat not found"}'), "REFUSED"),
            ("telegram", (429, {}, '{"ok":false,"parameters":{"retry_after":5}}'), "NOT delivered"),
            ("ntfy", (429, {}, ""), "NOT delivered"),
            ("teams", (413, {}, ""), "REFUSED"),
        ]
        for kind, answer, words in cases:
            with self.subTest(kind=kind, answer=answer):
                self.double.answers = [answer]
                result = self.send(kind)
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn(f"it ({kind}): {words}", result.stdout)
        self.assertEqual(self.double.answers, [])

    def test_a_dead_receiver_is_told(self):
        self.double.close()
        result = self.send("slack")
        self.assertEqual(result.returncode, 1)
        self.assertIn("NOT delivered", result.stdout)

    def verify(self, key, request, given):
        signed = b".".join([request["headers"]["webhook-id"].encode(),
                            request["headers"]["webhook-timestamp"].encode(), request["raw"]])
        by_openssl = subprocess.run(
            ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + key.hex(),
             "-binary"], input=signed, capture_output=True, check=True).stdout
        self.assertEqual(by_openssl, hmac.new(key, signed, hashlib.sha256).digest())
        self.assertEqual(given, "v1," + base64.b64encode(by_openssl).decode())

    def test_the_signature_verifies_with_openssl_and_two_secrets_rotate(self):
        other = "a plain secret, long enough"
        self.send("webhook", secret=[SECRET, other])
        request = self.double.requests[0]
        first, second = request["headers"]["webhook-signature"].split(" ")
        self.verify(base64.b64decode(SECRET[6:]), request, first)
        self.verify(other.encode(), request, second)
        body = request["body"]
        self.assertEqual(request["headers"]["webhook-id"], f"{body['id']}.{body['sequence']}")
        self.assertTrue(body["test"])

    def test_an_unknown_receiver_and_none_at_all_are_told(self):
        config = self.write_config(self.config(shop("http://127.0.0.1:1"), receivers=[
            {"name": "on-call", "kind": "slack", "url": self.double.url}]))
        result = tillwatch("alert", "test", "oncall", "--config.file", config)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no receiver is named `oncall` (did you mean `on-call`?)", result.stderr)
        config = self.write_config(self.config(shop("http://127.0.0.1:1")))
        result = tillwatch("alert", "test", "--config.file", config)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no receiver is configured", result.stderr)


if __name__ == "__main__":
    main()
