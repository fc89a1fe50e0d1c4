"""Timing of several tasks side by side: only ratios within one run mean anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

TURN_SECONDS = 0.004  # what takes less is repeated, so that the clock costs nothing


def measure(tasks: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each task in every round; the rounds are interleaved."""
    for task in tasks.values():
        task()
    repeats = {
        name: max(1, round(TURN_SECONDS / _seconds(task, 1))) for name, task in tasks.items()
    }
    samples: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            samples[name].append(_seconds(task, repeats[name]) * 1000)
    return samples


def _seconds(task: Callable[[], Any], repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        task()
    return (perf_counter() - start) / repeats
