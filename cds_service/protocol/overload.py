"""A bounded number of invocations at a time: whoever would wait too long is told so at once.

Nothing of a request is read before it has its place (faults.md, P-01).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from cds_service.protocol.errors import UnavailableError

PATIENCE_SECONDS = 0.5


class Places:
    """``count`` calls run at a time, and at most ``waiting`` others wait for a place.

    ``refused`` is told of each call that gets none.
    """

    def __init__(
        self,
        count: int,
        waiting: int,
        patience: float = PATIENCE_SECONDS,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._free, self._refused, self._patience = Semaphore(count), refused, patience
        self._lock, self._may_wait = Lock(), waiting

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place while the block runs; UnavailableError when none comes free in time."""
        if not self._free.acquire(blocking=False) and not self._waited():
            self._refused()
            raise UnavailableError("too many calls at a time; nothing was judged")
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
            return self._free.acquire(timeout=self._patience)
        finally:
            with self._lock:
                self._may_wait += 1
