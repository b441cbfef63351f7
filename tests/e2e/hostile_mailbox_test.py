#!/usr/bin/env python3
"""Mailboxes that answer with poison: what cannot be seen is unknown, and nobody else is disturbed.

One daemon watches all of them at once; FAULTS says what each makes of its flow.
"""

from doubles.base import Answer, Double
from doubles.hostile_imap import COMMANDS, PASSWORD, USER, HostileImap
from harness import EndToEnd, main, wait_until

# What all of the sessions may hold at once.
MOST_GROWTH = 32 << 20


def findings():
    """{fault: words of the message; empty: it passes}"""
    faults = {"healthy": "", "starttls-healthy": ""}
    for phase in COMMANDS:
        command = phase.upper()
        if phase in ("search", "fetch", "store", "expunge"):
            command = f"UID {command}"
        for manner in ("hang", "tag"):
            faults[f"{phase}-{manner}"] = f"did not answer {command} in time"
        for manner in ("disconnect", "bye", "junk", "line", "lines"):
            faults[f"{phase}-{manner}"] = f"could not be read at {command}: "
        for manner in ("no", "bad"):
            faults[f"{phase}-{manner}"] = f"refused {command}: "
    for phase in ("login", "authenticate"):
        for manner in ("no", "bad"):
            faults[f"{phase}-{manner}"] = "refused the user or the password: "
    # A mail that has come has come, whether or not it can be taken out again.
    for fault in faults:
        if fault.startswith(("store-", "expunge-")):
            faults[fault] = ""
    # The login goes on without knowing what the server can do.
    faults["capability-no"] = faults["capability-bad"] = ""
    for manner in ("small", "negative", "nothing", "words", "garbled"):
        faults[f"search-{manner}"] = "gave no proper answer to a search"
    for manner in ("small", "negative", "nothing", "body", "date"):
        faults[f"fetch-{manner}"] = "did not say when a mail arrived"
    return {**faults, **{
        "greeting-hang": "did not greet us in time",
        "greeting-http": "did not greet us in time",
        "greeting-disconnect": "could not be read: ",
        "greeting-bye": "could not be read: ",
        "greeting-junk": "could not be read: ",
        "greeting-line": "could not be read: ",
        "login-echo": "refused the user or the password",
        "search-literal": "could not be read at UID SEARCH: ",
        "search-many": "UID SEARCH",
        "fetch-literal": "could not be read at UID FETCH: ",
        "logout-hang": 'refused UID SEARCH: "A004 NO [UNAVAILABLE] come back tomorrow"',
        "logout-lines": "refused UID SEARCH: ",
        "tls-hang": "took no TLS connection in time",
        "tls-plain": "could not be read: ",
        "tls-junk": "could not be read: ",
        "tls-stranger": "certificate",
        "starttls-stranger": "certificate",
        "starttls-unoffered": "STARTTLS not available",
        "starttls-refused": "could not be read at STARTTLS: ",
        "starttls-held": "did not answer STARTTLS in time",
        "starttls-injected": "could not be read at STARTTLS: ",
        "starttls-preauth": "STARTTLS not available",
    }}


FAULTS = findings()


class Lists(Double):
    """Of each shop's list, the mail comes at once."""

    def __init__(self, deliver):
        self.deliver = deliver
        super().__init__()

    def answer(self, asked, shop, has):
        if asked.path == "/subscribe":
            self.deliver(shop.name, asked.json()["token"])
        return Answer(202)


class HostileMailboxTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = HostileImap(self.directory, FAULTS)
        self.addCleanup(self.server.close)
        self.lists = Lists(self.server.deliver)
        self.addCleanup(self.lists.close)

    def flow(self, fault):
        return {"name": fault, "platform": "custom", "url": f"{self.lists.url}/{fault}", "probes": [{
            "name": "welcome", "type": "email_flow", "within": "10m", "poll": "2s", "settle": "1s",
            "every": "6s", "timeout": "4s",
            "trigger": {"steps": [{"post": "/subscribe", "json": {"token": "{{ token }}"}}]},
            "arrival": {"imap": {"url": self.server.url(fault), "user": USER, "password": PASSWORD,
                                 "ca_file": str(self.server.ca_file)}}}]}

    def found(self):
        """{fault: (state, verdict, reason, message)}"""
        found = {}
        for store in self.process.json("/api/v1/status")["stores"]:
            probe = store["probes"][0]
            last = probe.get("last") or {}
            found[store["store"]] = (probe["state"], last.get("verdict"), last.get("reason"),
                                     last.get("message", ""))
        return found

    def as_expected(self):
        found = self.found()
        for fault, words in FAULTS.items():
            message = f"the mailbox {self.server.address(fault)} "
            expected = ("unknown", "unknown", "no_mailbox") if words else ("ok", "pass", "")
            self.assertEqual(found[fault][:3], expected, f"{fault}: {found[fault]}")
            self.assertIn(words, found[fault][3], fault)
            self.assertTrue(not words or found[fault][3].startswith(message), found[fault])
        return True

    def test_what_cannot_be_seen_is_unknown_and_seen_once_it_can_be(self):
        good = {"name": "good", "platform": "custom", "url": f"{self.lists.url}/good",
                "probes": [{"name": "home", "type": "http", "area": "checkout", "every": "1s",
                            "timeout": "1s", "steps": [{"get": "/"}]}]}
        self.process = self.daemon(self.write_config(self.config(
            good, *map(self.flow, FAULTS),
            monitor={"canary": "none", "max_runs_per_host": 1000, "host_spacing": "0ms"})))
        at_rest = self.process.resident_bytes()
        self.process.forget_peak()
        # A loop that one of them holds up answers nobody, and nothing of this comes true in time.
        wait_until(self.as_expected, "each is told what is wrong with it", 120, every=0.2)
        peak = self.process.peak_resident_bytes()
        print(f"resident memory: {at_rest >> 20} MiB at rest, {peak >> 20} MiB at most")
        self.assertLess(peak - at_rest, MOST_GROWTH, "resident memory")
        self.assertEqual(self.found()["good"][0], "ok")

        self.server.mend()
        seen_by_now = self.server.last_uid
        wait_until(lambda: {one[:3] for one in self.found().values()} == {("ok", "pass", "")},
                   "what has arrived is found", 120, every=0.2)
        wait_until(lambda: not any(uid <= seen_by_now for mails in self.server.mails.values()
                                   for uid in list(mails)), "and is taken out again", 120)
        for fault in FAULTS:
            self.assertEqual(self.process.breaks(fault), [], fault)
        self.assertEqual(self.process.metric("tillwatch_probe_failures_total"), 0)
        self.assertNotIn(PASSWORD, self.process.output())
        self.assertEqual(self.process.stop(), 0)


if __name__ == "__main__":
    main()
