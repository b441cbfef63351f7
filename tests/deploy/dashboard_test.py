#!/usr/bin/env python3
"""deploy/grafana: the structure of the dashboard. Whether its queries return data: tests/e2e/prometheus_test.py."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "deploy/grafana"
BOARD = json.loads((HERE / "tillwatch.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


class DashboardTest(unittest.TestCase):
    def test_it_can_be_found_again(self):
        self.assertEqual((BOARD["uid"], BOARD["id"]), ("tillwatch", None))
        self.assertEqual([one["name"] for one in BOARD["templating"]["list"]], ["datasource", "store"])

    def test_ids_are_unique_and_titles_say_something(self):
        ids = [panel["id"] for panel in BOARD["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        titles = [panel["title"] for panel in BOARD["panels"]]
        self.assertEqual(len(titles), len(set(titles)))
        self.assertNotIn("", titles)

    def test_no_panel_lies_over_another_or_beside_the_grid(self):
        taken = {}
        for panel in BOARD["panels"]:
            grid = panel["gridPos"]
            self.assertLessEqual(grid["x"] + grid["w"], 24, panel["title"])
            for x in range(grid["x"], grid["x"] + grid["w"]):
                for y in range(grid["y"], grid["y"] + grid["h"]):
                    self.assertNotIn((x, y), taken, f'{panel["title"]} lies over {taken.get((x, y))}')
                    taken[x, y] = panel["title"]

    def test_every_query_goes_to_the_chosen_source(self):
        for panel in PANELS:
            self.assertEqual(panel["datasource"], SOURCE, panel["title"])
            self.assertTrue(panel["targets"], panel["title"])
            letters = [target["refId"] for target in panel["targets"]]
            self.assertEqual(len(letters), len(set(letters)), panel["title"])
            for target in panel["targets"]:
                self.assertEqual(target["datasource"], SOURCE, panel["title"])
                self.assertTrue(target["legendFormat"], panel["title"])

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_every_query_is_one(self):
        queries = [re.sub(r"\$__(rate_interval|range)", "5m", target["expr"])
                   for panel in PANELS for target in panel["targets"]]
        rules = [{"record": f"query:{i}", "expr": query} for i, query in enumerate(queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump({"groups": [{"name": "queries", "rules": rules}]}, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", "--lint=none", file.name], text=True,
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertFalse([query for query in queries if "$" in query.replace("$store", "")])

    def test_provisioning(self):
        source = yaml.safe_load((HERE / "provisioning/datasource.yaml").read_text())
        self.assertEqual(source["datasources"][0]["type"], "prometheus")
        provider = yaml.safe_load((HERE / "provisioning/dashboard.yaml").read_text())
        self.assertEqual(provider["providers"][0]["type"], "file")


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False, verbosity=2).result.wasSuccessful())
