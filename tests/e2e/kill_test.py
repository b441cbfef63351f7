#!/usr/bin/env python3
"""kill -9 at random instants during breaks, 200 times.

What a freshly started daemon says comes from the disk, so it is durable by definition. After each
kill, everything that an earlier daemon has read from the disk must still be there; nothing may be
broken that was not; and a time in which nobody looked is unknown, unless it lies between two fails
(DESIGN: if the next definite verdict after such a gap is again a fail, the gap was broken too).
"""

import concurrent.futures
import os
import pathlib
import random
import time

from harness import Daemon, EndToEnd, main, parse_time, wait_until

SEED = int(os.environ.get("SEED", "20261122"))
DAEMONS = 8
KILLS = 25  # of each
# Without jq, which takes a while to compile at each of the 200 starts.
STEPS = [{"post": "/cart/add.js", "json": {"items": [{"id": 4123, "quantity": 1}]}},
         {"get": "/cart.js", "expect": {"contains": '"item_count":1'}},
         {"post": "/cart/clear.js"}]


class Life:
    """One store, one ledger, and a daemon that is killed again and again."""

    def __init__(self, test, number):
        self.random = random.Random(SEED + number)
        self.store = test.demo_store()
        directory = pathlib.Path(test.directory / f"life-{number}")
        directory.mkdir()
        config = test.config(
            {"name": "demo", "url": self.store.url, "platform": "custom",
             "probes": [{"name": "cart", "type": "http", "steps": STEPS}]},
            every="1s", timeout="1s", retry="1s", ledger={"path": str(directory / "ledger.db")})
        self.path = test.write_config(config, f"life-{number}/tillwatch.yaml")
        self.outages = []  # [armed, mended) by the wall clock
        self.watched = []  # [ready, killed)
        self.breaks = {}   # id -> break, as read from the disk
        self.minutes = {}  # minute -> letter, as read from the disk
        self.began = time.time()
        self.kills = 0
        self.mended_in_the_gap = number % 2 == 0
        # Over a minute of one outage makes a broken minute wherever in a minute it begins.
        self.one_long_outage = number % 4 == 1
        self.daemon = None

    def run(self):
        armed = False
        change_at = time.time()
        try:
            while self.kills < KILLS or self.outage_is_too_short():
                self.start()
                self.read_from_disk()
                die_at = time.time() + self.random.uniform(0.2, 4.0)
                while time.time() < die_at:
                    if time.time() >= change_at and not (armed and self.one_long_outage):
                        armed = not armed
                        self.break_or_mend(armed)
                        change_at = time.time() + self.random.uniform(*((20, 50) if armed else (4, 9)))
                    time.sleep(0.01)
                self.kill()
            if not armed:
                self.break_or_mend(True)
            self.gap()
        finally:
            if self.daemon and self.daemon.alive():
                self.daemon.kill()
        return self

    def outage_is_too_short(self):
        return self.one_long_outage and time.time() - self.outages[0][0] < 70

    def break_or_mend(self, arm):
        if arm:
            self.store.arm("lost_cart")
            self.outages.append([time.time(), None])
        else:
            self.store.mend()
            self.outages[-1][1] = time.time()

    def start(self):
        self.daemon = Daemon(self.path)
        self.watched.append([time.time(), None])

    def kill(self):
        self.daemon.kill()
        self.watched[-1][1] = time.time()
        self.kills += 1

    def read_from_disk(self):
        """What the daemon knows right after its start; nothing durable may have changed."""
        breaks = {b["id"]: b for b in self.daemon.breaks()}
        for number, before in self.breaks.items():
            after = breaks.get(number)
            assert after, f"break {number} is lost: {before}"
            for key in ("probe", "started_at", "reason"):
                assert after[key] == before[key], f"{before} became {after}"
            if before["ended_at"]:
                assert after["ended_at"] == before["ended_at"], f"{before} became {after}"
        self.breaks = breaks
        whole = time.time() // 60 * 60 - 60  # minutes that are over and settled
        minutes = self.daemon.minutes(self.began - 60, whole) if whole > self.began else {}
        for minute, before in self.minutes.items():
            if before == "b":
                assert minutes.get(minute) == "b", f"minute {minute}: b became {minutes.get(minute)}"
        self.minutes = minutes

    def gap(self):
        """Down for a whole clock minute, killed while broken."""
        self.start()
        wait_until(lambda: self.daemon.probe("cart")["state"] == "broken", "broken before the gap")
        time.sleep(1)  # until the break is on the disk
        self.kill()
        minute = int(time.time() // 60) + 1
        time.sleep(max((minute + 1) * 60 + 5 - time.time(), 0))
        # A bot wall: runs cannot tell, so nothing is decided yet.
        self.store.arm("challenge_403")
        self.start()
        wait_until(lambda: self.daemon.metric("tillwatch_probe_unknowns_total") > 0, "a run")
        self.before_the_verdict = self.letter(minute)
        if self.mended_in_the_gap:
            self.break_or_mend(False)
            wait_until(lambda: self.daemon.probe("cart")["state"] == "ok", "mended")
            self.after_the_verdict = self.letter(minute)
        else:
            self.store.mend()
            self.store.arm("lost_cart")
            wait_until(lambda: self.letter(minute) != "u", "the verdict after the gap")
            self.after_the_verdict = self.letter(minute)
            self.break_or_mend(False)
            wait_until(lambda: self.daemon.probe("cart")["state"] == "ok", "mended")
        self.read_from_disk()
        self.minutes = self.daemon.minutes(self.began - 60, minute * 60)
        self.daemon.stop()

    def letter(self, minute):
        return self.daemon.minutes(minute * 60, minute * 60 + 60)[minute]


class KillTest(EndToEnd):
    def test_nothing_durable_is_lost_and_nothing_is_invented(self):
        lives = [Life(self, number) for number in range(DAEMONS)]
        with concurrent.futures.ThreadPoolExecutor(DAEMONS) as pool:
            for life in pool.map(Life.run, lives):
                self.examine(life)
        self.assertGreaterEqual(sum(life.kills for life in lives), DAEMONS * (KILLS + 1))
        self.assertGreater(sum(list(life.minutes.values()).count("b") for life in lives),
                           DAEMONS // 2, "there were broken minutes to lose")

    def examine(self, life):
        for a_break in life.breaks.values():
            begin = parse_time(a_break["started_at"])
            end = parse_time(a_break["ended_at"]) if a_break["ended_at"] else time.time()
            # A run that began just before the fault can still meet it; a run that mends begins
            # within the probe's interval, or after a restart.
            outages = [o for o in life.outages if o[0] - 1.5 <= begin <= (o[1] or end)]
            self.assertTrue(outages, f"an invented break: {a_break} of {life.outages}")
            self.assertGreater(end, begin)
        for minute, letter in life.minutes.items():
            begin, end = minute * 60, minute * 60 + 60
            down = sum(max(min(mended or end, end) - max(armed, begin), 0)
                       for armed, mended in life.outages)
            watched = sum(max(min(killed or end, end) - max(ready, begin), 0)
                          for ready, killed in life.watched)
            if letter == "b":
                self.assertGreater(down, 10, f"minute {minute} was not broken: {life.outages}")
            if letter == "o":
                self.assertLess(down, 40, f"minute {minute} was broken: {life.outages}")
                self.assertGreater(watched, 10, f"nobody looked at minute {minute}")
        self.assertEqual((life.before_the_verdict, life.after_the_verdict),
                         ("u", "u" if life.mended_in_the_gap else "b"))


if __name__ == "__main__":
    main()
