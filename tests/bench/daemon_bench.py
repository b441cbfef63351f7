#!/usr/bin/env python3
"""The whole daemon under load: memory, CPU a run, scheduler lag, scrapes, a storm of alerts.

daemon_bench.py TILLWATCH [--quick] [--pings] [--alerts] [--scrapes]
    --pings: only the calls under /hooks/; --alerts: only a thousand alerts at once;
    --scrapes: only 10,000 probes that are scraped

nginx (loopback, second core) serves a 50 KB page; the daemon is pinned to the first core. Lag is read off
tillwatch_scheduler_lag_seconds: it counts from the moment a run was due to its start.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from doubles.places import Loop, Place, say  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
QUICK = "--quick" in sys.argv
TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    def __init__(self, folder):
        self.port = free_port()
        root = os.path.join(folder, "root")
        os.mkdir(root)
        os.chmod(folder, 0o755)
        with open(os.path.join(root, "index.html"), "w") as page:
            page.write("<html><title>shop</title>" + "x" * 50_000 + "Add to cart</html>")
        with open(os.path.join(root, "large.html"), "w") as page:
            page.write("x" * 7_000_000 + "Add to cart")
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w") as text:
            text.write(
                f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;"
                "events { worker_connections 4096; }"
                f"http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;"
                f"fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;"
                f"server {{ listen 127.0.0.1:{self.port} backlog=4096; root {root}; default_type text/html; }} }}"
            )
        self.process = subprocess.Popen(
            ["taskset", "-c", str(CORES[-1]), "/usr/sbin/nginx", "-c", config],
            stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Daemon:
    def __init__(self, folder, stores, ledger=None, before=(), more=""):
        self.folder = folder
        self.port = free_port()
        ledger = ledger or os.path.join(folder, "ledger.db")
        for suffix in ("", "-wal", "-shm", ".lock"):
            if os.path.exists(ledger + suffix):
                os.remove(ledger + suffix)
        config = os.path.join(folder, "bench.yaml")
        with open(config, "w") as text:
            text.write(
                f'web: {{listen_address: "127.0.0.1:{self.port}"}}\n'
                f"ledger: {{path: {ledger}}}\n"
                "monitor: {canary: none, max_runs: 1000, max_runs_per_host: 1000, host_spacing: 0s}\n"
                + more + "stores:\n" + stores)
        self.log = open(os.path.join(folder, "daemon.log"), "w")
        self.process = subprocess.Popen(
            [*before, "taskset", "-c", str(CORES[0]), PROGRAM, "run", "--config.file", config, "--log.level", "error"],
            stderr=self.log)
        for _ in range(600):
            try:
                self.metrics()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(open(self.log.name).read())
                time.sleep(0.1)
        raise SystemExit("the daemon does not answer")

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            return answer.read().decode()

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def stores(count, probes, every, url, timeout="5s"):
    text = []
    for s in range(count):
        text.append(f"  - name: store-{s}\n    url: {url}\n    platform: custom\n    probes:\n")
        for p in range(probes):
            text.append(
                f"      - {{name: p{p}, type: http, every: {every}, timeout: {timeout}, steps: "
                '[{get: /, expect: {status: 200, contains: "Add to cart"}}]}\n')
    return "".join(text)


def lag_buckets(text):
    found = re.findall(r'tillwatch_scheduler_lag_seconds_bucket\{le="([^"]+)"\} (\d+)', text)
    return [(float(le), int(count)) for le, count in found]


def quantile(before, after, q):
    counts = [(le, b - a) for (le, a), (_, b) in zip(before, after)]
    total = counts[-1][1]
    for le, count in counts:
        if count >= q * total:
            return f"<= {le * 1000:g} ms", total
    return "?", total


def load(daemon, seconds, meanwhile=None):
    """Lag and CPU over some seconds."""
    before, cpu = lag_buckets(daemon.metrics()), daemon.cpu()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if meanwhile:
            meanwhile()
        else:
            time.sleep(0.2)
    cpu = daemon.cpu() - cpu
    after = lag_buckets(daemon.metrics())
    p99, runs = quantile(before, after, 0.99)
    p999, _ = quantile(before, after, 0.999)
    return runs / seconds, cpu / max(runs, 1) * 1e6, p99, p999


def report(what, figures):
    rate, cpu, p99, p999 = figures
    print(f"  {what}: {rate:.0f} runs/s, {cpu:.0f} us CPU a run, lag p99 {p99}, p99.9 {p999}", flush=True)


class Pinger:
    """Successes of one job, over a few connections that stay open, as many a second as wanted."""

    REQUEST = b"POST /hooks/heartbeat/job HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self, port, rate, connections=8):
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        self.rate, self.sent, self.accepted = rate, 0, 0
        self.begin = time.monotonic()
        self.rest = {s: b"" for s in self.sockets}

    def __call__(self):
        """What is owed by now, sent and answered."""
        owed = int((time.monotonic() - self.begin) * self.rate) - self.sent
        share = min(owed // len(self.sockets), 50)
        if share <= 0:
            time.sleep(0.002)
            return
        for s in self.sockets:
            s.sendall(self.REQUEST * share)
        self.sent += share * len(self.sockets)
        for s in self.sockets:
            answers = 0
            while answers < share:
                data = self.rest[s] + s.recv(65536)
                *whole, self.rest[s] = data.split(b"\r\n\r\nOK")
                answers += len(whole)
                self.accepted += sum(b"HTTP/1.1 200 " in head for head in whole)


def pings(folder, url, seconds):
    print("daemon: 5,000 pings a second on one core (goal: lag unmoved)")
    text = stores(10, 10, "1s", url, "1s") + (
        f"  - name: jobs\n    url: {url}\n    platform: custom\n    probes:\n"
        "      - {name: job, type: heartbeat, period: 10m, grace: 5m}\n")
    daemon = Daemon(folder, text)
    time.sleep(3)
    report("100 probes every 1 s, no pings", load(daemon, seconds))
    for rate in (1_000, 5_000, 20_000):
        pinger, cpu = Pinger(daemon.port, rate), daemon.cpu()
        figures = load(daemon, seconds, pinger)
        spent = time.monotonic() - pinger.begin
        report(f"beside {pinger.accepted / spent:.0f} pings/s of {rate} offered, all answered 200, "
               f"{(daemon.cpu() - cpu) / spent * 100:.0f} % of the core", figures)
    daemon.stop()


def hung_resolver(folder, url, seconds):
    """Fifty stores of a name that a mute resolver is asked for, beside 500 runs a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        try:
            mute.bind(("127.0.0.2", 53))
            subprocess.run(["unshare", "-m", "true"], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"  beside a hung resolver: not measured here ({error})")
            return
        resolvers = os.path.join(folder, "resolv.conf")
        with open(resolvers, "w") as text:
            text.write("nameserver 127.0.0.2\n")
        unreachable = stores(50, 1, "5s", "http://shop.example", "2s").replace("store-", "lost-")
        daemon = Daemon(folder, stores(50, 10, "1s", url, "1s") + unreachable, before=[
            "unshare", "-m", "sh", "-c", f'mount --bind {resolvers} /etc/resolv.conf && exec "$0" "$@"'])
        time.sleep(6)
        report("beside a hung resolver", load(daemon, seconds))
        daemon.stop()


def slow_disk(folder, url, seconds):
    """The ledger's file system takes no write for five seconds."""
    image, mount = os.path.join(folder, "disk"), os.path.join(folder, "mount")
    if not os.path.exists("/usr/sbin/mkfs.ext4"):
        print("  beside a disk that hangs: not measured, there is no mkfs.ext4")
        return
    os.mkdir(mount)
    subprocess.run(["truncate", "-s", "64M", image], check=True)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-F", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, mount], stderr=subprocess.DEVNULL).returncode != 0:
        print("  beside a disk that hangs: not measured, no loop device can be mounted here")
        return
    try:
        daemon = Daemon(folder, stores(50, 10, "1s", url, "1s"), os.path.join(mount, "ledger.db"))
        time.sleep(3)
        subprocess.run(["fsfreeze", "-f", mount], check=True)
        try:
            report("beside a disk that hangs", load(daemon, min(seconds, 8)))
        finally:
            subprocess.run(["fsfreeze", "-u", mount], check=True)
        daemon.stop()
    finally:
        subprocess.run(["umount", mount], check=True)


class Receiver:
    """Takes every alert, and keeps when the first of each came."""

    def __init__(self):
        self.loop = Loop()
        self.place = Place(self.loop, self.answer)
        self.url = f"http://127.0.0.1:{self.place.port}"
        self.heard = {"open": {}, "resolve": {}}
        self.again = 0

    async def answer(self, _head, body, writer):
        alert = json.loads(body)
        heard = self.heard.get(alert["event"], {})
        self.again += alert["id"] in heard
        heard.setdefault(alert["id"], time.monotonic())
        await say(writer, 200)

    def wait(self, event, count):
        while len(self.heard[event]) < count:
            time.sleep(0.01)
        return max(self.heard[event].values())


def alert_storm(folder, url, count=1000):
    """A thousand stores break in the same second, and are mended in one."""
    print("daemon: 1,000 stores break in the same second (goal: the last alert out in 30 s, lag below 1 s)")
    hook = Receiver()
    page = os.path.join(folder, "root", "index.html")
    whole = open(page).read()
    receivers = f"receivers: [{{name: hook, kind: webhook, url: \"{hook.url}\"}}]\n"
    daemon = Daemon(folder, stores(count, 1, "1s", url, "1s").replace(
        "timeout: 1s,", "timeout: 1s, confirm: {failures: 2, retry: 1s},"), more=receivers)
    time.sleep(5)
    calm = daemon.resident_mb()
    report("before, 1,000 probes every 1 s", load(daemon, 5))
    try:
        for what, text, event in (("break", "closed", "open"), ("mend", whole, "resolve")):
            before, cpu, begin = lag_buckets(daemon.metrics()), daemon.cpu(), time.monotonic()
            with open(page + ".new", "w") as new:
                new.write(text)
            os.rename(page + ".new", page)
            last = hook.wait(event, count) - begin
            first = min(hook.heard[event].values()) - begin
            after = lag_buckets(daemon.metrics())
            p99, runs = quantile(before, after, 0.99)
            most, _ = quantile(before, after, 1.0)
            print(f"  {what}: the first message after {first:.1f} s, the last of {count} after {last:.1f} s; "
                  f"lag p99 {p99}, max {most} over {runs} runs; {daemon.cpu() - cpu:.1f} s CPU; "
                  f"memory {calm:.0f} -> {daemon.resident_mb():.0f} MB", flush=True)
    finally:
        daemon.stop()
        hook.loop.close()
    print(f"  told twice: {hook.again}")


def scrapes(folder, url, seconds, count=5):
    """10,000 probes that run, scraped all the time."""
    daemon = Daemon(folder, stores(1000, 10, "20s", url))
    time.sleep(22)
    report("10,000 probes every 20 s", load(daemon, seconds))
    report("while scraped all the time", load(daemon, seconds, daemon.metrics))
    cpu, begin = daemon.cpu(), time.monotonic()
    for _ in range(count):
        size = len(daemon.metrics())
    spent = time.monotonic() - begin
    print(f"  a scrape of 10,000 probes that run: {size / 1e6:.1f} MB, {spent / count * 1000:.0f} ms; "
          f"all CPU meanwhile {(daemon.cpu() - cpu) / count * 1000:.0f} ms a scrape (goal 700, the runs left out)")
    print(f"  resident after all that: {daemon.resident_mb():.0f} MB")
    daemon.stop()


def main():
    folder = tempfile.mkdtemp(prefix="tillwatch-bench-")
    nginx = Nginx(folder)
    url = f"http://127.0.0.1:{nginx.port}"
    seconds = 8 if QUICK else 30
    try:
        if "--alerts" in sys.argv:
            return alert_storm(folder, url)
        if "--scrapes" in sys.argv:
            return scrapes(folder, url, seconds)
        pings(folder, url, seconds)
        if "--pings" in sys.argv:
            return
        alert_storm(folder, url)
        print("daemon: memory with probes configured and idle (goal 10,000 in 40 MB)")
        for count in (10, 100, 1000):
            daemon = Daemon(folder, stores(count, 10, "1h", url))
            time.sleep(3)
            print(f"  {count * 10} probes: {daemon.resident_mb():.1f} MB", flush=True)
            if count == 1000:
                rounds = 3 if QUICK else 10
                cpu = daemon.cpu()
                for _ in range(rounds):
                    size = len(daemon.metrics())
                cpu = (daemon.cpu() - cpu) / rounds
                print(f"  a scrape of 10,000 probes that have not run: {cpu * 1000:.0f} ms CPU, {size / 1e6:.1f} MB")
            daemon.stop()

        print("daemon: 500 runs a second (goal: lag p99 at most 20 ms, no growth with the probes)")
        daemon = Daemon(folder, stores(10, 10, "1s", url, "1s"))
        time.sleep(3)
        report("100 probes every 1 s", load(daemon, seconds))
        daemon.stop()
        daemon = Daemon(folder, stores(50, 10, "1s", url, "1s"))
        time.sleep(3)
        report("500 probes every 1 s", load(daemon, seconds))
        daemon.stop()

        scrapes(folder, url, seconds)
        hung_resolver(folder, url, seconds)
        slow_disk(folder, url, seconds)

        large = stores(1000, 10, "20s", url).replace("get: /,", "get: /large.html,", 5)
        daemon = Daemon(folder, large.replace("every: 20s", "every: 5s", 5))
        time.sleep(22)
        report("beside five probes of a 7 MB page, every 5 s", load(daemon, seconds))
        daemon.stop()
    finally:
        nginx.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
