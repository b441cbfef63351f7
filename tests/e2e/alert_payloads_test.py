"""What receivers are sent, of every kind of alert: the webhook's JSON Schema, and the words for people.

ALERT_SAMPLES names the program that prints the messages (tests/daemon/alerts/samples.cpp).
"""

import html
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

try:
    import jsonschema
except ImportError as error:
    print(f"{error}: the Debian package python3-jsonschema is not installed")
    sys.exit(77)

from doubles.receivers import Receivers
from harness import EndToEnd, main, shop, tillwatch

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "config/schema/alert.schema.json").read_text())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
SAMPLES = json.loads(subprocess.run([os.environ.get("ALERT_SAMPLES", "alert_samples")], check=True,
                                    capture_output=True, text=True).stdout)
TITLES = """\
broken open | acme: customers cannot add to cart since 03:03 UTC (1 min): the cart is empty after adding PROBE-1
broken update | acme: customers cannot add to cart since 03:03 UTC (2 min): the cart is empty after adding PROBE-1
broken reminder | acme: still: customers cannot add to cart since 03:03 UTC (32 min): the cart is empty after adding PROBE-1
broken resolve | acme: over after 41 min (03:03 to 03:44 UTC): customers could not add to cart
budget_burn open | acme: the budget of broken time is being used up too fast: 9 min broken in the last 1 h, 54 times as fast as the budget of 2 h in 30 days allows
budget_burn resolve | acme: over after 25 min (03:04 to 03:29 UTC): the budget of broken time was being used up too fast
budget_burn open | acme: the budget of broken time is being used up too fast: 14 min broken in the last 24 h, 3.5 times as fast as the budget of 2 h in 30 days allows
budget_burn resolve | acme: over after 25 min (03:04 to 03:29 UTC): the budget of broken time was being used up too fast
budget_spent open | acme: half of the budget of broken time is used up: 1 h 4 min of 2 h in the last 30 days
budget_spent resolve | acme: over after 25 min (03:04 to 03:29 UTC): half of the budget of broken time was used up
budget_spent open | acme: the budget of broken time is used up: 2 h 11 min of 2 h in the last 30 days
budget_spent resolve | acme: over after 25 min (03:04 to 03:29 UTC): the budget of broken time was used up
unobserved open | acme: out of sight since 02:49 UTC (15 min): nobody can tell whether customers can buy; cart: has not run lately; home: the resolver does not answer
unobserved resolve | acme: over after 40 min (02:49 to 03:29 UTC): the store was out of sight
blocked open | acme: probe cart is turned away since 02:54 UTC (10 min): Cloudflare answered in the store's place (cf-mitigated: challenge, status 403)
blocked resolve | acme: over after 35 min (02:54 to 03:29 UTC): probe cart was turned away
certificate open | acme: the certificate expires soon: in 6 d 7 h, on 27 Nov 10:04 UTC
certificate resolve | acme: over after 25 min (03:04 to 03:29 UTC): the certificate was about to expire
unobserved open | tillwatch: all 12 stores are out of sight since 02:49 UTC (15 min): nobody can tell whether customers can buy; look at the monitor's own network first
unobserved resolve | tillwatch: over after 40 min (02:49 to 03:29 UTC): all 12 stores were out of sight
config open | tillwatch: the new configuration is refused, the old one stays in use: /etc/tillwatch/tillwatch.yaml:1:1: unknown key `stroes` in the configuration (did you mean `stores`?)
config resolve | tillwatch: over after 25 min (03:04 to 03:29 UTC): the new configuration was refused
ledger open | tillwatch: breaks and alerts cannot be recorded safely since 03:04 UTC: only 84 MiB are left where /var/lib/tillwatch/ledger.db is
ledger resolve | tillwatch: over after 25 min (03:04 to 03:29 UTC): breaks and alerts could not be recorded safely
"""


def wrong(payload):
    return [f"{'/'.join(map(str, error.path))}: {error.message}"
            for error in VALIDATOR.iter_errors(payload)]


class PayloadsTest(EndToEnd):
    def test_the_schema_is_one(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_every_kind_is_there_from_its_beginning_to_its_end(self):
        told = {sample["sample"] for sample in SAMPLES}
        kinds = SCHEMA["properties"]["kind"]["enum"]
        self.assertEqual({f"{kind} {event}" for kind in kinds for event in ("open", "resolve")}
                         | {"broken update", "broken reminder"}, told)

    def test_payloads_are_as_the_schema_says(self):
        for sample in SAMPLES:
            with self.subTest(sample["sample"], title=sample["webhook"]["title"]):
                self.assertEqual(wrong(sample["webhook"]), [])
                self.assertEqual(set(sample["webhook"]), set(SCHEMA["required"]))

    def test_the_schema_refuses_what_is_none(self):
        good = SAMPLES[0]["webhook"]
        for key in SCHEMA["required"]:
            with self.subTest(without=key):
                self.assertTrue(wrong({name: good[name] for name in good if name != key}))
        for change in ({"event": "resolve"}, {"kind": "odd"}, {"title": "two\nlines"},
                       {"sequence": 0}, {"started_at": "yesterday"}, {"area": "the moon"},
                       {"probes": []}, {"money": {"amount": -1, "currency": "EUR"}}):
            with self.subTest(change):
                self.assertTrue(wrong({**good, **change}))

    def test_a_test_alert_is_as_the_schema_says(self):
        double = Receivers()
        self.addCleanup(double.close)
        config = self.write_config(self.config(shop("http://127.0.0.1:1", name="acme"), receivers=[
            {"name": "it", "kind": "webhook", "url": double.url}]))
        self.assertEqual(tillwatch("alert", "test", "--config.file", config).returncode, 0)
        self.assertEqual(wrong(double.requests[0]["body"]), [])
        self.assertTrue(double.requests[0]["body"]["test"])

    def test_people_read_this(self):
        told = "".join(f"{sample['sample']} | {sample['webhook']['title']}\n" for sample in SAMPLES)
        self.assertEqual(told, TITLES)

    def test_services_and_alertmanager_say_the_same(self):
        for sample in SAMPLES:
            with self.subTest(sample["sample"]):
                webhook = sample["webhook"]
                slack = sample["slack"]
                self.assertEqual(html.unescape(slack["text"]), webhook["title"])
                self.assertEqual(html.unescape(slack["attachments"][0]["text"]), webhook["details"])
                self.assertLessEqual(len(sample["ntfy"]["title"]), 130)
                if "reminder" in sample["sample"]:
                    continue  # Alertmanager has its own
                told = sample["alertmanager"][0]
                self.assertEqual(told["annotations"]["summary"], webhook["title"])
                self.assertEqual(told["labels"]["severity"], webhook["severity"])
                self.assertEqual(told["labels"].get("store"), webhook["store"])

    def test_the_manual_lists_every_member(self):
        manual = (ROOT / "daemon/README.md").read_text()
        table = manual[manual.index("The webhook's JSON"):manual.index("## Metrics")]
        for member in SCHEMA["properties"]:
            self.assertRegex(table, "`" + re.escape(member) + "`")


if __name__ == "__main__":
    main()
