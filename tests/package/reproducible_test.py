#!/usr/bin/env python3
"""The same sources in another folder, built anew, give the same package, byte by byte. PACKAGE names the first one."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from harness import main  # noqa: E402

PACKAGE = pathlib.Path(os.environ.get("PACKAGE", ""))


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.deb")}


class ReproducibleTest(unittest.TestCase):
    def test_another_tree_gives_the_same_bytes(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-again-", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        tree = folder / "a tree elsewhere"
        tracked = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True,
                                 text=True).stdout
        for name in filter(None, tracked.split("\0")):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
        built = subprocess.run([tree / "deploy/package"], check=False, capture_output=True, text=True,
                               stdin=subprocess.DEVNULL,
                               # The compiler itself, and another day, zone and language.
                               env={**os.environ, "CCACHE_DISABLE": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"})
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        self.assertEqual(digests(tree / "build/release/package"), digests(PACKAGE.parent))


if __name__ == "__main__":
    main()
