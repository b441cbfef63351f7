#!/usr/bin/env python3
"""Random breaks, receivers that fail in every way, and a daemon that is killed: no alert is lost.

A scenario is a store that breaks and mends as it likes, with a receiver of its own that refuses
connections, hangs, answers 500 or 429, resets the connection after it has read the request, or is
slow; all the while its daemon is killed by SIGKILL. When the faults have ended, and the outbox is
empty, the ledger says what was: every alert in it was taken by its receiver, its open first and its
resolve last, in order, with its id; each stands for a break; and nothing else was told.

SEED=... repeats the dice, though not the instants that the machine gives them.
"""

import asyncio
import calendar
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import time

from doubles.places import Loop, Place, reset, say
from harness import Daemon, EndToEnd, main, wait_until

SEED = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**6))
DAEMONS = 4
STORES = 30  # of each
LEAST_KILLS = 8  # of each
MOODS = ["well", "well", "refuse", "hang", "500", "429", "reset", "slow"]
Told = collections.namedtuple("Told", "id sequence event kind started_at taken")


class Scenario:
    """One store, its receiver, and their dice."""

    def __init__(self, name, loop):
        self.name = name
        self.dice = random.Random(f"{SEED} {name}")
        self.broken = False
        self.mood = "well"
        self.told = []
        self.on_hearing = lambda event: None
        self.flips_at = self.changes_at = 0.0
        self.store = Place(loop, self._as_store)
        self.receiver = Place(loop, self._as_receiver)

    def config(self):
        step = {"get": "/", "expect": {"contains": "open"}}
        store = {"name": self.name, "url": f"http://127.0.0.1:{self.store.port}",
                 "platform": "custom",
                 "probes": [{"name": "shop", "type": "http", "steps": [step]}]}
        receiver = {"name": self.name, "kind": "webhook", "stores": [self.name], "timeout": "1s",
                    "url": f"http://127.0.0.1:{self.receiver.port}/hook",
                    "remind": f"{self.dice.randint(2, 6)}s"}
        return store, receiver

    def roll(self, now):
        if now >= self.flips_at:
            self.broken = not self.broken
            self.flips_at = now + self.dice.uniform(1.5, 6)
        if now >= self.changes_at:
            self.be(self.dice.choice(MOODS))
            self.changes_at = now + self.dice.uniform(0.5, 5)

    def be(self, mood):
        if mood != self.mood:
            self.mood = mood
            self.receiver.refuse(mood == "refuse")

    async def _as_store(self, _head, _body, writer):
        await say(writer, 200, "closed" if self.broken else "open")

    async def _as_receiver(self, _head, body, writer):
        mood = "well" if self.mood == "refuse" else self.mood  # it came before the door was shut
        alert = json.loads(body)
        self.told.append(Told(alert["id"], alert["sequence"], alert["event"], alert["kind"],
                              alert["started_at"], mood in ("well", "slow")))
        self.on_hearing(alert["event"])
        if mood == "hang":
            await asyncio.sleep(5)
        elif mood == "reset":
            reset(writer)
        elif mood == "500":
            await say(writer, 500, "oops")
        elif mood == "429":
            await say(writer, 429, headers="Retry-After: 1\r\n")
        else:
            await asyncio.sleep(0.5 if mood == "slow" else 0)
            await say(writer, 200)


class Life:
    """A ledger, its scenarios, and the daemons that are killed over them."""

    def __init__(self, test, number, loop):
        self.dice = random.Random(f"{SEED} {number}")
        self.scenarios = [Scenario(f"store-{number}-{i}", loop) for i in range(STORES)]
        self.ledger = pathlib.Path(test.directory) / f"life-{number}.db"
        stores, receivers = zip(*(one.config() for one in self.scenarios))
        config = test.config(*stores, every="1s", timeout="1s", retry="1s",
                             receivers=list(receivers), ledger={"path": str(self.ledger)},
                             monitor={"canary": "none"})
        (test.directory / f"life-{number}").mkdir()
        self.path = test.write_config(config, f"life-{number}/tillwatch.yaml")
        self.daemon = None
        self.kills = 0
        self.dies_of = None
        for scenario in self.scenarios:
            scenario.on_hearing = self.hear

    def hear(self, event):
        """Some daemons die the moment that somebody hears of it: what was told must be known."""
        if event == self.dies_of:
            self.dies_of = None
            self.daemon.signal(signal.SIGKILL)

    def run(self):
        try:
            self.live_through_faults()
            self.recover()
        finally:
            if self.daemon and self.daemon.alive():
                self.daemon.kill()
        return self

    def live_through_faults(self):
        deadline = time.monotonic() + 300
        while self.kills < LEAST_KILLS or not all(one.told for one in self.scenarios):
            if time.monotonic() > deadline:
                raise AssertionError("not every store broke")
            self.daemon = Daemon(self.path)
            dies_at = time.monotonic() + self.dice.uniform(1.5, 7)
            self.dies_of = self.dice.choice([None, "open", "open", "resolve"])
            while time.monotonic() < dies_at and self.daemon.alive():
                for scenario in self.scenarios:
                    scenario.roll(time.monotonic())
                time.sleep(0.05)
            self.dies_of = None
            self.daemon.kill()
            self.kills += 1
            time.sleep(self.dice.choice([0, 0, 0.5, 2]))

    def recover(self):
        for scenario in self.scenarios:
            scenario.be("well")
            scenario.broken = False
        self.daemon = Daemon(self.path)
        wait_until(lambda: self.daemon.metric("tillwatch_probe_success") == STORES
                   and self.daemon.json("/api/v1/alerts") == {"alerts": [], "outbox": []},
                   "all is well, and the outbox is empty", seconds=180, every=0.2)
        wait_until(lambda: self.daemon.metric("tillwatch_alerts_pending") == 0, "so says the metric")
        self.daemon.stop()

    def troubles(self):
        """What is wrong, in words; and how many alerts there were."""
        with contextlib.closing(sqlite3.connect(self.ledger)) as ledger:
            waiting = ledger.execute("SELECT count(*) FROM message").fetchone()[0]
            alerts = ledger.execute("SELECT uid, store, resolved_ms FROM alert").fetchall()
            breaks = ledger.execute("SELECT store, started_ms, ended_ms FROM break"
                                    " JOIN probe ON probe.id = break.probe").fetchall()
        found = [f"{waiting} messages wait in the ledger"] if waiting else []
        for scenario in self.scenarios:
            uids = [uid for uid, store, _ in alerts if store == scenario.name]
            starts = {start for store, start, _ in breaks if store == scenario.name}
            found += [f"{scenario.name}: {words}\n  {scenario.told}"
                      for words in self.wrong_with(scenario.told, uids, starts)]
        found += [f"{uid} is open" for uid, _, resolved in alerts if resolved is None]
        return found, len(alerts)

    @staticmethod
    def wrong_with(told, uids, starts):
        """Of one receiver; `uids`: the ledger's alerts, `starts`: of its breaks."""
        if len(uids) != len(starts):
            yield f"{len(uids)} alerts of {len(starts)} breaks"
        by_id = collections.defaultdict(list)
        for one in told:
            by_id[one.id].append(one)
        for uid in by_id.keys() - set(uids):
            yield f"{uid} never was"
        for uid in uids:
            messages = by_id[uid]
            taken = [one.event for one in messages if one.taken]
            new = list({one.sequence: one for one in messages}.values())  # as first heard
            if "open" not in taken or "resolve" not in taken:
                yield f"{uid}: open or resolve did not arrive"
            elif [one.sequence for one in new] != sorted(one.sequence for one in new):
                yield f"{uid}: out of order"
            elif (new[0].event, new[-1].event) != ("open", "resolve"):
                yield f"{uid}: it began with {new[0].event} and ended with {new[-1].event}"
            elif {one.event for one in new[1:-1]} - {"reminder", "update"}:
                yield f"{uid}: told twice"
            for one in messages:
                if one.kind != "broken" or milliseconds(one.started_at) not in starts:
                    yield f"{uid}: no break began at {one.started_at}"


def milliseconds(text):
    """Of 2026-11-21T02:41:07.123Z since 1970."""
    whole, fraction = text.rstrip("Z").split(".")
    parsed = time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return calendar.timegm(parsed) * 1000 + int(fraction)


class AlertsPropertyTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.loop = Loop()
        self.addCleanup(self.loop.close)

    def test_no_alert_is_lost_out_of_order_or_about_nothing(self):
        print(f"SEED={SEED}", flush=True)
        lives = [Life(self, number, self.loop) for number in range(DAEMONS)]
        with concurrent.futures.ThreadPoolExecutor(DAEMONS) as pool:
            lives = list(pool.map(Life.run, lives))
        alerts = 0
        for life in lives:
            troubles, count = life.troubles()
            self.assertEqual(troubles, [], "\n".join(troubles))
            alerts += count
        messages = sum(len(one.told) for life in lives for one in life.scenarios)
        lost = sum(not told.taken for life in lives for one in life.scenarios for told in one.told)
        print(f"{DAEMONS * STORES} scenarios, {sum(life.kills for life in lives)} kills, "
              f"{alerts} alerts, {messages} messages heard, {lost} of them not answered well")
        self.assertGreaterEqual(alerts, DAEMONS * STORES)
        self.assertGreater(lost, 0)


if __name__ == "__main__":
    main()
