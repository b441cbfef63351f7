#!/usr/bin/env python3
"""Every command and every configuration of README.md works.

```yaml blocks are configurations; ```sh blocks are commands, a line each (a trailing \\ joins). The
commands run in a folder that holds the first configuration under the name that they use, with the
store's address turned to a demo store, and with secrets that somebody made up.
"""

import os
import pathlib
import re
import shlex
import subprocess
import unittest

from harness import EndToEnd, main, request, tillwatch

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


def blocks(text, kind):
    """The fenced blocks whose first word is `kind`, with the line that they begin at."""
    found = []
    for match in re.finditer(r"^```(\w+)[^\n]*\n(.*?)^```\s*$", text, re.M | re.S):
        if match.group(1) == kind:
            found.append((text.count("\n", 0, match.start()) + 1, match.group(2)))
    return found


def commands(text):
    for line, block in blocks(text, "sh"):
        for command in block.replace("\\\n", " ").splitlines():
            words = shlex.split(command, comments=True)
            if words:
                yield line, words


class ExtractorTest(unittest.TestCase):
    def test_blocks_and_commands(self):
        text = "a\n```yaml config\nweb: {}\n```\n\n```sh\n# no\nx 'y z' \\\n  w # why\n\nv\n```\n"
        self.assertEqual(blocks(text, "yaml"), [(2, "web: {}\n")])
        self.assertEqual([words for _, words in commands(text)], [["x", "y z", "w"], ["v"]])


@unittest.skipUnless(README.exists(), "there is no README.md yet")
class ReadmeTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.text = README.read_text()
        self.store = self.demo_store()
        self.environment = self.secrets()
        self.configs = [(line, text) for line, text in blocks(self.text, "yaml")]

    def secrets(self):
        credentials = self.directory / "credentials"
        credentials.mkdir()
        for name in re.findall(r"\$\{credential:(\w+)\}", self.text):
            (credentials / name).write_text(f"a-made-up-{name}\n")
        environment = {name: f"a-made-up-{name}"
                       for name in re.findall(r"\$\{env:(\w+)\}", self.text)}
        return {**environment, "CREDENTIALS_DIRECTORY": str(credentials)}

    def here(self, text):
        """The configuration with everything that points outside turned to this folder."""
        text = text.replace("/var/lib/tillwatch", str(self.directory))
        return re.sub(r"127\.0\.0\.1:9889", "127.0.0.1:0", text)

    def test_there_is_something_to_test(self):
        self.assertTrue(self.configs, "no ```yaml block")
        self.assertTrue(list(commands(self.text)), "no ```sh block")

    def test_every_config_is_valid(self):
        for line, text in self.configs:
            with self.subTest(line=line):
                path = self.directory / f"line-{line}.yaml"
                path.write_text(self.here(text))
                finished = tillwatch("validate", "--config.file", path,
                                     environment=self.environment)
                self.assertEqual(finished.returncode, 0, finished.stderr)

    def test_every_command_works(self):
        for line, words in commands(self.text):
            with self.subTest(line=line, command=" ".join(words)):
                self.run_command(words)

    def run_command(self, words):
        name = words[0]
        if name in ("deploy/quickstart", "deploy/package", "tests/run", ".ci/run"):
            self.assertTrue(os.access(ROOT / name, os.X_OK), f"{name} is a program")
        elif name.split("/")[-1] == "tillwatch":
            self.run_tillwatch(words[1:])
        elif name == "curl":
            self.run_curl(words)
        elif name not in ("git", "cd", "apt-get", "systemctl", "cmake", "ninja", "ctest"):
            self.fail(f"readme_test.py does not know how to run {name}")

    def config_for(self, words):
        """The words with the config file in this folder, and the first configuration in it."""
        config = None
        words = list(words)
        for i, word in enumerate(words):
            option, equals, value = word.partition("=")
            if option != "--config.file":
                continue
            config = self.directory / pathlib.Path(value if equals else words[i + 1]).name
            config.write_text(self.here(self.configs[0][1]))
            if equals:
                words[i] = f"--config.file={config}"
            else:
                words[i + 1] = str(config)
        return words, config

    def run_tillwatch(self, words):
        words, config = self.config_for(words)
        command = next((word for word in words if not word.startswith("-")), "")
        if command == "run":
            daemon = self.daemon_with(config)
            self.assertEqual(daemon.stop(), 0)
            return
        if command == "check" and not any(word.startswith("store.url=") for word in words):
            words += ["--set", f"store.url={self.store.url}"]
        words = [re.sub(r"^store\.url=.*", f"store.url={self.store.url}", word) for word in words]
        finished = tillwatch(*words, environment=self.environment)
        self.assertEqual(finished.returncode, 0, finished)

    def daemon_with(self, config):
        os.environ.update(self.environment)
        return self.daemon(config)

    def run_curl(self, words):
        _, config = self.config_for(["--config.file", "curl.yaml"])
        daemon = self.daemon_with(config)
        words = [re.sub(r"(http://)?127\.0\.0\.1:9889", daemon.url, word) for word in words]
        finished = subprocess.run([*words, "--fail", "--silent", "--show-error"],
                                  capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(finished.returncode, 0, finished)
        self.assertEqual(request(f"{daemon.url}/-/healthy")[0], 200)
        daemon.stop()


if __name__ == "__main__":
    main()
