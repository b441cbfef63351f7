"""Node.js and npm: the machine's where they will do, else the npm package of Node.js itself.

better-sqlite3 is compiled against Node.js's own headers, so they must be there as well.
"""

import os
import pathlib
import platform
import re
import shutil
import subprocess

from processes import run

NEEDED = 20  # the oldest major version that both stores take
BROUGHT = "22"
NPM = "10"


class Node:
    """`program`: node. `npm`: the command line that runs npm. `headers`: the prefix of include/."""

    def __init__(self, program, npm, headers):
        self.program = str(program)
        self.version = _version(program)
        self.npm = npm
        self.headers = headers

    def environment(self, **more):
        """For npm and for the programs that it runs: this node first on the path."""
        directory = str(pathlib.Path(self.program).parent)
        return {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}",
                "npm_config_nodedir": str(self.headers), "npm_config_audit": "false",
                "npm_config_fund": "false", "npm_config_update_notifier": "false", **more}


def _version(program):
    words = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return words.stdout.strip().lstrip("v")


def _headers_version(prefix):
    header = pathlib.Path(prefix, "include/node/node_version.h")
    if not header.exists():
        return None
    numbers = [re.search(rf"#define NODE_{part}_VERSION (\d+)", header.read_text()).group(1)
               for part in ("MAJOR", "MINOR", "PATCH")]
    return ".".join(numbers)


def _of_the_machine():
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm or int(_version(program).split(".")[0]) < NEEDED:
        return None
    prefix = pathlib.Path(program).resolve().parent.parent
    if _headers_version(prefix) != _version(program):
        return None
    return Node(program, [npm], prefix)


def _brought(cache):
    """Debian's npm fetches a newer node and the npm that suits it; neither has install scripts."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    directory = cache / "node"
    package = directory / f"node_modules/node-linux-{machine}"
    npm = directory / "node_modules/npm/bin/npm-cli.js"
    if not (package / "bin/node").exists() or not npm.exists():
        if not shutil.which("npm"):
            raise RuntimeError("npm is missing: apt-get install npm")
        directory.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--prefix", directory, "--no-audit", "--no-fund",
             f"node-linux-{machine}@{BROUGHT}", f"npm@{NPM}"], cache / "node.log")
    program = package / "bin/node"
    return Node(program, [str(program), str(npm)], package)


def find_node(cache):
    return _of_the_machine() or _brought(cache)
