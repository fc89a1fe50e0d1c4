"""Reads of one invocation side by side, on threads that all invocations share."""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from cds_service.observability.tracing import carried

T = TypeVar("T")

THREADS = 64


@functools.cache
def executor() -> ThreadPoolExecutor:
    """Return the one pool of this process in which all reads run; it grows as it is needed."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="fhir-read")


os.register_at_fork(after_in_child=executor.cache_clear)  # threads do not survive a fork


def side_by_side(tasks: Iterable[Callable[[], T]], fan_out: int) -> list[Future[T]]:
    """Start tasks, no more than ``fan_out`` at a time, and return their futures in order.

    They must come to an end by themselves, as reads do within their deadline.
    """
    waiting = deque((Future[T](), task) for task in tasks)
    futures = [future for future, _ in waiting]
    for _ in range(min(fan_out, len(futures))):
        executor().submit(carried(_work_off), waiting)
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
