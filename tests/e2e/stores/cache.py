"""Where the installed stores are kept: outside of the tree, so that the next clone has them too.

The folder is named after what makes its content, so another version of the tests installs its own.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


def _recipe():
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and path.suffix in (".json", ".mjs", ".py", "") and not path.name.endswith("_test.py"):
            digest.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def directory(given=None):
    if given or os.environ.get("TILLWATCH_STORES"):
        return pathlib.Path(given or os.environ["TILLWATCH_STORES"]).resolve()
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    return home / "tillwatch" / f"stores-{_recipe()}"


@contextlib.contextmanager
def lock(where):
    """One installation at a time."""
    with open(where / ".lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
