"""Starts the real programs for the end-to-end tests and asks them what they think.

TILLWATCH and DEMO_STORE in the environment name the programs (ctest sets them). Everything listens
on free loopback ports and lives in a temporary directory. Tests wait for conditions with generous
deadlines; no test asserts how long something took.
"""

import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

TILLWATCH = os.environ.get("TILLWATCH", "tillwatch")
DEMO_STORE = os.environ.get("DEMO_STORE", "demo_store")
PRODUCT = {"path": "/products/probe-sock", "id": 4123, "sku": "PROBE-1", "price": 1.00,
           "currency": "EUR"}
TOKEN = "e2e-test-token"


def wait_until(condition, what, seconds=60.0, every=0.05):
    """The first true value of condition(); what it raises counts as false until time is up."""
    deadline = time.monotonic() + seconds
    trouble = "it stayed false"
    while time.monotonic() < deadline:
        try:
            value = condition()
            if value:
                return value
            trouble = "it stayed false"
        except (OSError, AssertionError, KeyError, ValueError, IndexError) as error:
            trouble = f"{type(error).__name__}: {error}"
        time.sleep(every)
    raise AssertionError(f"not within {seconds:.0f} s: {what} ({trouble})")


def request(url, method="GET", body=None, headers=None, timeout=30):
    """(status, text); a status of 400 and above is an answer too."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode()


def get_json(url):
    status, text = request(url)
    if status != 200:
        raise AssertionError(f"{url}: {status}: {text[:500]}")
    return json.loads(text)


def parse_time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def format_time(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Program:
    """A running program, its output in a file; ended only by its own id."""

    def __init__(self, command, log):
        self.log = pathlib.Path(log)
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdout=output,
                                            stderr=output, stdin=subprocess.DEVNULL)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=60):
        """SIGTERM; the exit code."""
        if self.alive():
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end on SIGTERM within {seconds} s:\n{self.output()}")

    def resident_bytes(self, field="VmRSS"):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(field + r":\s+(\d+)", status).group(1)) * 1024

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def peak_resident_bytes(self):
        """Since forget_peak()."""
        return self.resident_bytes("VmHWM")


class DemoStore(Program):
    def __init__(self, directory, *arguments):
        super().__init__([DEMO_STORE, *arguments], pathlib.Path(directory) / "store.log")
        self.url = wait_until(self._listening, "the demo store listens").group(1)

    def _listening(self):
        return re.search(r"listening on (\S+)", self.output())

    def arm(self, fault, **options):
        status, text = request(f"{self.url}/_control/faults", "POST", {"fault": fault, **options})
        if status != 200:
            raise AssertionError(text)

    def mend(self):
        request(f"{self.url}/_control/faults", "DELETE")

    def known_faults(self):
        return [kind["fault"] for kind in get_json(f"{self.url}/_control/faults")["known"]]

    def counters(self):
        return get_json(f"{self.url}/_control/requests")

    def forget_counters(self):
        request(f"{self.url}/_control/requests", "DELETE")


class Daemon(Program):
    """`tillwatch run`. The address is read from its log."""

    def __init__(self, config_file, *arguments, prefix=(), ready=True):
        self.config_file = pathlib.Path(config_file)
        log = self.config_file.parent / f"daemon-{time.monotonic_ns()}.log"
        super().__init__([*prefix, TILLWATCH, "run", "--config.file", config_file, *arguments], log)
        self._url = None
        if ready:
            self.wait_ready()

    @property
    def url(self):
        if self._url is None:
            found = re.search(r"listen.*?(127\.0\.0\.1:\d+)", self.output(), re.I)
            if not found:
                raise ValueError("no address in the log yet")
            self._url = f"http://{found.group(1)}"
        return self._url

    def wait_ready(self, seconds=60):
        def ready():
            if not self.alive():
                return True
            return request(f"{self.url}/-/ready")[0] == 200

        try:
            wait_until(ready, "the daemon is ready", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output()}") from None
        if not self.alive():
            raise AssertionError(f"the daemon ended with {self.process.wait()}:\n{self.output()}")

    def json(self, path):
        return get_json(self.url + path)

    def status(self, store="demo"):
        return next(s for s in self.json("/api/v1/status")["stores"] if s["store"] == store)

    def probe(self, name, store="demo"):
        return next(p for p in self.status(store)["probes"] if p["probe"] == name)

    def broken_minutes(self, store="demo"):
        return round(self.status(store)["zero_revenue_break"]["hours"] * 60)

    def breaks(self, store="demo"):
        return self.json(f"/api/v1/breaks?store={store}")["breaks"]

    def minutes(self, begin, end, store="demo", area="checkout"):
        """{minute since 1970: letter}"""
        answer = self.json(f"/api/v1/minutes?store={store}&area={area}"
                           f"&from={format_time(begin)}&to={format_time(end)}")
        first = int(parse_time(answer["from"])) // 60
        return {first + i: letter for i, letter in enumerate(answer["states"])}

    def metrics(self):
        """{'name{labels}': value}"""
        status, text = request(f"{self.url}/metrics")
        if status != 200:
            raise AssertionError(f"/metrics: {status}")
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
        return {series: float(value) for series, value in samples}

    def metric(self, name, **labels):
        """The sum of the series with these labels; KeyError where there is none."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        values = [value for series, value in self.metrics().items()
                  if re.split(r"[{ ]", series)[0] == name and all(w in series for w in wanted)]
        if not values:
            raise KeyError(f"{name} {wanted}")
        return sum(values)

    def reload(self):
        """(status, text) of POST /-/reload"""
        return request(f"{self.url}/-/reload", "POST", headers={"Authorization": f"Bearer {TOKEN}"})


def tillwatch(*arguments, environment=None, prefix=(), seconds=300):
    """A command of the program, run to its end."""
    return subprocess.run([*prefix, TILLWATCH, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=seconds, check=False,
                          env={**os.environ, **(environment or {})})


class EndToEnd(unittest.TestCase):
    """A temporary directory, and programs that end with the test."""

    maxDiff = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def demo_store(self, *arguments):
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        store = DemoStore(directory, *arguments)
        self.addCleanup(self._end, store)
        return store

    def daemon(self, config_file, *arguments, **options):
        daemon = Daemon(config_file, *arguments, **options)
        self.addCleanup(self._end, daemon)
        return daemon

    @staticmethod
    def _end(program):
        with contextlib.suppress(ProcessLookupError):
            if program.alive():
                program.kill()

    def write_config(self, config, name="tillwatch.yaml"):
        """JSON is YAML."""
        path = self.directory / name
        path.write_text(json.dumps(config, indent=2) + "\n")
        return path

    def config(self, *stores, every="2s", timeout="2s", retry="1s", **more):
        return {
            "web": {"listen_address": "127.0.0.1:0", "token": TOKEN},
            "ledger": {"path": str(self.directory / "ledger.db")},
            "defaults": {"every": every, "timeout": timeout,
                         "confirm": {"failures": 2, "retry": retry}},
            "stores": list(stores),
            **more,
        }


def shop(url, name="demo", probes=None, **more):
    """A store of the configuration."""
    if probes is None:
        probes = [{"name": "product", "type": "storefront"},
                  {"name": "cart", "type": "add_to_cart"},
                  {"name": "checkout", "type": "checkout", "needs": ["cart"]}]
    return {"name": name, "url": url, "platform": "shopify", "product": dict(PRODUCT),
            "probes": probes, **more}


def main():
    """For `if __name__ == "__main__"` of a test file. Exit code 77: everything was skipped."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and len(result.skipped) >= result.testsRun else 0)
