#!/usr/bin/env python3
"""The email loop: a shop that sends its mail on time, late, never, twice, or to somebody else.

Real delivery: SMTP into a Maildir, read by dovecot over IMAP with TLS; and by the flow's own call.
"""

import json
import time
import unittest

import mail
from doubles.base import Answer, Double, as_json
from harness import EndToEnd, main, request, tillwatch, wait_until

SECRET = "6f1c0e5b7a9d4c3e"


class Subscriptions(Double):
    """Each shop of it treats a subscription by its name; `tokens` are those that it was given."""

    def __init__(self, send):
        self.send = send
        self.tokens = {}
        self.behaviour = {}
        super().__init__()

    def answer(self, asked, shop, has):
        if asked.path != "/subscribe":
            return as_json({"error": "no such page"}, 404)
        token = asked.json()["token"]
        self.tokens.setdefault(shop.name, []).append(token)
        manner = self.behaviour.get(shop.name, shop.name)
        if manner == "refuses":
            return as_json({"error": "the list is closed"}, 422)
        if manner == "retried":  # one mail, which a mail server delivers twice
            self.send(token, 2, f"<{token}@corner.example>")
        if manner in ("prompt", "twice"):
            self.send(token, 2 if manner == "twice" else 1)
        if manner == "stranger":
            self.send("0" * len(token))
        return Answer(202)


def flow(store, url, arrival, within="6s", **more):
    return {"name": store, "platform": "custom", "url": f"{url}/{store}",
            "probes": [{"name": "welcome", "type": "email_flow", "within": within, "poll": "1s",
                        "settle": "1s", "trigger": {"steps": [
                            {"post": "/subscribe", "json": {"token": "{{ token }}"}}]},
                        "arrival": arrival, **more}]}


class HookTest(EndToEnd):
    """The flow's own call proves the arrival."""

    def setUp(self):
        super().setUp()
        self.shop = Subscriptions(lambda token, copies=1, message_id=None: None)
        self.addCleanup(self.shop.close)
        self.path = self.write_config(self.config(
            flow("acme", self.shop.url, {"hook": {"secret": SECRET}}, within="3s", every="2s"),
            every="2s", timeout="2s"))
        self.process = self.daemon(self.path)
        self.called = []  # the status of each call, token by token

    def call(self, token, secret=SECRET):
        # As a flow fills an address into a link.
        return request(f"{self.process.url}/hooks/flow/welcome/{secret}", "POST",
                       {"link": f"https://shop.example/?to=probe%2B{token}%40shop.example"})

    def state(self):
        return self.process.probe("welcome", "acme")["state"]

    def answer_all(self):
        for token in self.shop.tokens.get("acme", [])[len(self.called):]:
            self.called.append(self.call(token)[0])
        return self.state() == "ok"

    def test_calls_in_time_pass_and_silence_is_a_break_until_a_call_comes(self):
        wait_until(lambda: self.shop.tokens.get("acme"), "a trigger")
        self.assertEqual(self.call(self.shop.tokens["acme"][0], "wrong-secret-0000")[0], 404)
        wait_until(self.answer_all, "the flow is ok")
        self.assertEqual(set(self.called), {200})
        self.assertEqual(self.process.breaks("acme"), [])
        wait_until(lambda: self.state() == "broken", "silence is a break")
        self.assertEqual(self.call("somebody-elses-token")[0], self.call("0" * 32)[0])
        self.assertEqual(self.state(), "broken")
        broken = self.process.breaks("acme")
        self.assertEqual([(one["area"], one["reason"]) for one in broken],
                         [("email", "not_received")])
        wait_until(self.answer_all, "the flow is mended")
        self.assertIsNotNone(self.process.breaks("acme")[-1]["ended_at"])
        self.assertEqual(self.process.stop(), 0)


@unittest.skipIf(mail.missing(), mail.missing())
class MailTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.mail = mail.Mail()
        self.addCleanup(self.mail.close)
        self.shop = Subscriptions(self.mail.send)
        self.addCleanup(self.shop.close)
        self.arrival = {"imap": {"url": self.mail.url, "user": mail.USER,
                                 "password": mail.PASSWORD, "ca_file": str(self.mail.ca_file)}}

    def check(self, *stores):
        path = self.write_config({"monitor": {"canary": "none"}, "stores": list(stores)})
        done = tillwatch("check", "--config.file", path, "--format", "json")
        self.assertNotIn(mail.PASSWORD, done.stdout + done.stderr)
        return {probe["store"]: (probe["verdict"], probe["reason"], probe["message"])
                for probe in json.loads(done.stdout)["probes"]}

    def test_what_arrives_is_told_from_what_does_not(self):
        found = self.check(*(flow(manner, self.shop.url, self.arrival, within="4s")
                             for manner in ("prompt", "never", "twice", "retried", "stranger", "refuses")))
        expected = {"prompt": ("pass", ""), "never": ("fail", "not_received"),
                    "twice": ("fail", "duplicate"), "retried": ("pass", ""),
                    "stranger": ("fail", "not_received"),
                    "refuses": ("fail", "http_status")}
        self.assertEqual({name: one[:2] for name, one in found.items()}, expected, found)
        # What belongs to us is taken out again; a mail with somebody else's token is not ours.
        self.assertEqual(self.mail.held(), 1)

    def test_a_mailbox_that_cannot_be_read_is_no_verdict_about_the_shop(self):
        wrong = {"imap": {**self.arrival["imap"], "ca_file": None}}
        del wrong["imap"]["ca_file"]
        self.assertEqual(self.check(flow("prompt", self.shop.url, wrong, within="1s"))
                         ["prompt"][:2], ("unknown", "no_mailbox"))
        self.mail.stop()
        self.assertEqual(self.check(flow("never", self.shop.url, self.arrival, within="1s"))
                         ["never"][:2], ("unknown", "no_mailbox"))

    def watch(self, **more):
        self.path = self.write_config(self.config(
            flow("acme", self.shop.url, self.arrival, **more), every="2s", timeout="2s"))
        return self.daemon(self.path)

    def test_a_break_begins_and_ends_and_an_outage_of_the_mailbox_is_neither(self):
        self.shop.behaviour["acme"] = "prompt"
        process = self.watch(within="4s", every="3s", timeout="3s")
        wait_until(lambda: process.probe("welcome", "acme")["state"] == "ok", "mail arrives")
        self.mail.stop()
        wait_until(lambda: process.metric("tillwatch_probe_unknowns_total", reason="no_mailbox"),
                   "the mailbox cannot be read", 120)
        self.assertEqual(process.breaks("acme"), [])
        self.mail.start()
        wait_until(lambda: process.probe("welcome", "acme")["state"] == "ok", "mail is seen again",
                   120)
        self.assertEqual(process.breaks("acme"), [])
        self.shop.behaviour["acme"] = "never"
        wait_until(lambda: process.breaks("acme"), "a break", 120)
        self.shop.behaviour["acme"] = "prompt"
        wait_until(lambda: process.breaks("acme")[-1]["ended_at"], "the break ends", 120)
        self.assertEqual({one["reason"] for one in process.breaks("acme")}, {"not_received"})
        self.assertEqual(process.stop(), 0)

    def test_a_mail_that_comes_late_is_a_break_though_the_next_is_on_time(self):
        self.shop.behaviour["acme"] = "later"
        process = self.watch(within="5s", every="20s", confirm={"failures": 1})
        first = wait_until(lambda: self.shop.tokens.get("acme"), "a trigger")[0]
        self.mail.stop()  # so that no look finds that the mail is not there yet
        self.shop.behaviour["acme"] = "prompt"
        time.sleep(70)    # two clocks may differ by a minute
        self.mail.send(first)
        self.mail.start()
        wait_until(lambda: process.breaks("acme") and process.breaks("acme")[0]["ended_at"],
                   "a break that is over", 120)
        (late,) = process.breaks("acme")
        self.assertEqual(late["reason"], "not_received")
        self.assertRegex(late["message"], r"^late: it arrived .* after the trigger, not within 5 s$")
        wait_until(lambda: self.mail.held() == 0, "the mails are removed")
        self.assertEqual(process.stop(), 0)

    def test_a_token_that_is_waited_for_survives_a_restart(self):
        self.shop.behaviour["acme"] = "later"
        process = self.watch(within="10m", every="10s")
        wait_until(lambda: self.shop.tokens.get("acme"), "a trigger")
        self.assertEqual(process.stop(), 0)
        process = self.daemon(self.path)
        self.mail.send(self.shop.tokens["acme"][0])
        wait_until(lambda: process.probe("welcome", "acme")["state"] == "ok", "the mail is known",
                   120)
        wait_until(lambda: self.mail.held() == 0, "the mail is removed")
        tokens = self.shop.tokens["acme"]
        self.assertEqual(len(set(tokens)), len(tokens), "a token was sent twice")
        self.assertEqual(process.breaks("acme"), [])


if __name__ == "__main__":
    main()
