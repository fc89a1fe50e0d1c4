"""(e) Cold start in fresh processes, and the memory of a worker before and after load."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from statistics import mean

from fhir_fixtures import VALUE_SETS
from tests.benchmarks.bodies import bodies, today
from tests.benchmarks.figures import Figure, figure, ratio
from tests.benchmarks.generator import Load, generator, send
from tests.benchmarks.peers import BUILT, ROOT, NotToBeHadError, health_chain
from tests.benchmarks.running import Server, cores_for, running
from tests.benchmarks.sections import Cell, Effort, Section
from tests.benchmarks.stacks import PEER, Stack, peer, product

INTERPRETER = "python alone"
COLD_START = "import and build the services (deploy.wsgi)"
PEERS_IMPORT = "import HealthChain's gateway"
OURS_WEIGHED, WORKERS = ("gthread", "granian"), 2
WARM_UP, LOADED = 40, 1000  # requests, the latter of each body
STARTS = "cold start / import of HealthChain"
MEMORY = "MiB per worker (RSS after load)"


def footprint(effort: Effort) -> Iterator[Section]:
    """Yield how long a process takes to be ready, and what a worker weighs."""
    commands, lacking = _commands()
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(effort.fresh_processes):
        for name, command in commands.items():
            samples[name].append(_milliseconds(command))
    yield Section(
        "(e) Cold start: a fresh process from its start to its end, milliseconds",
        [{"what": name, "milliseconds": figure(found)} for name, found in samples.items()],
        _figures(samples),
        lacking,
    )
    yield _memory(effort)


def _commands() -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    commands: dict[str, tuple[str, ...]] = {
        INTERPRETER: (sys.executable, "-c", "pass"),
        COLD_START: (sys.executable, "-c", "import deploy.wsgi"),
    }
    try:
        commands[PEERS_IMPORT] = (str(health_chain()), "-c", "import healthchain.gateway")
    except NotToBeHadError as error:
        return commands, (f"{PEERS_IMPORT}: not to be had: {error}",)
    return commands, ()


def _milliseconds(command: tuple[str, ...]) -> float:
    environ = {"SPINE_CDS_VALUE_SETS": str(VALUE_SETS), "SPINE_CDS_DATA_DIR": str(BUILT / "data")}
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=True)  # noqa: S603
    return (time.perf_counter() - start) * 1000


def _figures(samples: Mapping[str, list[float]]) -> dict[str, Figure]:
    if PEERS_IMPORT not in samples:
        return {}
    return {STARTS: ratio(samples[COLD_START], samples[PEERS_IMPORT])}


def _memory(effort: Effort) -> Section:
    sent = bodies(today())
    stacks: list[Stack] = [product(name) for name in OURS_WEIGHED]
    with suppress(NotToBeHadError):  # the table before says so
        stacks.append(peer(PEER))
    with (
        running(stacks, WORKERS, sent["coded"]) as (servers, silent),
        generator(cores_for(WORKERS)[0]) as process,
    ):
        rows = [_row(server, sent, effort, process) for server in servers]
        ours = [rss for s in servers if s.stack.name != PEER for rss, _ in s.mebibytes()]
    return Section(
        f"(e) Memory of a worker, MiB, mean of {WORKERS} workers",
        rows,
        {MEMORY: Figure(max(ours), min(ours), max(ours))} if ours else {},
        (
            "RSS counts what workers share in each of them, PSS divides it among them",
            f"goals: the largest worker of {' and '.join(OURS_WEIGHED)}",
            *(f"{label}: {why}" for label, why in silent.items()),
        ),
    )


def _row(
    server: Server, sent: Mapping[str, bytes], effort: Effort, process: ProcessPoolExecutor
) -> dict[str, Cell]:
    def loaded(body: bytes, count: int) -> list[tuple[float, float]]:
        load = Load(server.port, server.requests([body] * count), 8, effort.load_seconds / 4)
        process.submit(send, load).result()
        return server.mebibytes()

    warm = loaded(sent["coded"], WARM_UP)
    loaded(sent["coded"], LOADED)
    after = loaded(sent["heavy"], LOADED)
    return {
        "stack": server.stack.name,
        "RSS after warm-up": mean(rss for rss, _ in warm),
        "PSS after warm-up": mean(pss for _, pss in warm),
        "RSS after load": mean(rss for rss, _ in after),
        "PSS after load": mean(pss for _, pss in after),
    }
