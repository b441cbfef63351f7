"""Where the installed stores are kept: outside of what git tracks."""

import contextlib
import fcntl
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]


def directory(given=None):
    return pathlib.Path(given or os.environ.get("TILLWATCH_STORES") or ROOT / "build/stores").resolve()


@contextlib.contextmanager
def lock(where):
    """One installation at a time."""
    with open(where / ".lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
