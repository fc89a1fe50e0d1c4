"""T22 of faults.md: bodies of 50 to 200 kB, arriving as they come, at 60 % of capacity."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate

from tests.benchmarks.bodies import coded, dated, reported, today
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.generator import Load, Sample, generator, send
from tests.benchmarks.over_http import pinning
from tests.benchmarks.running import Server, cores_for, running
from tests.benchmarks.sections import Cell, Effort, Section
from tests.benchmarks.stacks import product

SHARE, WORKERS, SEED = 0.6, 2, 20260301
MOST, CONNECTIONS, CLOSED = 5000, 64, 8  # requests; connections of open and of closed load
RESOURCES = (45, 60, 86, 110, 140, 175)  # 50 to 200 kB
STACKS = ("gthread", "granian")


def load(effort: Effort) -> Iterator[Section]:
    """Yield capacity, and latencies at 60 % of it when nobody waits for an answer before asking."""
    mixed = _mixed()
    rows: list[dict[str, Cell]] = []
    figures: dict[str, Figure] = {}
    with (
        running([product(name) for name in STACKS], WORKERS, mixed[0]) as (servers, silent),
        generator(cores_for(WORKERS)[0]) as process,
    ):
        for server in servers:
            capacity, sample = _loaded(server, mixed, effort, process)
            rows.append(_row(server, capacity, sample))
            figures |= figures_of(server.stack.name, capacity, sample)
    yield Section(
        f"(T22) Load: 50–200 kB, Poisson arrivals at 60 % of capacity, {WORKERS} workers",
        rows,
        figures,
        (
            "half of the charts hold a report; latency counts from when a request was due",
            pinning(WORKERS),
            *(f"{label}: {why}" for label, why in silent.items()),
        ),
    )


def _mixed() -> list[bytes]:
    charts = [dated(coded(resources), today()) for resources in RESOURCES]
    return charts + [reported(chart) for chart in charts]


def _loaded(
    server: Server, mixed: list[bytes], effort: Effort, process: ProcessPoolExecutor
) -> tuple[float, Sample]:
    """Return the capacity in requests per second, and what came of load at 60 % of it."""
    chance = random.Random(SEED)  # noqa: S311 - a schedule, no secret
    requests = server.requests(chance.choices(mixed, k=MOST))
    seconds = effort.load_seconds
    process.submit(send, Load(server.port, requests, CLOSED, seconds / 4)).result()  # warms up
    full = process.submit(send, Load(server.port, requests, CLOSED, seconds / 2)).result()
    rate = SHARE * full.per_second
    arrivals = list(accumulate(chance.expovariate(rate) for _ in requests))
    at_rate = Load(server.port, requests, CONNECTIONS, seconds, arrivals)
    return full.per_second, process.submit(send, at_rate).result()


def _row(server: Server, capacity: float, sample: Sample) -> dict[str, Cell]:
    return {
        "stack": server.stack.name,
        "capacity, requests/s": capacity,
        "requests": len(sample.milliseconds),
        **{f"p{of} ms": percentile(sample.milliseconds, of / 100) for of in (50, 95, 99)},
        "failed": sample.failed,
    }


def figures_of(name: str, capacity: float, sample: Sample) -> dict[str, Figure]:
    """Return what the goals speak of, for the product on one server."""
    values = {
        f"capacity, requests/s of 50–200 kB, {name}": capacity,
        f"load at 60 %: p95 ms, {name}": percentile(sample.milliseconds, 0.95),
        f"load at 60 %: p99 ms, {name}": percentile(sample.milliseconds, 0.99),
    }
    return {what: Figure(value, value, value) for what, value in values.items()}
