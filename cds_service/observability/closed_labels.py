"""Label values out of closed sets: what is not expected is ``other``, so that series stay few."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Generic, TypeVar

from prometheus_client.metrics import MetricWrapperBase

OTHER = "other"
M = TypeVar("M", bound=MetricWrapperBase)


class Labelled(Generic[M]):
    """A metric with the values that each of its labels may have, in the order of the labels.

    Its children are looked up in a dict of ours: the card path asks for some twenty of them.
    """

    def __init__(self, metric: M, *allowed: Iterable[str]) -> None:
        self._metric = metric
        self._allowed = [frozenset(values) for values in allowed]
        self._children: dict[tuple[str, ...], M] = {}

    def begun(self) -> Labelled[M]:
        """Return this with every child made, at 0.

        Of a series that begins with its first count, no increase is seen.
        """
        for values in product(*self._allowed):
            self.of(*values)
        return self

    def of(self, *values: str) -> M:
        """Return the child of these label values; each unexpected value counts as ``other``."""
        return self._children.get(values) or self._made(values)

    def _made(self, values: tuple[str, ...]) -> M:
        pairs = zip(values, self._allowed, strict=True)
        known = tuple(value if value in allowed else OTHER for value, allowed in pairs)
        child = self._metric.labels(*known)
        if known == values:  # nothing is kept under a value that anybody could have sent
            self._children[values] = child
        return child
