"""MailDev 2.2.1 and 3.0.0: takes mail by SMTP, shows it over HTTP. Installed once, started empty each time."""

import pathlib
import shutil
import tempfile

from harness import request, wait_until
from mail import send_welcome
from node import find_node
from processes import Process, free_port, run
from stages import is_done, once

SOURCE = pathlib.Path(__file__).resolve().parent
# Version: its program, and where it lists its mails.
VERSIONS = {"2.2.1": ("maildev2/bin/maildev", "/email"),
            "3.0.0": ("maildev/dist/bin/maildev.js", "/api/email")}


class MailDev:
    def __init__(self, cache, version):
        self.packages = cache / "maildev"
        self.node = find_node(cache)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-maildev-"))
        self.port, self.smtp_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        program, self.list = VERSIONS[version]
        self.server = Process(
            [self.node.program, f"node_modules/{program}", "--ip", "127.0.0.1", "--web-ip",
             "127.0.0.1", "--web", self.port, "--smtp", self.smtp_port, "--mail-directory",
             self.directory / "mails"],
            self.directory / "log", cwd=self.packages, env=self.node.environment())
        wait_until(self._answers, "MailDev starts", 60, 0.2)

    def _answers(self):
        if not self.server.alive():
            raise RuntimeError(self.server.output()[-2000:])
        return request(self.url + self.list)[0] == 200

    def send(self, token, copies=1, message_id=None):
        send_welcome(self.smtp_port, token, copies, message_id)

    def close(self):
        self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def _inputs(cache):
    return [SOURCE / "package.json", str(cache), find_node(cache).version]


def is_installed(cache):
    directory = cache / "maildev"
    return directory.exists() and is_done(directory, "packages", _inputs(cache))


def install(cache):
    directory, node = cache / "maildev", find_node(cache)

    def packages():
        shutil.copy(SOURCE / "package.json", directory)
        run([*node.npm, "install", "--before=2026-10-15", "--ignore-scripts", "--omit=optional"],
            cache / "maildev.log", cwd=directory, env=node.environment())

    once(directory, "packages", _inputs(cache), packages)
