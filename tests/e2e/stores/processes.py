"""Programs that the tests start: each in a process group of its own, stopped by its id."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A running program and everything that it starts."""

    def __init__(self, command, log, cwd=None, env=None):
        self.command = [str(part) for part in command]
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            self._child = subprocess.Popen(
                self.command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def pid(self):
        return self._child.pid

    def alive(self):
        return self._child.poll() is None

    def send(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def pause(self):
        self.send(signal.SIGSTOP)

    def resume(self):
        self.send(signal.SIGCONT)

    def wait(self, seconds):
        return self._child.wait(seconds)

    def stop(self, number=signal.SIGTERM, seconds=10):
        """Ends the whole group: politely first, also the children that outlive their parent."""
        self.send(number)
        self.resume()
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        self.send(signal.SIGKILL)
        self._child.wait()
        return self._child.returncode

    def output(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def run(command, log, cwd=None, env=None, seconds=600):
    """One program to its end; its last words in the exception where it fails."""
    with open(log, "ab") as output:
        finished = subprocess.run(
            [str(part) for part in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, timeout=seconds, check=False)
    if finished.returncode != 0:
        words = pathlib.Path(log).read_text(errors="replace")[-3000:]
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {finished.returncode}\n{words}")
