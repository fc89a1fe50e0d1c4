"""(c) An order that is not ours: it may cost its parse, and order-sign fires for every order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cds_service.protocol.envelope import open_envelope
from tests.benchmarks.bodies import aspirin, coded, dated, today
from tests.benchmarks.figures import Figure, figure, ratio
from tests.benchmarks.generator import generator
from tests.benchmarks.over_http import (
    CONNECTIONS,
    Case,
    Samples,
    measured,
    p50,
    per_second,
    pinning,
)
from tests.benchmarks.product import decision, deployed
from tests.benchmarks.rounds import measure
from tests.benchmarks.running import cores_for, running
from tests.benchmarks.sections import Cell, Effort, Section
from tests.benchmarks.stacks import FLASK, echo, product

OURS = ("gthread", "granian")
NAME = "irrelevant order / Flask echo"
IN_PROCESS = "irrelevant order / opening its envelope, in process"


def irrelevant_orders(effort: Effort) -> Iterator[Section]:
    """Yield an order for aspirin against Flask's echo of the same body, and what it is made of."""
    body = dated(coded(), today())
    stacks = [*(product(name) for name in OURS), echo(FLASK)]
    with running(stacks, 1, body) as (servers, silent), generator(cores_for(1)[0]) as process:
        samples = measured(servers, {"aspirin": aspirin(body)}, effort, process)
    yield Section(
        "(c) An order for aspirin with the chart of coded, 1 worker",
        [_row(case, samples) for case in samples],
        against_the_echo(samples) | _in_process(effort),
        (pinning(1), *(f"{label}: {why}" for label, why in silent.items())),
    )


def _row(case: Case, samples: Samples) -> dict[str, Cell]:
    found = samples[case]
    echoed = samples[case._replace(stack=FLASK)]
    return {
        "stack": case.stack,
        "c": case.connections,
        "requests/s": figure(per_second(found)),
        "p50": figure(p50(found)),
        "p50 / Flask echo": ratio(p50(found), p50(echoed)),
        "failed": sum(sample.failed for sample in found),
    }


def against_the_echo(samples: Samples) -> dict[str, Figure]:
    """Return latency and time per request of the product, as ratios to those of Flask's echo."""
    alone, eight = (samples[Case("gthread", "aspirin", c)] for c in CONNECTIONS)
    echoed_alone, echoed_eight = (samples[Case(FLASK, "aspirin", c)] for c in CONNECTIONS)
    return {
        f"{NAME}: p50 at c=1": ratio(p50(alone), p50(echoed_alone)),
        f"{NAME}: seconds per request at c=8": ratio(per_second(echoed_eight), per_second(eight)),
    }


def _in_process(effort: Effort) -> dict[str, Figure]:
    body = aspirin(coded())
    tasks: dict[str, Callable[[], object]] = {
        "order": decision(body, deployed()),
        "envelope": lambda: open_envelope(body, "order-sign"),
    }
    found = measure(tasks, effort.rounds)
    return {IN_PROCESS: ratio(found["order"], found["envelope"])}
