#!/usr/bin/env python3
"""The end of tests/run: adds up what the stages found.

summary.py RESULTS_DIR SECONDS; RESULTS_DIR holds stages.tsv, ctest's NAME.xml and ccache's log of what
it had. A stage without ctest (style, a build) counts as one test.
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


def warmth(log):
    """Whether the compiler or its cache did the work."""
    results = [line.strip() for line in log.read_text().splitlines()] if log.exists() else []
    had = sum(line in ("direct_cache_hit", "preprocessed_cache_hit") for line in results)
    made = results.count("cache_miss")
    return f"ccache had {100 * had // (had + made)}% of {had + made} objects" if had + made else "nothing through ccache"


def print_stages(stages, log):
    print(f"\n=== Where the time went ({warmth(log)}; stages go side by side)")
    for _, _, seconds, heading in sorted(stages, key=lambda stage: -int(stage[2])):
        print(f"{int(seconds):6} s  {heading}")


def main(results, seconds):
    results = pathlib.Path(results)
    total = Total()
    stages = [line.split("\t") for line in (results / "stages.tsv").read_text().splitlines()]
    print_stages(stages, results / "ccache.log")
    print("\n=== Result")
    for kind, result, _, heading in stages:
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
