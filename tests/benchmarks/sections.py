"""What every question of the benchmark takes and returns: an effort, and sections of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.benchmarks.figures import Figure

Cell: TypeAlias = str | int | float | Figure


@dataclass(frozen=True)
class Effort:
    """How much is measured; everything is bounded in count and time."""

    rounds: int  # in process
    growth_rounds: int
    fresh_processes: int
    http_rounds: int
    http_seconds: float  # of one round of one stack
    http_requests: int  # the most in one round
    workers: tuple[int, ...]
    bodies: tuple[str, ...]  # over HTTP
    load_seconds: float


FULL = Effort(40, 8, 9, 5, 0.25, 400, (1, 2), ("coded", "reported", "heavy"), 8.0)
QUICK = Effort(5, 1, 2, 2, 0.15, 100, (1,), ("coded", "reported"), 2.0)


@dataclass(frozen=True)
class Section:
    """One table: rows of named cells, the figures that goals speak of, and what must be known."""

    title: str
    rows: Sequence[Mapping[str, Cell]] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
