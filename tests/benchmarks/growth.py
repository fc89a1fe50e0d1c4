"""(f) Growth: how the cost of a decision follows the size of what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from statistics import median

from tests.benchmarks.bodies import CODED, HEAVY, coded, reported, with_orders
from tests.benchmarks.figures import Figure, exponent, figure, ratio
from tests.benchmarks.product import decision, deployed
from tests.benchmarks.rounds import measure
from tests.benchmarks.sections import Effort, Section

LARGER = f"{HEAVY} resources / {CODED} resources, in process"
Sized = Mapping[int, bytes]
Samples = Mapping[str, list[float]]


def _bodies() -> dict[str, Sized]:
    """Return the bodies of each kind of growth, by the count of what grows."""
    chart = coded()
    return {
        "resources": {n: coded(n) for n in (50, CODED, 200, HEAVY, 1500, 5000)},
        "draft orders": {n: with_orders(chart, n) for n in (1, 5, 20, 60, 200)},
        "reports": {n: reported(chart, n, as_large=False) for n in (1, 3, 10, 30, 100)},
    }


def growth(effort: Effort) -> Iterator[Section]:
    """Yield the cost at each size, and the exponents of bytes and of the count."""
    kinds, deployment = _bodies(), deployed()
    tasks: dict[str, Callable[[], object]] = {}
    for kind, sized in kinds.items():
        for count, body in sized.items():
            tasks[f"{kind} {count}"] = decision(body, deployment)
            tasks[f"{kind} {count} parsed"] = partial(json.loads, body)
    samples = measure(tasks, effort.growth_rounds)
    yield Section(
        "(f) Growth of the decision path, in process, milliseconds",
        [_row(kind, n, b, samples) for kind, sized in kinds.items() for n, b in sized.items()],
    )
    found: dict[str, Figure] = {}
    for kind, sized in kinds.items():
        found |= exponents(kind, sized, samples)
    larger, smaller = samples[f"resources {HEAVY}"], samples[f"resources {CODED}"]
    found[LARGER] = ratio(larger, smaller)
    yield Section(
        "Exponents: time = a · size^b; 1 is linear, less is a cost that does not grow",
        [{"what": name, "exponent": value} for name, value in found.items()],
        found,
        (
            "at the large end: between the two largest sizes, where what is fixed hides least",
            "a report costs more per byte than the 95 KB around it: there the count is the size",
        ),
    )


def _row(kind: str, count: int, body: bytes, samples: Samples) -> dict[str, str | int | Figure]:
    path, parsed = samples[f"{kind} {count}"], samples[f"{kind} {count} parsed"]
    return {
        "what grows": kind,
        "count": count,
        "bytes": len(body),
        "decision path": figure(path),
        "json.loads": figure(parsed),
        "path / json.loads": ratio(path, parsed),
    }


def exponents(kind: str, sized: Sized, samples: Samples) -> Iterator[tuple[str, Figure]]:
    """Yield the exponents of one kind of growth, over all sizes and at the large end."""
    path = [samples[f"{kind} {count}"] for count in sized]
    parsed = [samples[f"{kind} {count} parsed"] for count in sized]
    lengths = [len(body) for body in sized.values()]
    for measure_of, sizes in (("bytes", lengths), ("count", list(sized))):
        name = f"growth with {kind}: exponent of {measure_of}"
        yield name, _fitted(sizes, path)
        yield f"{name} at the large end", _fitted(sizes[-2:], path[-2:])
    yield f"growth with {kind}: exponent of bytes, json.loads", _fitted(lengths, parsed)


def _fitted(sizes: Sequence[int], costs: Sequence[Sequence[float]]) -> Figure:
    """Return the exponent of the medians, with the quartiles of that of each round."""
    spread = figure([exponent(sizes, of_round) for of_round in zip(*costs, strict=True)])
    return Figure(exponent(sizes, [median(c) for c in costs]), spread.low, spread.high)
