"""A bounded number of invocations at a time: whoever would wait too long is told so at once.

Nothing of a request is read before it has its place (faults.md, P-01).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from cds_service.protocol.errors import UnavailableError

PATIENCE_SECONDS = 0.5
WAITING = 2  # calls that may wait, for each one that may run
FEEDBACK_PLACES = 2  # its own, so that it never takes the place of a card; a commit is soon done


class Places:
    """``count`` calls run at a time, and at most ``WAITING`` times as many wait for a place.

    ``refused`` is told of each call that gets none.
    """

    def __init__(self, count: int, refused: Callable[[], None] = lambda: None) -> None:
        self._free, self._lock, self._may_wait = Semaphore(count), Lock(), WAITING * count
        self._refused = refused

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place while the block runs; UnavailableError when none comes free in time."""
        if not self._free.acquire(blocking=False) and not self._waited():
            self._refused()
            raise UnavailableError("too many calls at a time; nothing was judged or stored")
        try:
            yield
        finally:
            self._free.release()

    def _waited(self) -> bool:
        with self._lock:
            if not self._may_wait:
                return False
            self._may_wait -= 1
        try:
            return self._free.acquire(timeout=PATIENCE_SECONDS)
        finally:
            with self._lock:
                self._may_wait += 1
