"""Counts of several worker processes, added up through a folder of small files.

prometheus-client finds the folder in the environment; nothing of the counts is in the files but
names and numbers.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from struct import error
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def counted_together() -> Iterator[None]:
    """Have everything that is counted from here on added up over this process and its children.

    The folder is a new one for each start, or counts of the last one would be found in it.
    """
    folder, owner = tempfile.mkdtemp(prefix="spine-cds-counts-"), os.getpid()
    os.environ[_FOLDER] = folder
    # It was chosen at import, when there was no folder yet.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if os.getpid() == owner:  # a worker leaves this block, too, when it ends
            shutil.rmtree(folder, ignore_errors=True)


def forget_process(pid: int) -> None:
    """Take a worker that has ended out of what is said of living ones; its counts stay.

    They are added to those of all that ended before it: workers are replaced again and again, and
    files of each would fill the disk.
    """
    folder = os.environ.get(_FOLDER)
    if folder is None:
        return
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
    with _locked(folder, fcntl.LOCK_EX):
        for kind in ("counter", "histogram"):
            own = Path(folder, f"{kind}_{pid}.db")
            _add(_counts(own), Path(folder, f"{kind}_ended.db"))
            own.unlink(missing_ok=True)


def _counts(own: Path) -> list[tuple[str, float]]:
    """Return the counts in a file; none where a worker never made it, or was killed making it."""
    try:
        found = list(MmapedDict.read_all_values_from_file(str(own)))  # type: ignore[no-untyped-call]
    except (OSError, RuntimeError, ValueError, error):
        return []
    return [(key, value) for key, value, _, _ in found]


def _add(counts: list[tuple[str, float]], all_ended: Path) -> None:
    ended: Any = MmapedDict(str(all_ended))  # type: ignore[no-untyped-call]
    with closing(ended) as together:
        for key, value in counts:
            before, _ = together.read_value(key)
            together.write_value(key, before + value, 0.0)


@contextmanager
def _locked(folder: str, how: int) -> Iterator[None]:
    """Hold a lock, so that nobody reads counts that are just being added to others."""
    with Path(folder, "lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield


def exposition(own: CollectorRegistry) -> bytes:
    """Return the counts of all processes, or those of this one where there is no other."""
    folder = os.environ.get(_FOLDER)
    if folder is None:
        return generate_latest(own)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    with _locked(folder, fcntl.LOCK_SH):
        return generate_latest(registry)
