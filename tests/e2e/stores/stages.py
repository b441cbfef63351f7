"""Work that is done once: skipped while the marker beside it names the same inputs."""

import hashlib
import pathlib
import time


def digest_of(*inputs):
    """Files count by their contents, everything else by its text."""
    digest = hashlib.sha256()
    for one in inputs:
        content = one.read_bytes() if isinstance(one, pathlib.Path) else str(one).encode()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def is_done(directory, stage, inputs):
    marker = directory / f".{stage}.done"
    return marker.exists() and marker.read_text() == digest_of(*inputs)


def once(directory, stage, inputs, action):
    """Runs action() unless it has finished before with the same inputs; says what it does."""
    if is_done(directory, stage, inputs):
        return
    directory.mkdir(parents=True, exist_ok=True)
    marker = directory / f".{stage}.done"
    marker.unlink(missing_ok=True)
    begin = time.monotonic()
    action()
    marker.write_text(digest_of(*inputs))
    print(f"{directory.name}: {stage} ({time.monotonic() - begin:.0f} s)", flush=True)
