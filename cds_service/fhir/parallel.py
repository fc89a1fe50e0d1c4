"""Reads of one invocation side by side, on threads that all invocations share.

No server holds more of them than it may have connections: one that hangs leaves room for others.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import TypeVar

from cds_service.fhir.connections import HOSTS, PER_HOST
from cds_service.observability.tracing import carried

T = TypeVar("T")

THREADS = 64


@functools.cache
def executor() -> ThreadPoolExecutor:
    """Return the one pool of this process in which all reads run; it grows as it is needed."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="fhir-read")


os.register_at_fork(after_in_child=executor.cache_clear)  # threads do not survive a fork


class _Turn:
    """The place of one lane: it is taken by whoever asks first, or given back."""

    def __init__(self) -> None:
        self._is_over = False

    def begins(self) -> bool:
        """Whether nobody has asked before; to be asked under the lock of the lanes."""
        was_over, self._is_over = self._is_over, True
        return not was_over


class _Lanes:
    """What runs for one place at a time, and what waits for its turn there."""

    def __init__(self) -> None:
        self._lock, self._running = Lock(), 0
        self._waiting: deque[Callable[[], None]] = deque()

    def start(self, lane: Callable[[], None]) -> None:
        """Run a lane as soon as there are fewer than ``PER_HOST`` here."""
        with self._lock:
            if self._running >= PER_HOST:
                self._waiting.append(lane)
                return
            self._running += 1
        turn = _Turn()
        try:
            executor().submit(self._run, lane, turn)
        except RuntimeError:  # no thread is to be had; the pool comes back to it once it has one
            with self._lock:
                if not turn.begins():
                    return
                self._running -= 1

    def _run(self, lane: Callable[[], None], turn: _Turn) -> None:
        with self._lock:
            if not turn.begins():
                return
        while True:
            lane()
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                lane = self._waiting.popleft()


@functools.lru_cache(maxsize=HOSTS)
def _lanes_at(place: Hashable) -> _Lanes:
    return _Lanes()


os.register_at_fork(after_in_child=_lanes_at.cache_clear)


def side_by_side(
    tasks: Iterable[Callable[[], T]], fan_out: int, place: Hashable = None
) -> list[Future[T]]:
    """Start tasks, no more than ``fan_out`` at a time, and return their futures in order.

    ``place`` is the server that they wait for. They must come to an end by themselves, as reads do
    within their deadline.
    """
    waiting = deque((Future[T](), task) for task in tasks)
    futures = [future for future, _ in waiting]
    for _ in range(min(fan_out, len(futures))):
        _lanes_at(place).start(partial(carried(_work_off), waiting))
    return futures


def _work_off(waiting: deque[tuple[Future[T], Callable[[], T]]]) -> None:
    while waiting:
        try:
            future, task = waiting.popleft()
        except IndexError:  # another lane took the last one
            return
        try:
            future.set_result(task())
        except BaseException as error:
            future.set_exception(error)
