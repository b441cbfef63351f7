"""A Debian 12 of its own in a container: made from the archive, booted with systemd, ended by its id."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import wait_until  # noqa: E402

BASE = ["systemd", "systemd-sysv"]


def why_not():
    """Why there can be no container here; empty where there can."""
    for program in ("mmdebstrap", "systemd-nspawn", "nsenter"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if os.geteuid() != 0:
        return "only root can boot a container"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "true"],
                           capture_output=True, text=True, check=False)
    return f"the kernel forbids it: {tried.stderr.strip()}" if tried.returncode else ""


def depends(package):
    """The names of what a package needs."""
    told = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, capture_output=True,
                          text=True).stdout
    return [one.split("|")[0].split()[0] for one in told.replace("\n", " ").split(",")]


def pristine(packages):
    """A tar of a Debian 12 with these packages, made from the archive at most once a week."""
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    names = ",".join(BASE + packages)
    week = int(time.time()) // (7 * 86400)
    tar = home / "tillwatch" / f"debian-12-{hashlib.sha256(f'{week} {names}'.encode()).hexdigest()[:12]}.tar"
    if not tar.exists():
        tar.parent.mkdir(parents=True, exist_ok=True)
        for old in tar.parent.glob("debian-12-*.tar"):
            old.unlink(missing_ok=True)
        new = tar.with_suffix(f".{os.getpid()}")
        made = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={names}", "--format=tar",
                               "bookworm", new], capture_output=True, text=True, check=False)
        if made.returncode:
            new.unlink(missing_ok=True)
            raise RuntimeError(f"mmdebstrap: {made.stderr[-2000:]}")
        new.rename(tar)
    return tar


class Machine:
    def __init__(self, packages):
        tar = pristine(packages)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-machine-", dir="/var/tmp"))
        self.root = self.folder / "root"
        self.root.mkdir()
        self.process = None
        self.leader = None
        subprocess.run(["tar", "-C", self.root, "--xattrs", "--xattrs-include=*", "-xpf", tar], check=True)
        for unit in ("apt-daily.timer", "apt-daily-upgrade.timer", "systemd-networkd-wait-online.service"):
            (self.root / "etc/systemd/system" / unit).symlink_to("/dev/null")

    def boot(self):
        tried = subprocess.run(["systemd-nspawn", "-D", self.root, "--register=no", "--keep-unit", "--private-network",
                                "--quiet", "--pipe", "true"], capture_output=True, text=True, check=False,
                               stdin=subprocess.DEVNULL)
        if tried.returncode:
            raise unittest.SkipTest(f"systemd-nspawn can start nothing here: {tried.stderr.strip()}")
        self.log = open(self.folder / "console", "wb")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-D", self.root, "--boot", "--register=no", "--keep-unit",
             "--private-network", "--machine=tillwatch-test", "--quiet", "--console=pipe"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

        def settled():
            if self.process.poll() is not None:
                return True
            self.leader = self.first_child()
            state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
            return state in ("running", "degraded")

        wait_until(settled, "the container has booted", 120, 0.3)
        if self.process.poll() is not None:
            raise RuntimeError(f"it does not boot:\n{self.console()}")

    def first_child(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text().split()[0])

    def console(self):
        return (self.folder / "console").read_text(errors="replace")[-3000:]

    def run(self, *command, check=True, text=None):
        """A command inside, as root."""
        finished = subprocess.run(
            ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "--root", "--wd=/", "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", *map(str, command)],
            capture_output=True, text=True, check=False, input=text, timeout=300)
        if check and finished.returncode:
            raise AssertionError(f"{command}: {finished.returncode}\n{finished.stdout}{finished.stderr}")
        return finished

    def get(self, url):
        """The host's curl in the container's network."""
        finished = subprocess.run(["nsenter", "-t", str(self.leader), "-n", "curl", "-s", "--max-time", "10", url],
                                  capture_output=True, text=True, check=False)
        if finished.returncode:
            raise OSError(f"{url}: curl {finished.returncode}")
        return finished.stdout

    def get_json(self, url):
        return json.loads(self.get(url))

    def show(self, *properties, unit="tillwatch"):
        told = self.run("systemctl", "show", unit, *(f"-p{name}" for name in properties)).stdout
        return dict(line.split("=", 1) for line in told.splitlines())

    def write(self, path, text, mode=0o644):
        inside = self.root / path.lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_text(text)
        inside.chmod(mode)

    def journal(self, unit="tillwatch"):
        return self.run("journalctl", "-u", unit, "--no-pager", "-o", "json").stdout

    def end(self):
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)  # systemd-nspawn passes on a clean power-off
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                os.kill(self.leader, signal.SIGKILL)
                self.process.kill()
                self.process.wait()
        if self.process is not None:
            self.log.close()
        self.remove()

    def remove(self):
        for _ in range(20):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.2)
