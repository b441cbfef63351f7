#!/usr/bin/env python3
"""The end of tests/run: adds up what the stages found.

summary.py RESULTS_DIR SECONDS; RESULTS_DIR holds stages.tsv and ctest's NAME.xml. A stage without
ctest (style, a build) counts as one test.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


class Total:
    passed = failed = skipped = 0

    def add_check(self, result, heading):
        if result == "passed":
            self.passed += 1
        else:
            self.failed += 1
            print(f"failed: {heading}")

    def add_tests(self, path, result, heading):
        failed_before = self.failed
        cases = list(xml.parse(path).getroot().iter("testcase")) if path.exists() else []
        for case in cases:
            name = f"{path.stem}: {case.get('name')}"
            if case.get("status") == "fail":
                self.failed += 1
                print(f"failed: {name}")
            elif case.get("status") == "run":
                self.passed += 1
            else:
                self.skipped += 1
                print(f"skipped: {name}")
        if result != "passed" and self.failed == failed_before:
            self.add_check(result, heading)


def main(results, seconds):
    results = pathlib.Path(results)
    total = Total()
    print("\n=== Result")
    for line in (results / "stages.tsv").read_text().splitlines():
        kind, result, heading = line.split("\t")
        if kind == "check":
            total.add_check(result, heading)
        else:
            total.add_tests(results / f"{kind}.xml", result, heading)
    ran = total.passed + total.failed
    print(f"{100 * total.passed // max(ran, 1)}% tests passed, {total.failed} tests failed out of"
          f" {ran}; {total.skipped} skipped; {int(seconds) // 60} min {int(seconds) % 60} s")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
