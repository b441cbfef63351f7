#!/usr/bin/env python3
"""config/schema: the schema for editors knows what the loader knows, and takes and refuses the same files where a schema can."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
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
TILLWATCH = os.environ.get("TILLWATCH")
READERS = [file for room in ("yaml", "grammar", "presets") for file in (ROOT / "config" / room).rglob("*.cpp")]
# These read platform and preset files, not the configuration.
OTHER_FILES = {"platform.cpp", "receiver_kinds.cpp", "presets.cpp", "mapping.cpp", "walls.cpp"}

# What no schema can tell: it needs the other files, jq, RE2, a clock or two places at once.
BEYOND_A_SCHEMA = re.compile(
    r"bad-(jq|pattern|xpath)|^(secret|include|needs|undefined|duplicate|interval)-|of-later-step|"
    r"^(beacon|collector|sync|platform|missing-(product|variable)|unknown-(platform|product))|custom-without|"
    r"placeholder|graphql-|^header-|product-field|dates|weekly|backwards|duration-out-of|time-zone|^tls|"
    r"^web|revenue|variables|utm-parameter|status-range|with-space|with-password|two-bodies|two-headers|"
    r"^receiver-|cleanup-without|optional-|^url.yaml|^email-flow-(durations|too-many|hook-secret-twice|imap-(ca-file|two|url)|preset-|"
    r"trigger-(checkout|unknown-name))")


OPEN = {"collector", "sync", "trigger"}


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
    for file in [*READERS, ROOT / "config/grammar/explanations.h", ROOT / "config/loader.cpp"]:
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


def examples():
    """Every good configuration there is: (where, text)."""
    found = [(str(file), file.read_text()) for file in (ROOT / "tests/config/good").glob("*.yaml")]
    found += [(str(file), file.read_text()) for file in (ROOT / "deploy/debian").glob("*.yaml")]
    for manual in ("README.md", "config/README.md", "probes/README.md"):
        found += [(manual, block) for block in re.findall(
            r"^```yaml (?:config|own shop)[^\n]*\n(.*?)^```", (ROOT / manual).read_text(), re.M | re.S)]
    return found


def mappings(value, path=()):
    """The path of every mapping in a document."""
    if isinstance(value, dict):
        yield path
        for key, child in value.items():
            yield from mappings(child, (*path, key))
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from mappings(child, (*path, index))


def branches(schema):
    """A schema and all that it refers to or chooses from."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from branches(SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]])
        return
    yield schema
    for word in ("oneOf", "anyOf", "allOf"):
        for branch in schema.get(word, ()):
            yield from branches(branch)


def schemas_at(path):
    found = [SCHEMA]
    for key in path:
        below = []
        for schema in (branch for one in found for branch in branches(one)):
            if isinstance(key, int):
                below.append(schema.get("items"))
            elif key in schema.get("properties", {}):
                below.append(schema["properties"][key])
            else:
                below.append(schema.get("additionalProperties"))
        found = [schema for schema in below if isinstance(schema, dict)]
    return [branch for one in found for branch in branches(one)]


def keys_by_the_schema(schemas):
    """What a mapping may hold; None: anything."""
    if any(schema.get("additionalProperties", True) is not False for schema in schemas):
        return None
    return set().union(*(schema["properties"] for schema in schemas)) if schemas else None


def places():
    """A mapping of each kind in the examples: (path, document, its schemas)."""
    seen = set()
    for _, text in examples():
        # The platform `shop` is the loader's own tests'.
        document = yaml.load(text.replace("platform: shop\n", "platform: shopify\n"), Loader)  # noqa: S506
        for path in mappings(document):
            schemas = [one for one in schemas_at(path) if "properties" in one or "additionalProperties" in one]
            mapping = functools.reduce(lambda inside, key: inside[key], path, document)
            kind = (frozenset(map(id, schemas)), mapping.get("type"))
            # Settings of a preset or of a receiver's kind: which, its own file says.
            if kind in seen or (path and path[-1] in OPEN) or path[:1] == ("receivers",):
                continue
            seen.add(kind)
            yield path, document, schemas


def keys_by_the_loader(folder, document, path, candidates):
    """(what the mapping is called, which of the candidates it may hold); None: it takes anything."""
    document = json.loads(json.dumps(document))
    mapping = document
    for key in path:
        mapping = mapping[key]
    mapping.update({key: None for key in candidates if key not in mapping})
    file = folder / "mutated.yaml"
    # In one line, so that the column tells the keys of this mapping from those of another.
    file.write_text(json.dumps(document))
    told = subprocess.run([TILLWATCH, "validate", "--config.file", file], check=False, capture_output=True,
                          text=True, env={**os.environ, "TILLWATCH_TEST_SECRET": "hush-4711"})
    if told.returncode not in (0, 2):
        raise AssertionError(told.stderr)
    unknown = re.findall(r"unknown key `(\w+)` in ([^\n(]*)", told.stdout + told.stderr)
    if not unknown:
        return None
    (what,) = {what.strip() for _, what in unknown}
    return what, set(candidates) - {key for key, _ in unknown}


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
        kinds = re.findall(r'\{Type::\w+, "(\w+)"', (ROOT / "config/kinds.cpp").read_text())
        self.assertEqual(of["probe"]["properties"]["type"]["enum"], kinds)
        self.assertEqual(of["reason"]["enum"], names("reason_names"))
        alerting = (ROOT / "config/alerting.cpp").read_text()
        for kind, array in (("alert_kind", "kind_names"), ("severity", "severity_names")):
            words = re.search(array + r"\{(.*?)\};", alerting, re.S).group(1)
            self.assertEqual(of[kind]["enum"], re.findall(r'"(\w+)"', words))
        reasons = names("reason_names")
        self.assertEqual(of["failing_reason"]["enum"], reasons[:reasons.index("blocked")])

    def test_every_good_file_and_example_is_good(self):
        self.assertGreater(len(examples()), 8)
        for where, text in examples():
            with self.subTest(where=where, text=text[:80]):
                self.assertEqual(wrong(text), [])

    @unittest.skipUnless(TILLWATCH, "there is no tillwatch")
    def test_every_mapping_takes_the_keys_that_the_loader_takes(self):
        candidates = sorted(keys_of_the_loader())
        by_loader, by_schema, compared = {}, {}, set()
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            shutil.copytree(ROOT / "tests/config/good", folder, dirs_exist_ok=True)
            for path, document, schemas in places():
                allowed = keys_by_the_schema(schemas)
                told = keys_by_the_loader(folder, document, path, candidates)
                if told is None:
                    continue  # anything goes, or the example's platform is not there to read it with
                with self.subTest(path=path):
                    self.assertIsNotNone(allowed, f"{told[0]} takes only some keys")
                    by_loader.setdefault(told[0], set()).update(told[1])
                    by_schema.setdefault(told[0], set()).update(allowed)
                    compared |= set(map(id, schemas))
        for what, keys in by_loader.items():
            with self.subTest(mapping=what):
                self.assertEqual(sorted(keys), sorted(by_schema[what]))
        for name, schema in SCHEMA["definitions"].items():
            if name in OPEN:
                continue
            closed = [one for one in branches(schema) if one.get("additionalProperties") is False]
            with self.subTest(definition=name):
                self.assertLessEqual(set(map(id, closed)), compared, "no example holds one")

    def test_the_examples_name_the_schema(self):
        line = "# yaml-language-server: $schema=/usr/share/tillwatch/tillwatch.schema.json\n"
        self.assertTrue((ROOT / "deploy/debian/tillwatch.yaml").read_text().startswith(line))
        for manual in ("README.md", "config/README.md"):
            self.assertIn("```yaml config\n" + line, (ROOT / manual).read_text())

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
