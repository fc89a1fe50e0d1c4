"""The audit rows of this process: queued by whoever answers, written by one thread.

A card waits for no store. The queue is bounded; a row that finds it full is dropped and counted. A
batch that could not be written is tried again until it is, or until the process ends.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import NamedTuple

import structlog

QUEUE = 10_000  # rows of about 1 kB
BATCH = 500
LINGER_SECONDS = 0.2  # for more rows: a commit costs the same for one or many
RETRY_SECONDS = 1.0
EXIT_SECONDS = 5.0


class AuditRow(NamedTuple):
    """One invocation as the table ``invocation`` holds it (``store.schema``)."""

    id: str
    at: datetime
    client: str
    service: str
    version: str
    hook: str
    patient: str | None
    instance: str | None
    outcome: str
    status: int
    shadow: bool
    microseconds: int
    orders: int | None = None
    ignored: dict[str, int] | None = None
    intent: list[str] | None = None
    card: str | None = None
    indicator: str | None = None
    criteria: dict[str, str] | None = None
    risk_factors: dict[str, str] | None = None
    suggestions: dict[str, str] | None = None
    unread: dict[str, str] | None = None


class AuditWriter:
    """The queue and its thread, which starts with the first row: after any fork.

    ``write`` writes a batch in one transaction and returns False when that may succeed later.
    ``when_dropped`` is told how many rows were dropped.
    """

    def __init__(self, write: Callable[[list[AuditRow]], bool], size: int = QUEUE) -> None:
        self._write = write
        self._queue: Queue[AuditRow] = Queue(size)
        self._closing = Event()
        self._starting = Lock()
        self._thread: Thread | None = None
        self._told = 0
        self.dropped = 0
        self.when_dropped: Callable[[int], None] = lambda rows: None

    def put(self, row: AuditRow) -> None:
        """Queue a row; this never waits."""
        try:
            if not self._is_running():
                self._start()
            self._queue.put_nowait(row)
        except (Full, RuntimeError):  # or no thread is to be had: a card does not need one
            self._drop(1)

    def close(self) -> None:
        """Write what is queued, for at most ``EXIT_SECONDS``; the process ends in order."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(EXIT_SECONDS)

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> None:
        with self._starting:
            if self._is_running():
                return
            if self._thread is None:
                atexit.register(self.close)
            thread = Thread(target=self._run, name="audit", daemon=True)
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            with suppress(Exception):  # whatever it is, the rows to come are written
                if not self._could_go_on():
                    return

    def _could_go_on(self) -> bool:
        """Write what is queued next; False when the process ends before that succeeds."""
        batch = self._next_batch()
        is_settled = not batch or self._is_settled(batch)
        if not is_settled:
            self._drop(len(batch) + self._queue.qsize())
        self._tell()
        return is_settled

    def _next_batch(self) -> list[AuditRow]:
        batch: list[AuditRow] = []
        with suppress(Empty):
            batch.append(self._queue.get(timeout=LINGER_SECONDS))
            if self._queue.qsize() < BATCH:
                self._closing.wait(LINGER_SECONDS)
            while len(batch) < BATCH:
                batch.append(self._queue.get_nowait())
        return batch

    def _is_settled(self, batch: list[AuditRow]) -> bool:
        """Write a batch, again and again; False when the process ends before that succeeds."""
        while not self._try(batch):
            if self._closing.wait(RETRY_SECONDS):
                return self._try(batch)
        return True

    def _try(self, batch: list[AuditRow]) -> bool:
        try:
            return self._write(batch)
        except Exception as error:  # a defect of ours costs rows, never the thread
            structlog.get_logger().error("audit", error=type(error).__name__)
            self._drop(len(batch))
            return True

    def _drop(self, rows: int) -> None:
        self.dropped += rows
        with suppress(OSError):  # counts that cannot be written cost no card
            self.when_dropped(rows)

    def _tell(self) -> None:
        if self.dropped != self._told:
            self._told = self.dropped
            structlog.get_logger().error("audit", dropped=self.dropped)
