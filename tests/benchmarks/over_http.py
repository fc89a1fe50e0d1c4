"""(b) Over HTTP: the product on three servers, against echoes and HealthChain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import NamedTuple

from tests.benchmarks.bodies import bodies, today
from tests.benchmarks.figures import Figure, difference, figure, percentile, ratio
from tests.benchmarks.generator import Load, Sample, generator, send
from tests.benchmarks.peers import BUILT
from tests.benchmarks.running import Server, cores_for, running
from tests.benchmarks.sections import Cell, Effort, Section
from tests.benchmarks.stacks import FLOOR, OURS, PARSING_PEER, PEER, PEERS, everything
from tests.benchmarks.tokens import Issuer, replay_store

CONNECTIONS = (1, 8)
WARM_UP, SIGNED = 20, 200  # requests to a worker before the first round; tokens for one round


class Case(NamedTuple):
    """What is measured again in every round."""

    stack: str
    body: str
    connections: int


Samples = Mapping[Case, list[Sample]]


def over_http(effort: Effort) -> Iterator[Section]:
    """Yield latencies and throughput of every stack, with one worker and with more."""
    issuer = Issuer(BUILT / "client")
    sent = {name: body for name, body in bodies(today()).items() if name in effort.bodies}
    for workers in effort.workers:
        with replay_store(workers) as store:
            stacks, lacking = everything(issuer, store)
            with (
                running(stacks, workers, sent["coded"]) as (servers, silent),
                generator(cores_for(workers)[0]) as process,
            ):
                samples = measured(servers, sent, effort, process)
        yield Section(
            f"(b) Over HTTP, {workers} worker{'s' if workers > 1 else ''}",
            [_row(case, samples) for case in samples]
            + [{"stack": label, "requests/s": "not to be had"} for label in lacking | silent],
            compared(samples, issuer) if workers == 1 else {},
            (
                pinning(workers),
                "p50, p99: milliseconds; p99 of the requests of all rounds (its least and most)",
                *(f"{label}: {why}" for label, why in (lacking | silent).items()),
            ),
        )


def pinning(workers: int) -> str:
    """Return which cores the load generator and the servers had."""
    load, served = cores_for(workers)
    where = f"cores {sorted(load)} for the load generator, {sorted(served)} for the servers"
    return f"{where}; the rounds of all stacks are interleaved"


def measured(
    servers: list[Server], sent: Mapping[str, bytes], effort: Effort, process: ProcessPoolExecutor
) -> dict[Case, list[Sample]]:
    """Return the samples of every stack, body and number of connections; rounds are interleaved."""
    order = [
        (name, connections, server)
        for name, connections, server in product(sent, CONNECTIONS, servers)
        if server.stack.name != PARSING_PEER or name == "coded"
    ]
    samples: dict[Case, list[Sample]] = {}
    for server, body in product(servers, sent.values()):
        requests = server.requests([body] * WARM_UP * server.workers)
        process.submit(send, Load(server.port, requests, max(CONNECTIONS), 2)).result()
    for _ in range(effort.http_rounds):
        for name, connections, server in order:
            count = SIGNED if server.stack.issuer else effort.http_requests
            requests = server.requests([sent[name]] * min(count, effort.http_requests))
            load = Load(server.port, requests, connections, effort.http_seconds)
            case = Case(server.stack.label, name, connections)
            samples.setdefault(case, []).append(process.submit(send, load).result())
    return samples


def p50(samples: list[Sample]) -> list[float]:
    """Return the median latency of every round."""
    return [percentile(sample.milliseconds, 0.5) for sample in samples]


def p99(samples: list[Sample]) -> list[float]:
    """Return the latency that one in a hundred exceeds, of every round."""
    return [percentile(sample.milliseconds, 0.99) for sample in samples]


def per_second(samples: list[Sample]) -> list[float]:
    """Return the requests per second of every round."""
    return [sample.per_second for sample in samples]


def pooled(samples: list[Sample], share: float) -> float:
    """Return a percentile of the requests of all rounds together."""
    return percentile([ms for sample in samples for ms in sample.milliseconds], share)


def _row(case: Case, samples: Samples) -> dict[str, Cell]:
    found = samples[case]
    row: dict[str, Cell] = {
        "stack": case.stack,
        "body": case.body,
        "c": case.connections,
        "requests/s": figure(per_second(found)),
        "p50": figure(p50(found)),
        "p99": _pooled_p99(found),
        "requests": sum(len(sample.milliseconds) for sample in found),
        "failed": sum(sample.failed for sample in found),
    }
    for name, other in (("/ floor", FLOOR), ("/ HealthChain", PEER)):
        base = samples.get(case._replace(stack=other))
        if base:
            row[name] = ratio(per_second(found), per_second(base))
    return row


def _pooled_p99(samples: list[Sample]) -> Figure:
    """Return the p99 of all requests; a round by itself has too few for its own to be firm."""
    return Figure(pooled(samples, 0.99), min(p99(samples)), max(p99(samples)))


def compared(samples: Samples, issuer: Issuer) -> dict[str, Figure]:
    """Return the ratios of the product to the floor and to HealthChain, and what a token adds."""
    found: dict[str, Figure] = {}
    for case in samples:
        if case.stack in OURS:
            found |= _against(case, samples)
    found |= _jwt(samples, issuer)
    return found


def _against(case: Case, samples: Samples) -> Iterator[tuple[str, Figure]]:
    ours, name = samples[case], f"{case.body}, c={case.connections}"
    yield f"{name}: p99 / p50, {case.stack}", ratio(p99(ours), p50(ours))
    for label, stack in (("floor", FLOOR), *zip(PEERS, PEERS, strict=True)):
        other = samples.get(case._replace(stack=stack))
        if other:
            against = f"{case.stack} / {label}"
            yield f"{name}: requests/s, {against}", ratio(per_second(ours), per_second(other))
            yield f"{name}: p50, {against}", ratio(p50(ours), p50(other))
            yield f"{name}: p99, {against}", _pooled_ratio(ours, other)


def _pooled_ratio(ours: list[Sample], other: list[Sample]) -> Figure:
    of_rounds = [a / b for a, b in zip(p99(ours), p99(other), strict=True)]
    return Figure(pooled(ours, 0.99) / pooled(other, 0.99), min(of_rounds), max(of_rounds))


def _jwt(samples: Samples, issuer: Issuer) -> dict[str, Figure]:
    """Return what a token adds at one connection beyond 1.2 times its bare signature, in µs."""
    with_token = samples.get(Case("gthread, JWT", "coded", 1))
    without = samples.get(Case("gthread", "coded", 1))
    if not with_token or not without:
        return {}
    more = difference(p50(with_token), p50(without))
    owed = 1.2 * issuer.signature_milliseconds()
    beyond = [1000 * (value - owed) for value in (more.value, more.low, more.high)]
    return {"JWT at c=1: µs beyond 1.2 × the bare signature": Figure(*beyond)}
