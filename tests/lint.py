#!/usr/bin/env python3
"""Rules of the house that no compiler checks.

- GCC 12 miscompiles coroutines: in a full expression that contains co_await there must be no
  brace-initialised temporary, no capturing lambda, no ?: and no throw.
- Dependencies point one way: daemon -> probes -> config.
- Beast is expensive to compile: only the files listed here include it.
- Every header says #pragma once.

tests/lint.py [FILE...]; without files, everything that git tracks. `// lint: ok` excuses a line.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEAST_ALLOWED = re.compile(r"^(tests/|daemon/web)")
FORBIDDEN_INCLUDES = {
    "config": re.compile(r'#include "(probes|daemon|tests)/'),
    "probes": re.compile(r'#include "(daemon|tests)/'),
    "daemon": re.compile(r'#include "tests/'),
}
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


def include_problems(path, lines):
    room = path.split("/")[0]
    for number, line in enumerate(lines, 1):
        forbidden = FORBIDDEN_INCLUDES.get(room)
        if forbidden and forbidden.search(line):
            yield number, f"{room}/ must not include {line.split()[1]}"
        if "#include <boost/beast" in line and not BEAST_ALLOWED.match(path):
            yield number, "Beast costs 15 s and 700 MB to compile: keep it in the files that have it"


def problems(path, text):
    lines = text.split("\n")
    yield from include_problems(path, lines)
    if path.endswith(".h") and "#pragma once" not in text:
        yield 1, "#pragma once is missing"
    yield from coroutine_problems(without_comments_and_strings(text), lines)


def main(arguments):
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
