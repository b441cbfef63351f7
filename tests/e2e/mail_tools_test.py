#!/usr/bin/env python3
"""The presets of email flows against doubles: healthy, each way to fail, and mended again.

One check looks at everything; FINDINGS says what each shop makes of its flow.
"""

import json
import time

from doubles.mail_tools import KEY, MailTools
from harness import EndToEnd, main, tillwatch, wait_until

ADDRESS = "probe+{{ token }}@shop.example"
TOOLS = {
    "klaviyo": {"email": ADDRESS},
    "omnisend": {"email": ADDRESS},
    "mailchimp": {"store_id": "shop-1", "customer_id": "probe"},
}
MAILBOXES = {"mailpit": "mailpit", "mailhog": "mailhog", "maildev": "maildev",
             "maildev3": "maildev"}
# What the trigger of a shop says beside that.
SAYS = {"klaviyo-integration": {"service": "shopify"},
        "mailchimp-untitled": {"product_id": "sock"}}
ABSENT = "absent: nothing arrived within 4 s"

# shop: (verdict, reason, words of the message)
FINDINGS = {
    "klaviyo-unauthorised": ("fail", "rejected", "refuses the key: Missing or invalid private key"),
    "klaviyo-forbidden": ("fail", "rejected", "refuses the key: The key lacks the scope"),
    "klaviyo-malformed": ("fail", "rejected", "refuses the event: 'metric' is a required field"),
    "klaviyo-integration": ("pass", "", ""),
    "mailhog-quoted": ("pass", "", ""),
    "mailhog-base64": ("pass", "", ""),
    "mailhog-subject": ("pass", "", ""),
    "klaviyo-throttled": ("unknown", "throttled", "limits our rate"),
    "omnisend-unauthorised": ("fail", "rejected", "Omnisend refuses the key"),
    "omnisend-forbidden": ("fail", "rejected", "Omnisend refuses the key"),
    "omnisend-malformed": ("fail", "rejected", "refuses the event: eventName is unknown"),
    "omnisend-throttled": ("unknown", "throttled", "limits our rate"),
    "mailchimp-unauthorised": ("fail", "rejected", "refuses the key: Your API key may be invalid"),
    "mailchimp-forbidden": ("fail", "rejected", "refuses the key: You are not permitted"),
    "mailchimp-malformed": ("fail", "rejected", "refuses the cart: The resource submitted"),
    "mailchimp-throttled": ("unknown", "throttled", "limits our rate"),
}
for _name in (*TOOLS, *MAILBOXES):
    FINDINGS[f"{_name}-healthy"] = ("pass", "", "")
    FINDINGS[f"{_name}-never"] = ("fail", "not_received", ABSENT)
    FINDINGS[f"{_name}-stranger"] = ("fail", "not_received", ABSENT)
    FINDINGS[f"{_name}-twice"] = ("fail", "duplicate", "arrived 2 times")
    FINDINGS[f"{_name}-retried"] = ("pass", "", "")  # one mail, delivered twice
for _name in MAILBOXES:
    FINDINGS[f"{_name}-down"] = ("unknown", "no_mailbox", "the mailbox could not be read")
    FINDINGS[f"{_name}-foreign"] = ("unknown", "no_mailbox", "the mailbox could not be read")


def flow(url, name, within="4s", **more):
    """The store of that name: the tool or the mailbox that it is named after, with another one."""
    first = name.split("-")[0]
    if first in TOOLS:
        tool, mailbox = first, list(MAILBOXES)[list(TOOLS).index(first)]
    else:
        tool, mailbox = "klaviyo", MAILBOXES[first]
    url = f"{url}/{name}"
    return {"name": name, "platform": "custom", "url": url, "probes": [{
        "name": "welcome", "type": "email_flow", "within": within, "poll": "1s", "settle": "1s",
        "trigger": {"preset": tool, "api_key": "${env:MAIL_TOOL_KEY}", "api": f"{url}/{tool}",
                    **TOOLS[tool], **SAYS.get(name, {})},
        "arrival": {"http": {"preset": mailbox, "url": f"{url}/{mailbox}"}}, **more}]}


class MailToolsTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.double = MailTools()
        self.addCleanup(self.double.close)

    def check(self, names=FINDINGS):
        path = self.write_config({
            "monitor": {"canary": "none", "max_runs_per_host": 100, "host_spacing": "0ms"},
            "stores": [flow(self.double.url, name) for name in names]})
        done = tillwatch("check", "--config.file", path, "--format", "json",
                         environment={"MAIL_TOOL_KEY": KEY})
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        self.assertNotIn(KEY, done.stdout + done.stderr)
        return json.loads(done.stdout)["probes"]

    def test_every_fault_gets_its_verdict_its_reason_and_its_words(self):
        for probe in self.check():
            with self.subTest(shop=probe["store"]):
                verdict, reason, words = FINDINGS[probe["store"]]
                self.assertEqual((probe["verdict"], probe["reason"]), (verdict, reason), probe)
                self.assertIn(words, probe["message"])
                self.assertEqual(probe["area"], "email")
        self.double.mend()
        for probe in self.check():
            self.assertEqual((probe["verdict"], probe["message"]), ("pass", ""), probe)
        self.assertEqual(self.double.wrong, [])
        keys = [event["unique_id"] for event in self.double.events]
        self.assertTrue(keys)
        self.assertEqual(len(set(keys)), len(keys), "Klaviyo keeps the first of a unique_id")
        self.assertEqual([event for event in self.double.events if "backfill" in event], [])
        self.assert_no_trace()

    def test_a_token_that_stands_only_in_a_counted_link_does_not_arrive(self):
        self.double.manners["mailchimp-untitled"] = "healthy"
        [probe] = self.check(["mailchimp-untitled"])
        self.assertEqual((probe["reason"], probe["message"]), ("not_received", ABSENT))

    def assert_no_trace(self):
        """Only what belongs to somebody else is left."""
        self.assertIn("mailchimp-healthy", self.double.carts)
        for kept in (self.double.carts, self.double.products):
            self.assertEqual({shop: some for shop, some in kept.items() if some}, {})
        left = {shop: len(mails) for shop, mails in self.double.mails.items() if mails}
        self.assertEqual(left, {shop: 1 for shop in FINDINGS if shop.endswith("-stranger")})

    def test_silence_is_a_break_that_a_late_arrival_ends(self):
        shops = [f"{tool}-shop" for tool in TOOLS]
        for shop in shops:
            self.double.manners[shop] = "healthy"
        key = self.directory / "key"
        key.write_text(KEY)
        stores = [flow(self.double.url, shop, within="3s", every="3s", timeout="3s")
                  for shop in shops]
        for store in stores:
            store["probes"][0]["trigger"]["api_key"] = f"${{file:{key}}}"
        process = self.daemon(self.write_config(self.config(
            *stores, monitor={"canary": "none", "max_runs_per_host": 20, "host_spacing": "0ms"})))

        def everywhere(condition, what):
            wait_until(lambda: all(condition(shop) for shop in shops), what, 120)

        everywhere(lambda shop: process.probe("welcome", shop)["state"] == "ok", "mail arrives")
        for shop in shops:
            self.assertEqual(process.breaks(shop), [])
            self.double.manners[shop] = "never"
        everywhere(process.breaks, "silence is a break")
        self.deliver_what_is_late(shops)
        everywhere(lambda shop: process.breaks(shop)[0]["ended_at"] or
                   process.breaks(shop)[-1]["ended_at"], "the late mail ends it")
        for shop in shops:
            self.assertEqual({(one["area"], one["reason"]) for one in process.breaks(shop)},
                             {("email", "not_received")})
            self.double.manners[shop] = "healthy"
        everywhere(lambda shop: process.probe("welcome", shop)["state"] == "ok", "it is mended")
        self.assertEqual(process.stop(), 0)

    def deliver_what_is_late(self, shops):
        """What was sent longer ago than an arrival may take; all else is still lost."""
        with self.double.lock:
            for shop in shops:
                for token, at in self.double.sent[shop].items():
                    if time.monotonic() - at > 4:
                        self.double.deliver(shop, token)


if __name__ == "__main__":
    main()
