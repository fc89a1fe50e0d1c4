"""Counts of several worker processes, added up through a folder of small files.

prometheus-client finds the folder in the environment; nothing of the counts is in the files but
names and numbers.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, values
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
    """Take a worker that has ended out of what is said of living ones; its counts stay."""
    if os.environ.get(_FOLDER):
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def collected_from_all() -> CollectorRegistry | None:
    """Return a registry of the counts of all processes; None when there is only this one."""
    if not os.environ.get(_FOLDER):
        return None
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
