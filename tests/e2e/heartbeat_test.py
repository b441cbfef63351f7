#!/usr/bin/env python3
"""Heartbeats: every form of the address, what survives a restart and a kill, and what leaks: nothing."""

import http.client

from harness import EndToEnd, main, tillwatch, wait_until

SECRET = "0f6b9c1e-aaaa-4bbb-8ccc-1234567890ab"
RUN = "1d2c3b4a-0000-4000-8000-00000000abcd"


def heartbeats(store, *probes):
    return {"name": store, "url": "http://127.0.0.1:9", "platform": "custom",
            "probes": [{"type": "heartbeat", "period": "1h", "grace": "1h", **probe}
                       for probe in probes]}


class HeartbeatTest(EndToEnd):
    def start(self, *stores):
        self.path = self.write_config(self.config(*stores, every="1s", timeout="1s"))
        self.process = self.daemon(self.path)

    def call(self, path, method="GET", body=None):
        """(status, every header, body)"""
        connection = http.client.HTTPConnection(self.process.url.removeprefix("http://"), timeout=30)
        try:
            connection.request(method, f"/hooks/{path}", body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def ping(self, path, method="GET", body=None):
        status, headers, text = self.call(path, method, body)
        self.assertEqual((status, text), (200, b"" if method == "HEAD" else b"OK"), path)
        self.assertEqual(dict(headers)["Ping-Body-Limit"], "10000")

    def state(self, probe="export", store="acme"):
        return self.process.probe(probe, store)["state"]

    def test_every_form_of_the_address(self):
        self.start(heartbeats("acme", {"name": "export"}))
        self.assertEqual(self.state(), "unknown")
        for method in ("GET", "HEAD", "POST"):
            self.ping("heartbeat/acme.export", method)
            self.assertEqual(self.state(), "ok")
            self.ping("heartbeat/export/fail", method)
            self.assertEqual(self.state(), "broken")
            self.ping("heartbeat/export/start", method)
            self.ping(f"heartbeat/export/log?rid={RUN}", method)
            self.assertEqual(self.state(), "broken")
            self.ping(f"heartbeat/export/0?rid={RUN}", method)
            self.assertEqual(self.state(), "ok")
            self.ping("heartbeat/export/255", method)
            self.assertEqual(self.state(), "broken")
            self.ping("heartbeat/export", method)
        self.assertEqual(len(self.process.breaks("acme")), 6)
        self.assertTrue(all(b["ended_at"] for b in self.process.breaks("acme")))
        self.assertEqual(self.call("heartbeat/export/256")[::2], (400, b"invalid url format"))
        self.assertEqual(self.call("heartbeat/export/oops")[::2], (400, b"invalid url format"))
        self.assertEqual(self.call("heartbeat/export?rid=7")[::2], (400, b"invalid uuid format"))
        self.assertEqual(self.call("heartbeat/export", "DELETE")[0], 405)

    def test_a_failure_says_why_and_a_long_report_is_cut(self):
        self.start(heartbeats("acme", {"name": "export"}))
        report = b"\nERP said no\nmore\n" + b"x" * 3_000_000
        self.ping("heartbeat/export/3", "POST", report)
        (broken,) = self.process.breaks("acme")
        self.assertEqual((broken["reason"], broken["message"]),
                         ("job_failed", "the job ended with exit code 3: ERP said no"))

    def test_nothing_leaks(self):
        self.start(heartbeats("acme", {"name": "export", "ping": SECRET}))
        wrong = self.call("heartbeat/" + SECRET[:-1] + "c")
        self.assertEqual((wrong[0], wrong[2]), (404, b"not found"))
        for path in ("heartbeat/export", "heartbeat/acme.export", "heartbeat/nobody", "heartbeat",
                     "heartbeat/", "", "x", f"heartbeat/{SECRET[:-1]}c/fail", "flow/export/x",
                     f"heartbeat/{SECRET.upper()}", "heartbeat/x?rid=7", "heartbeat/x/999"):
            for method in ("GET", "POST"):
                self.assertEqual(self.call(path, method), wrong, path)
        self.assertEqual(self.state(), "unknown")
        self.ping(f"heartbeat/{SECRET}")
        self.assertNotIn(SECRET, self.process.output())

    def test_two_stores_each_have_their_own(self):
        self.start(heartbeats("acme", {"name": "export"}), heartbeats("bolt", {"name": "export"}))
        self.assertEqual(self.call("heartbeat/export")[0], 404)
        self.assertIn("/hooks/heartbeat/export", self.process.output())
        self.ping("heartbeat/bolt.export/fail")
        self.assertEqual((self.state(), self.state(store="bolt")), ("unknown", "broken"))
        self.ping("heartbeat/acme.export")
        self.assertEqual((self.state(), self.state(store="bolt")), ("ok", "broken"))

    def test_pings_survive_a_restart_and_a_kill(self):
        self.start(heartbeats("acme", {"name": "export"}))
        self.ping("heartbeat/export")
        self.process.stop()
        self.process = self.daemon(self.path)
        wait_until(lambda: self.state() == "ok", "the last ping is known after a restart")
        self.ping("heartbeat/export/fail")
        self.assertEqual(self.state(), "broken")
        self.ping("heartbeat/export")
        # What was heard is written at once, but at most once a second.
        writes = self.process.metric("tillwatch_ledger_writes_total")
        wait_until(lambda: self.process.metric("tillwatch_ledger_writes_total") > writes + 1,
                   "it is written")
        self.process.kill()
        self.process = self.daemon(self.path)
        wait_until(lambda: self.state() == "ok", "and after a kill")
        self.assertEqual(len(self.process.breaks("acme")), 1)

    def test_silence_breaks_from_when_the_job_was_due(self):
        self.start(heartbeats("acme", {"name": "export", "period": "2s", "grace": "3s"}))
        self.ping("heartbeat/export")
        wait_until(lambda: self.state() == "broken", "the job is missed")
        (broken,) = self.process.breaks("acme")
        self.assertEqual(broken["reason"], "missed")
        self.assertIn("was due at " + broken["started_at"], broken["message"])
        self.ping("heartbeat/export")
        self.assertEqual(self.state(), "ok")

    def test_a_start_without_an_end(self):
        self.start(heartbeats("acme", {"name": "export", "grace": "2s"}))
        self.ping("heartbeat/export/start")
        wait_until(lambda: self.state() == "broken", "the end is missed")
        self.assertIn("and no end", self.process.breaks("acme")[0]["message"])

    def test_a_check_hears_nothing_and_does_not_fail_for_it(self):
        path = self.write_config(self.config(heartbeats("acme", {"name": "export"})))
        done = tillwatch("check", "--config.file", path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("only the running daemon hears", done.stdout)


if __name__ == "__main__":
    main()
