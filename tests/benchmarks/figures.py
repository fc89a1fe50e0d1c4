"""Figures with their spread: medians, ratios of interleaved rounds, percentiles, and exponents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Figure:
    """The median of the rounds, and the quartiles around it."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{_short(self.value)} ({_short(self.low)}–{_short(self.high)})"


def figure(samples: Sequence[float]) -> Figure:
    """Return the median and the quartiles of the samples of all rounds."""
    if len(samples) == 1:
        return Figure(samples[0], samples[0], samples[0])
    low, middle, high = quantiles(samples, n=4, method="inclusive")
    return Figure(middle, low, high)


def ratio(numerator: Sequence[float], denominator: Sequence[float]) -> Figure:
    """Return the ratio of two things measured side by side.

    It is taken in every round and only then its median, so that drift hits both alike.
    """
    return figure([a / b for a, b in zip(numerator, denominator, strict=True)])


def difference(minuend: Sequence[float], subtrahend: Sequence[float]) -> Figure:
    """Return the difference of two things measured side by side, round by round."""
    return figure([a - b for a, b in zip(minuend, subtrahend, strict=True)])


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least this share of all does not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return b of cost = a * size^b, fitted to the logarithms by least squares; 1 is linear."""
    xs, ys = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    rise = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    return rise / sum((x - x_mean) ** 2 for x in xs)


def _short(value: float) -> str:
    """Return a number as a table shows it: three digits that mean something, no more."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
