#!/usr/bin/env python3
"""deploy/prometheus: what promtool says of it, and that nothing in it goes without a test or a section of the manual."""

import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "deploy/prometheus"
RULES = yaml.safe_load((HERE / "tillwatch.rules.yaml").read_text())
TESTS = [test for file in HERE.glob("*_test.yaml")
         for test in yaml.safe_load(file.read_text())["tests"]]


def rules(kind):
    return {rule[kind]: rule for group in RULES["groups"] for rule in group["rules"] if kind in rule}


def anchors(text):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.M)}


def known_metrics():
    families = (ROOT / "daemon/metrics/families.cpp").read_text()
    return set(re.findall(r'\{"((?:tillwatch|process)_\w+)", (?:gauge|counter|histogram),', families))


class CompletenessTest(unittest.TestCase):
    def expectations(self):
        """(expression, whether anything is expected) of all tests."""
        for test in TESTS:
            for one in test.get("promql_expr_test", []):
                yield one["expr"], bool(one["exp_samples"])

    def test_every_alert_is_seen_firing_and_silent(self):
        seen = {(re.search(r'alertname="(\w+)"', expr).group(1), fires)
                for expr, fires in self.expectations() if "ALERTS{" in expr}
        for alert in rules("alert"):
            self.assertIn((alert, True), seen, f"{alert} is never seen to fire")
            self.assertIn((alert, False), seen, f"{alert} is never seen to be silent")
        self.assertEqual({name for name, _ in seen}, set(rules("alert")))

    def test_every_record_is_seen_with_a_value_and_without(self):
        for record in rules("record"):
            seen = {found for expr, found in self.expectations()
                    if re.search(re.escape(record) + r"(?!\w)", expr)}
            self.assertEqual(seen, {True, False}, record)

    def test_every_alert_has_its_section_in_the_manual(self):
        for name, rule in rules("alert").items():
            self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"), name)
            self.assertLessEqual({"summary", "description", "runbook"}, set(rule["annotations"]), name)
            file, anchor = rule["annotations"]["runbook"].split("#")
            self.assertEqual(anchor, name.lower())
            self.assertIn(anchor, anchors((ROOT / file).read_text()), name)

    def test_every_metric_of_the_rules_is_one_of_the_daemon(self):
        used = {metric for kind in ("alert", "record") for rule in rules(kind).values()
                for metric in re.findall(r"\btillwatch_\w+", rule["expr"])}
        self.assertGreater(len(used), 10)
        self.assertLessEqual(used, known_metrics())

    def test_the_job_is_the_one_of_the_scrape_config(self):
        config = yaml.safe_load((HERE / "prometheus.yaml").read_text())
        self.assertEqual([job["job_name"] for job in config["scrape_configs"]], ["tillwatch"])
        self.assertEqual(config["rule_files"], ["tillwatch.rules.yaml"])
        for rule in rules("alert").values():
            self.assertLessEqual(set(re.findall(r'job="(\w+)"', rule["expr"])), {"tillwatch"})


@unittest.skipUnless(shutil.which("promtool"), "promtool (Debian package prometheus) is not installed")
class PromtoolTest(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], cwd=HERE, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_lint(self):
        self.promtool("check", "rules", "--lint=all", "--lint-fatal", "tillwatch.rules.yaml")

    def test_config(self):
        self.promtool("check", "config", "prometheus.yaml")

    def test_rules(self):
        self.promtool("test", "rules", *sorted(file.name for file in HERE.glob("*_test.yaml")))


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False, verbosity=2).result.wasSuccessful())
