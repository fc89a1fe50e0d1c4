"""More calls than can be judged (faults.md, P-01 and T21). Capacity is known by sleeping.

Each invocation waits for one slow read, so the places of the server are busy while the processor is
idle. All comparisons are within one run.
"""

import asyncio
from contextlib import ExitStack

import pytest

from cds_service.protocol.overload import PATIENCE_SECONDS
from tests.full import FULL
from tests.hostile_fhir import hostile_fhir
from tests.lifecycle import DISCOVERY, http_request, invocation, patient, serving
from tests.lifecycle.traffic import after, closed_loop, open_loop, quantile

SERVERS = ("gunicorn", "granian")
THREADS = 4
DELAY = 0.4
SECONDS = 8 if FULL else 2
HEALTH = http_request("GET", DISCOVERY)


def answered(exchanges):
    return [exchange for exchange in exchanges if exchange.status == 200]


def refused(exchanges):
    return [exchange for exchange in exchanges if exchange.status != 200]


def goodput(exchanges):
    """Return the answers a second, from the first call to the last answer."""
    began = min(exchange.began for exchange in exchanges)
    ends = [exchange.ended for exchange in answered(exchanges)]
    return len(ends) / (max(ends) - began)


async def play(port, ours):
    """Peak, twice and five times that, and afterwards; with a health check all the while."""
    is_over = asyncio.Event()
    health = asyncio.create_task(closed_loop(port, HEALTH, 1, is_over.is_set, pause=0.05))
    run = {"peak": await closed_loop(port, ours, 2 * THREADS, after(SECONDS))}
    capacity = goodput(run["peak"])
    run["twice"] = await open_loop(port, ours, 2 * capacity, SECONDS)
    run["five"] = await open_loop(port, ours, 5 * capacity, SECONDS)
    run["later"] = await closed_loop(port, ours, 1, after(2 * DELAY))
    is_over.set()
    return run | {"health": await health}


@pytest.fixture(scope="module")
def runs():
    """What became of each server, both at the same time: they mostly sleep."""
    with ExitStack() as stack:
        fhir = stack.enter_context(hostile_fhir(patient()))
        ours = invocation(fhir.base(f"delay={DELAY}"))
        ports = [stack.enter_context(serving(name, THREADS=THREADS)).port for name in SERVERS]

        async def play_all():
            return await asyncio.gather(*(play(port, ours) for port in ports))

        yield dict(zip(SERVERS, asyncio.run(play_all()), strict=True))


@pytest.fixture(params=SERVERS)
def run(request, runs):
    return runs[request.param]


def test_the_service_is_overloaded_in_this_test(run):
    assert (
        len(refused(run["twice"])) > len(run["twice"]) / 10
    )  # places to wait in are free at first
    assert len(refused(run["five"])) > len(run["five"]) / 2


def test_who_cannot_be_answered_is_told_to_come_later(run):
    for exchange in refused(run["twice"]) + refused(run["five"]):
        assert exchange.announces_overload, (exchange.status, exchange.was_sent)


def test_who_cannot_be_answered_is_told_so_early(run):
    judged = quantile([exchange.seconds for exchange in answered(run["five"])], 0.5)
    told = [exchange.seconds for exchange in refused(run["five"])]
    assert quantile(told, 0.5) < judged / 2
    assert quantile(told, 0.9) < PATIENCE_SECONDS + judged


def test_overload_costs_little_of_what_is_answered(run):
    for load in ("twice", "five"):
        assert goodput(run[load]) >= 0.8 * goodput(run["peak"])


def test_discovery_is_answered_all_the_while(run):
    assert len(run["health"]) > 10
    assert refused(run["health"]) == []
    judged = quantile([exchange.seconds for exchange in answered(run["five"])], 0.5)
    assert quantile([exchange.seconds for exchange in run["health"]], 0.5) < judged / 2


def test_after_the_load_everybody_is_answered_again(run):
    assert run["later"]
    assert refused(run["later"]) == []
