#!/usr/bin/env python3
"""config/schema: the schema for editors knows what the loader knows, and takes and refuses the same files where a schema can."""

import json
import pathlib
import re
import sys
import unittest

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"{error}: the Debian packages python3-jsonschema and python3-yaml are not installed")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "config/schema/tillwatch.schema.json").read_text())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
READING = ROOT / "config/reading"
# These read platform and preset files, not the configuration.
OTHER_FILES = {"platform.cpp", "receiver_kinds.cpp", "presets.cpp", "mapping.cpp"}

# What no schema can tell: it needs the other files, jq, RE2, a clock or two places at once.
BEYOND_A_SCHEMA = re.compile(
    r"bad-(jq|pattern|xpath)|^(secret|include|needs|undefined|duplicate|interval)-|of-later-step|"
    r"^(beacon|collector|sync|platform|missing-(product|variable)|unknown-(platform|product))|custom-without|"
    r"placeholder|graphql-|^header-|product-field|dates|weekly|backwards|duration-out-of|time-zone|^tls|"
    r"^web|revenue|variables|utm-parameter|status-range|with-space|with-password|two-bodies|two-headers|"
    r"^receiver-|cleanup-without|optional-|^url.yaml|^email-flow-(durations|too-many|hook-secret-twice|imap-(ca-file|two|url)|preset-|"
    r"trigger-(checkout|unknown-name))")


class Loader(yaml.SafeLoader):
    """Dates stay the texts that they are for the loader."""


Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def wrong(text):
    return [error.message for error in VALIDATOR.iter_errors(yaml.load(text, Loader))]  # noqa: S506


def properties(node):
    if isinstance(node, list):
        return set().union(*map(properties, node))
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(properties, node.values()))


def names(array):
    """The words of an array in words.cpp."""
    words = (ROOT / "config/words.cpp").read_text()
    return [word for word in re.findall(r'"(\w*)"', re.search(array + r"\{(.*?)\};", words, re.S).group(1))
            if word]


def keys_of_the_loader():
    keys = set(names("area_names"))  # of `owners`
    for file in [*READING.rglob("*.cpp"), ROOT / "config/loader.cpp"]:
        if file.name in OTHER_FILES:
            continue
        text = file.read_text()
        keys |= set(re.findall(r'\b(?:read|read_required|find|require|source)\(\s*"(\w+)"', text))
        keys |= set(re.findall(r'\bread_(?:each|list)\(map, "(\w+)"', text))
        keys |= set(re.findall(r'\{"(\w+)",\s*Method::', text))
        keys |= set(re.findall(r"\{\"(\w+)\", \"[A-Z]+\"\}", text))  # what IMAP calls it
        for words in re.findall(r"for \(const (?:char\*|auto\&?|std::string_view) \w+\s*:\s*\{([^}]*)\}", text):
            keys |= set(re.findall(r'"(\w+)"', words))
    return keys


class SchemaTest(unittest.TestCase):
    maxDiff = None

    def test_it_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)
        self.assertIn("draft-07", SCHEMA["$schema"])

    def test_every_key_of_the_loader_is_in_the_schema_and_no_other(self):
        loader = keys_of_the_loader()
        self.assertGreater(len(loader), 100)
        self.assertEqual(sorted(properties(SCHEMA)), sorted(loader))

    def test_the_words_are_those_of_the_loader(self):
        of = SCHEMA["definitions"]
        self.assertEqual(of["area"]["enum"], names("area_names"))
        self.assertEqual(of["probe"]["properties"]["type"]["enum"], names("type_names"))
        self.assertEqual(of["reason"]["enum"], names("reason_names"))
        alerting = (ROOT / "config/alerting.cpp").read_text()
        for kind, array in (("alert_kind", "kind_names"), ("severity", "severity_names")):
            words = re.search(array + r"\{(.*?)\};", alerting, re.S).group(1)
            self.assertEqual(of[kind]["enum"], re.findall(r'"(\w+)"', words))
        reasons = names("reason_names")
        self.assertEqual(of["failing_reason"]["enum"], reasons[:reasons.index("blocked")])

    def test_every_good_file_and_example_is_good(self):
        examples = [(str(file), file.read_text()) for file in (ROOT / "tests/config/good").glob("*.yaml")]
        for manual in ("README.md", "config/README.md", "probes/README.md"):
            text = (ROOT / manual).read_text()
            examples += [(manual, block) for block in re.findall(
                r"^```yaml (?:config|own shop)[^\n]*\n(.*?)^```", text, re.M | re.S)]
        self.assertGreater(len(examples), 8)
        for where, text in examples:
            with self.subTest(where=where, text=text[:80]):
                self.assertEqual(wrong(text), [])

    def test_bad_files_are_refused_where_a_schema_can(self):
        refused = 0
        for file in sorted((ROOT / "tests/config/bad").glob("*.yaml")):
            try:
                problems = wrong(file.read_text())
            except yaml.YAMLError:
                continue
            refused += bool(problems)
            if not BEYOND_A_SCHEMA.search(file.name):
                with self.subTest(file=file.name):
                    self.assertTrue(problems)
        self.assertGreater(refused, 30)


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False, verbosity=2).result.wasSuccessful())
