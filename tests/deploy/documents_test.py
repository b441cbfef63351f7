#!/usr/bin/env python3
"""The manuals lead to files and sections that exist; the CI job calls what README.md tells people to call."""

import pathlib
import re
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANUALS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md", "daemon/README.md",
           "deploy/README.md", "probes/README.md", "tests/README.md"]


def anchors(text):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.M)}


class LinksTest(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        for manual in MANUALS:
            file = ROOT / manual
            for link in re.findall(r"\]\(([^)\s]+)\)", file.read_text()):
                if link.startswith("http"):
                    continue
                path, _, anchor = link.partition("#")
                target = (file.parent / path).resolve() if path else file
                with self.subTest(manual=manual, link=link):
                    self.assertTrue(target.exists())
                    if anchor and target.suffix == ".md":
                        self.assertIn(anchor, anchors(target.read_text()))

    def test_every_file_of_the_operations_manual_exists(self):
        text = (ROOT / "deploy/README.md").read_text()
        files = re.findall(r"`((?:prometheus|grafana|alertmanager|proxy)/[\w./]*)`", text)
        self.assertGreater(len(files), 6)
        for name in files:
            self.assertTrue((ROOT / "deploy" / name).exists(), name)


class ContinuousIntegrationTest(unittest.TestCase):
    def test_it_calls_the_commands_of_the_readme(self):
        workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yaml").read_text())
        scripts, actions = "", set()
        for job in workflow["jobs"].values():
            self.assertEqual(job["container"], "debian:12")
            self.assertIn("timeout-minutes", job)
            for step in job["steps"]:
                scripts += step.get("run", "") + "\n"
                actions.add(step.get("uses", "").partition("@")[0])
        self.assertEqual(actions - {""}, {"actions/checkout"})
        readme = (ROOT / "README.md").read_text()
        for command in ("deploy/quickstart", "deploy/quickstart --break", "tests/run"):
            self.assertRegex(readme, rf"(?m)^{command}$")
            self.assertRegex(scripts, rf"(?m)^{command}(?: &)?$")


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False, verbosity=2).result.wasSuccessful())
