"""Timing of several tasks side by side: only ratios within one run mean anything."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any


def measure(tasks: dict[str, Callable[[], Any]], rounds: int, repeats: int = 1) -> dict[str, float]:
    """Return the median microseconds of each task; rounds of all tasks are interleaved."""
    samples: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task()
    for _ in range(rounds):
        for name, task in tasks.items():
            start = perf_counter_ns()
            for _ in range(repeats):
                task()
            samples[name].append((perf_counter_ns() - start) / repeats / 1000)
    return {name: statistics.median(found) for name, found in samples.items()}
