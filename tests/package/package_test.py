#!/usr/bin/env python3
"""The package's own words: reproducible, documented, locked in. PACKAGE and BUILD name it and its build tree."""

import gzip
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from harness import main  # noqa: E402

PACKAGE = pathlib.Path(os.environ.get("PACKAGE", ""))
BUILD = pathlib.Path(os.environ.get("BUILD", ""))


def run(*command, check=True, **options):
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, **options)
    if check and finished.returncode:
        raise AssertionError(f"{command}: {finished.returncode}\n{finished.stdout}{finished.stderr}")
    return finished


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class PackageTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.tree = cls.folder / "tree"
        run("dpkg-deb", "-x", PACKAGE, cls.tree)
        cls.program = cls.tree / "usr/bin/tillwatch"
        cls.path = f"{cls.program.parent}:{os.environ['PATH']}"

    def helps(self, words=()):
        """{words of a command: its --help}, below `words` too."""
        text = run(self.program, *words, "--help").stdout
        found = {words: text}
        for name in self.subcommands(text):
            found.update(self.helps((*words, name)))
        return found

    @staticmethod
    def subcommands(text):
        block = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
        return re.findall(r"^  ([a-z_-]+)", block.group(1), re.M) if block else []

    @staticmethod
    def options(text):
        return re.findall(r"^  (?:-h,)?(--[a-z.-]+)", text, re.M)

    # --- reproducible

    def test_another_packing_gives_the_same_bytes(self):
        changelog = ROOT / "deploy/debian/changelog"
        epoch = run("dpkg-parsechangelog", "-l", changelog, "-S", "Timestamp").stdout.strip()
        again = self.folder / "again"
        run("cpack", "-G", "DEB", "-B", again, cwd=BUILD,
            env={**os.environ, "SOURCE_DATE_EPOCH": epoch, "TZ": "Asia/Tokyo", "LC_ALL": "C"})
        self.assertEqual([digest(one) for one in again.glob("*.deb")], [digest(PACKAGE)])

    def test_no_path_of_the_build_is_in_the_program(self):
        self.assertNotIn(str(ROOT).encode() + b"/", self.program.read_bytes())

    def test_cmake_installs_what_the_package_holds(self):
        staged = self.folder / "staged"
        run("cmake", "--install", BUILD, "--strip", env={**os.environ, "DESTDIR": str(staged)})

        def files(top):
            return sorted(str(path.relative_to(top)) for path in top.rglob("*"))

        self.assertEqual(files(staged), files(self.tree))

    def test_the_schema_is_where_the_example_says(self):
        first = (self.tree / "etc/tillwatch/tillwatch.yaml").read_text().splitlines()[0]
        named = self.tree / re.search(r"\$schema=/(.*)", first).group(1)
        self.assertEqual(named.read_bytes(), (ROOT / "config/schema/tillwatch.schema.json").read_bytes())

    # --- the unit

    def test_the_unit_is_locked_in_and_right(self):
        unit = self.tree / "lib/systemd/system/tillwatch.service"
        told = run("systemd-analyze", "security", "--offline=yes", unit).stdout
        score = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", told).group(1))
        self.assertLessEqual(score, 1.3, told)
        verified = run("systemd-analyze", "verify", "--man=no", f"--root={self.rooted()}",
                       "tillwatch.service", check=False)
        ours = [line for line in verified.stderr.splitlines() if "tillwatch" in line]
        self.assertEqual(ours, [])

    def rooted(self):
        """The package's files with the targets that its unit names."""
        root = self.folder / "root"
        if not root.exists():
            shutil.copytree(self.tree, root)
            shutil.copytree("/lib/systemd/system", root / "lib/systemd/system", symlinks=True,
                            dirs_exist_ok=True)
        return root

    # --- manuals

    def test_manuals_render_without_warnings(self):
        pages = sorted(self.tree.glob("usr/share/man/man*/*.gz"))
        self.assertEqual([page.name for page in pages], ["tillwatch.1.gz", "tillwatch.yaml.5.gz"])
        for page in pages:
            plain = self.folder / page.stem
            plain.write_bytes(gzip.decompress(page.read_bytes()))
            lint = run("mandoc", "-T", "lint", "-W", "warning", plain, check=False)
            self.assertEqual((lint.stdout, lint.returncode), ("", 0))

    def read(self, page):
        text = run("mandoc", "-T", "utf8", "-O", "width=500", page).stdout
        return re.sub(r".\x08", "", text)

    def test_every_command_and_option_is_in_the_manual(self):
        text = self.read(self.tree / "usr/share/man/man1/tillwatch.1.gz")
        for words, told in self.helps().items():
            if not words:
                continue
            heading = re.compile(rf"^   {' '.join(words)}\b.*\n((?:     .*\n|\n)*)", re.M)
            self.assertRegex(text, heading)
            section = heading.search(text).group(1)
            for option in self.options(told):
                if option != "--help":
                    self.assertIn(option, section, words)

    def test_every_key_is_in_the_manual(self):
        text = self.read(self.tree / "usr/share/man/man5/tillwatch.yaml.5.gz")
        for key in ("web.token", "ledger.path", "monitor.canary", "include", "maintenance", "needs", "classify",
                    "cleanup", "confirm.failures", "period", "max_shrink"):
            self.assertRegex(text, rf"(?m)(^|[ ,]){re.escape(key)}\b", key)

    # --- completions

    def completed(self, shell, line):
        """What the shell offers at the end of the line."""
        share = self.tree / "usr/share"
        if shell == "bash":
            script = ('. /usr/share/bash-completion/bash_completion; . "$1"; COMP_LINE=$2; COMP_POINT=${#2}; '
                      'read -ra COMP_WORDS <<<"$2"; [[ $2 == *" " ]] && COMP_WORDS+=(""); '
                      'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tillwatch; printf "%s\\n" "${COMPREPLY[@]}"')
            command = ["bash", "-c", script, "bash", share / "bash-completion/completions/tillwatch", line]
        elif shell == "fish":
            command = ["fish", "--no-config", "-c", f"source '{share}/fish/vendor_completions.d/tillwatch.fish'; "
                       f"complete -C '{line}'"]
        else:
            script = ('words=(${=2}); [[ $2 == *" " ]] && words+=(""); CURRENT=$#words; '
                      'compadd() { [[ $1 == -- ]] && shift; print -l -- "$@" }; . "$1"')
            command = ["zsh", "-f", "-c", script, "zsh", share / "zsh/vendor-completions/_tillwatch", line]
        told = run(*command, env={**os.environ, "PATH": self.path, "HOME": str(self.folder)})
        self.assertEqual(told.stderr, "")
        return {one.split("\t")[0] for one in told.stdout.splitlines() if one}

    def test_completions_offer_what_there_is(self):
        for shell in ("bash", "zsh", "fish"):
            for words, told in self.helps().items():
                line = " ".join(["tillwatch", *words])
                with self.subTest(shell=shell, line=line):
                    self.assertEqual(set(self.options(told)) - self.completed(shell, f"{line} --"), set())
                    self.assertEqual(set(self.subcommands(told)) - self.completed(shell, f"{line} "), set())
            with self.subTest(shell=shell):
                self.assertEqual(self.completed(shell, "tillwatch run --log.format "), {"logfmt", "json"})
                self.assertIn("shopify", self.completed(shell, "tillwatch platforms show "))


if __name__ == "__main__":
    main()
