#!/usr/bin/env python3
"""The manual's example of a text message, against a shop and an inbox that behave as told."""

import json
import pathlib
import re

from doubles.base import Answer, Double, as_html, as_json
from harness import EndToEnd, main, tillwatch

MANUAL = pathlib.Path(__file__).parents[2] / "probes/README.md"
KEY = "sms-0123456789"
PHONE = "+4915112345678"

# What the shop or its inbox does: (verdict, reason)
FINDINGS = {
    "prompt": ("pass", ""),
    "never": ("fail", "not_received"),
    "stranger": ("fail", "not_received"),
    "twice": ("fail", "duplicate"),
    "refuses": ("fail", "http_status"),
    "down": ("unknown", "no_mailbox"),
    "locked": ("unknown", "no_mailbox"),
    "foreign": ("unknown", "no_mailbox"),
}


class Phone(Double):
    """/MANNER/api/notify sends; /MANNER/messages is the inbox of the number."""

    def __init__(self):
        super().__init__()
        self.held = {}

    def answer(self, asked, shop, has):
        if asked.path == "/api/notify":
            return self.notify(asked, shop.name)
        if asked.path != "/messages":
            return Answer(404)
        if has("down"):
            return as_html("<body>Bad Gateway</body>", 502)
        if has("locked") or asked.headers["Authorization"] != f"Bearer {KEY}":
            return as_json({"error": "unauthorized"}, 401)
        if has("foreign"):
            return as_json({"data": []})
        messages = self.held.get(shop.name, []) if asked.query["to"] == PHONE else []
        return as_json({"messages": messages})

    def notify(self, asked, manner):
        wanted = asked.json()
        if manner == "refuses":
            return as_json({"error": "the number is blocked"}, 422)
        token = "f" * 32 if manner == "stranger" else wanted["reference"]
        copies = {"never": 0, "twice": 2}.get(manner, 1)
        self.held.setdefault(manner, []).extend(
            {"id": str(number), "to": wanted["phone"], "from": "ACME",
             "body": f"Your order is on its way: https://acme.example/t/{token}"}
            for number in range(copies))
        return Answer(202)


class SmsTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.phone = Phone()
        self.addCleanup(self.phone.close)
        example = re.search(r"```yaml sms\n(.*?)```", MANUAL.read_text(), re.S).group(1)
        # Nobody waits for minutes here.
        hasty = example.replace("within: 5m", "within: 3s\n        poll: 1s\n        settle: 1s")
        self.assertNotEqual(hasty, example)
        self.path = self.directory / "tillwatch.yaml"
        self.path.write_text("monitor: {canary: none}\n" + hasty)

    def found(self, manner):
        url = f"{self.phone.url}/{manner}"
        done = tillwatch("check", "--config.file", self.path, "--format", "json", "--set",
                         f"store.url={url}", "--set", f"store.variables.inbox={url}",
                         environment={"SMS_KEY": KEY})
        self.assertNotIn(KEY, done.stdout + done.stderr)
        [probe] = json.loads(done.stdout)["probes"]
        self.assertEqual(probe["area"], "email")
        return probe["verdict"], probe["reason"]

    def test_the_example_finds_what_the_manual_says(self):
        for manner, expected in FINDINGS.items():
            with self.subTest(manner=manner):
                self.assertEqual(self.found(manner), expected)


if __name__ == "__main__":
    main()
