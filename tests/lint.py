#!/usr/bin/env python3
"""Rules of the house that no compiler checks.

- GCC 12 miscompiles coroutines: in a full expression that contains co_await there must be no
  brace-initialised temporary, no capturing lambda, no ?: and no throw.
- Dependencies point one way: daemon -> probes -> config, and inside daemon as MAY_NOT_INCLUDE says.
- Beast is expensive to compile: only the files listed here include it.
- Every header says #pragma once.

tests/lint.py [FILE...]; without files, everything that git tracks. `// lint: ok` excuses a line.
tests/lint.py --self-test shows each rule what it is there for.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEAST_ALLOWED = re.compile(r"^(tests/|daemon/web)")
# What files of a folder may not include, but for what is in the last column.
MAY_NOT_INCLUDE = [
    ("config/", ["probes/", "daemon/", "tests/"], []),
    ("probes/", ["daemon/", "tests/"], []),
    ("daemon/", ["tests/"], []),
    # The ledger knows nobody; who is told and what systemd hears do not know the web.
    ("daemon/ledger/", ["daemon/"], ["daemon/ledger/"]),
    ("daemon/alerts/", ["daemon/web/", "daemon/metrics/"], []),
    ("daemon/service/", ["daemon/web/"], []),
    # The line goes one way: the runner knows no ledger, the recorder no subscriber, and no subscriber asks back.
    ("daemon/schedule/", ["daemon/"], ["daemon/schedule/", "daemon/ledger/timeline.h"]),
    ("daemon/record/", ["daemon/"], ["daemon/record/", "daemon/schedule/", "daemon/ledger/", "daemon/log.h"]),
    ("daemon/alerts/", ["daemon/record/recorder.h", "daemon/ledger/ledger.h"], []),
    ("daemon/metrics/", ["daemon/record/recorder.h", "daemon/ledger/ledger.h"], []),
    # How a configuration is read is config's own; others have the values.
    ("probes/", ["config/grammar/", "config/yaml/"], []),
    ("daemon/", ["config/grammar/", "config/yaml/"], []),
    # It prints a platform's file as it stands.
    ("daemon/commands/platforms.cpp", [], ["config/yaml/files.h"]),
]
COROUTINE_HAZARDS = [
    (re.compile(r"\[[^\]\[]*[=\w][^\]\[]*\]\s*(\([^)]*\))?[^;{]*\{"), "a capturing lambda"),
    (re.compile(r"(?<![<:?])\?(?![?>])[^;]*:"), "?:"),
    (re.compile(r"\bthrow\b"), "throw"),
    (re.compile(r"[({,]\s*(?:[\w:]+(?:<[^;{}]*>)?)?\{"), "a brace-initialised temporary"),
]


def without_comments_and_strings(text):
    """The code alone, with as many lines as before."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)

    def blank(match):
        token = match.group(0)
        return ('""' if token[0] in 'R"' else "") + "\n" * token.count("\n")

    return pattern.sub(blank, text)


def statement_around(code, at):
    """The full expression that holds the co_await at `at`: back and forth to a ; or a block."""
    begin = at
    depth = 0
    while begin > 0:
        c = code[begin - 1]
        if c in ")]" or (c == "}" and code[begin] in ",)."):
            depth += 1
        elif c in "([" or (c == "{" and depth > 0):
            depth -= 1
        elif c in ";}" and depth <= 0:
            break
        elif c == "{" and code[begin - 2] in " \n":  # a block; an initialiser has no space before
            break
        begin -= 1
    end = at
    depth = 0
    while end < len(code):
        c = code[end]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == ";" and depth <= 0:
            break
        if depth < 0 and c == "}":
            break
        end += 1
    # `if (co_await x) {` ends where its block begins.
    head = re.match(r"\s*(?:else\s+)?(?:if|while|switch|for)\b", code[begin:end])
    if head:
        depth = 0
        for i in range(begin, end):
            depth += {"(": 1, ")": -1}.get(code[i], 0)
            if code[i] == ")" and depth == 0:
                end = min(end, max(i + 1, at))
                if i >= at:
                    break
    return begin, end


def coroutine_problems(code, lines):
    seen = set()
    for match in re.finditer(r"\bco_await\b", code):
        begin, end = statement_around(code, match.start())
        if (begin, end) in seen:
            continue
        seen.add((begin, end))
        statement = code[begin:end]
        first = code.count("\n", 0, match.start()) + 1
        if any("lint: ok" in line for line in lines[first - 1 : first + statement.count("\n")]):
            continue
        for pattern, what in COROUTINE_HAZARDS:
            if pattern.search(statement):
                yield first, f"{what} in one expression with co_await (GCC 12 miscompiles that)"


def forbidding_folder(path, included):
    """The folder of the table whose files may not include it; None where `path` may."""
    rows = [row for row in MAY_NOT_INCLUDE if path.startswith(row[0])]
    if any(included.startswith(tuple(allowed)) for _, _, allowed in rows):
        return None
    return next((folder for folder, forbidden, _ in rows if included.startswith(tuple(forbidden))),
                None)


def include_problems(path, lines):
    for number, line in enumerate(lines, 1):
        include = re.match(r'#include "([^"]+)"', line)
        folder = include and forbidding_folder(path, include[1])
        if folder:
            yield number, f"{folder} must not include {include[1]}"
        if "#include <boost/beast" in line and not BEAST_ALLOWED.match(path):
            yield number, "Beast costs 15 s and 700 MB to compile: keep it in the files that have it"


def problems(path, text):
    lines = text.split("\n")
    yield from include_problems(path, lines)
    if path.endswith(".h") and "#pragma once" not in text:
        yield 1, "#pragma once is missing"
    yield from coroutine_problems(without_comments_and_strings(text), lines)


def self_test():
    """A line of each file that is a problem, or is none."""
    bad = [
        ("config/steps.h", '#include "probes/clock.h"'),
        ("config/steps.h", '#include "daemon/log.h"'),
        ("config/steps.h", '#include "tests/daemon/fake_clock.h"'),
        ("probes/run.cpp", '#include "daemon/log.h"'),
        ("probes/run.cpp", '#include "tests/probes/prober.h"'),
        ("probes/run.cpp", '#include "config/grammar/store.h"'),
        ("probes/run.cpp", '#include "config/yaml/text.h"'),
        ("daemon/log.cpp", '#include "tests/daemon/fake_clock.h"'),
        ("daemon/ledger/disk/rows.h", '#include "daemon/alerts/condition.h"'),
        ("daemon/ledger/ledger.h", '#include "daemon/log.h"'),
        ("daemon/alerts/alerts.h", '#include "daemon/web/http.h"'),
        ("daemon/alerts/alerts.h", '#include "daemon/metrics/metrics.h"'),
        ("daemon/alerts/watch.cpp", '#include "daemon/record/recorder.h"'),
        ("daemon/metrics/feed.cpp", '#include "daemon/ledger/ledger.h"'),
        ("daemon/schedule/runner.h", '#include "daemon/ledger/ledger.h"'),
        ("daemon/record/recorder.h", '#include "daemon/alerts/alerts.h"'),
        ("daemon/service/status.h", '#include "daemon/web/http.h"'),
        ("daemon/web/api.cpp", '#include "config/grammar/store.h"'),
        ("daemon/web/api.cpp", '#include "config/yaml/text.h"'),
        ("daemon/commands/platforms.cpp", '#include "config/yaml/text.h"'),
        ("daemon/log.cpp", "#include <boost/beast/http.hpp>"),
        ("daemon/log.cpp", "void f() { co_await f({}); }"),
    ]
    good = [
        ("config/steps.h", '#include "config/yaml/text.h"'),
        ("probes/run.cpp", '#include "config/config.h"'),
        ("daemon/ledger/ledger.h", '#include "daemon/ledger/disk/rows.h"'),
        ("daemon/ledger/ledger.h", '#include "probes/clock.h"'),
        ("daemon/alerts/alerts.h", '#include "daemon/ledger/disk/rows.h"'),
        ("daemon/web/api.cpp", '#include "daemon/alerts/alerts.h"'),
        ("daemon/commands/platforms.cpp", '#include "config/yaml/files.h"'),
        ("daemon/web/server.cpp", "#include <boost/beast/http.hpp>"),
        ("tests/config/yaml/values_test.cpp", '#include "config/yaml/values.h"'),
    ]
    once = "#pragma once\n"
    wrong = [case for case in bad if not list(problems(case[0], once + case[1]))]
    wrong += [case for case in good if list(problems(case[0], once + case[1]))]
    wrong += ["a header without #pragma once"] if not list(problems("a.h", "")) else []
    for case in wrong:
        print("misjudged:", case)
    return 1 if wrong else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if not arguments:
        listing = subprocess.run(["git", "ls-files", "*.cpp", "*.h"], cwd=ROOT, check=True,
                                 capture_output=True, text=True)
        arguments = listing.stdout.split()
    found = 0
    for path in arguments:
        text = (ROOT / path).read_text(encoding="utf-8")
        for line, message in problems(path, text):
            print(f"{path}:{line}: {message}")
            found += 1
    print(f"lint: {len(arguments)} files, {found} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
