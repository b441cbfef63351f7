#!/usr/bin/env python3
"""The real MailDev as the mailbox of email flows: in time, never, twice, somebody else's, cleared."""

import json

from verdicts import StoreTest
from maildev import store as maildev
from doubles.base import Answer, Double
from harness import get_json, main, tillwatch, wait_until

# shop: (verdict, reason, words of the message)
FINDINGS = {
    "prompt": ("pass", "", ""),
    "never": ("fail", "not_received", "absent: nothing arrived within 4 s"),
    "stranger": ("fail", "not_received", "absent: nothing arrived within 4 s"),
    "twice": ("fail", "duplicate", "arrived 2 times"),
    "retried": ("pass", "", ""),  # one mail, delivered twice
}


class Lists(Double):
    """Each shop treats a subscription by its name."""

    def __init__(self, send):
        self.send = send
        self.manner = None  # in place of the name's
        super().__init__()

    def answer(self, asked, shop, has):
        manner = self.manner or shop.name
        if manner == "stranger":
            self.send("0" * 32)
        elif manner != "never":
            token = asked.json()["token"]
            self.send(token, 2 if manner in ("twice", "retried") else 1,
                      f"<{token}@corner.example>" if manner == "retried" else None)
        return Answer(202)


class MailDevTest(StoreTest):
    VERSION = "3.0.0"

    def setUp(self):
        super().setUp()
        self.maildev = maildev.MailDev(self.installed(maildev), self.VERSION)
        self.addCleanup(self.maildev.close)
        self.lists = Lists(self.maildev.send)
        self.addCleanup(self.lists.close)

    def flow(self, name, **more):
        return {"name": name, "platform": "custom", "url": f"{self.lists.url}/{name}", "probes": [{
            "name": "welcome", "type": "email_flow", "within": "4s", "poll": "1s", "settle": "1s",
            "trigger": {"steps": [{"post": "/subscribe", "json": {"token": "{{ token }}"}}]},
            "arrival": {"http": {"preset": "maildev", "url": self.maildev.url}}, **more}]}

    def held(self):
        return [mail["to"][0]["address"] for mail in get_json(self.maildev.url + self.maildev.list)]

    def check(self, *names):
        done = tillwatch("check", "--config.file", self.monitor(*map(self.flow, names)),
                         "--format", "json")
        return {probe["store"]: (probe["verdict"], probe["reason"], probe["message"])
                for probe in json.loads(done.stdout)["probes"]}

    def test_what_arrives_is_told_from_what_does_not_and_taken_out_again(self):
        found = self.check(*FINDINGS)
        for name, (verdict, reason, words) in FINDINGS.items():
            self.assertEqual(found[name][:2], (verdict, reason), found)
            self.assertIn(words, found[name][2])
        # Only what belongs to somebody else is left.
        self.assertEqual(self.held(), [f"probe+{'0' * 32}@corner.example"])

    def test_a_mailbox_that_is_down_is_no_verdict_about_the_shop(self):
        self.maildev.server.stop()
        self.assertEqual(self.check("never")["never"][:2], ("unknown", "no_mailbox"))

    def test_silence_is_a_break_until_mail_comes_again(self):
        flow = self.flow("acme", every="3s", timeout="3s", within="3s")
        self.lists.manner = "prompt"
        process = self.daemon(self.write_config(self.config(flow, monitor={"canary": "none"})))
        wait_until(lambda: process.probe("welcome", "acme")["state"] == "ok", "mail arrives")
        self.assertEqual(process.breaks("acme"), [])
        self.lists.manner = "never"
        wait_until(lambda: process.breaks("acme"), "silence is a break")
        self.lists.manner = "prompt"
        wait_until(lambda: process.breaks("acme")[-1]["ended_at"], "mail ends it")
        self.assertEqual({one["reason"] for one in process.breaks("acme")}, {"not_received"})
        self.assertEqual(process.stop(), 0)


class OlderMailDevTest(MailDevTest):
    """Version 2 has its list elsewhere."""

    VERSION = "2.2.1"


if __name__ == "__main__":
    main()
