"""Hours of good, bad and hanging traffic, and what grows meanwhile (faults.md, P-03 and T23).

``python -m tests.lifecycle.soak MINUTES [gunicorn|granian]`` prints a JSON object and fails when
memory, descriptors or threads grow, or a call ends in another 5xx than an announced 503.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

import fhir_fixtures
from cds_service.fhir import parallel
from cds_service.server import threads
from cds_service.settings import Settings
from tests.hostile_fhir import FAULTS, hostile_fhir, resources_of
from tests.lifecycle import DISCOVERY, FIXTURE, INVOCATION, http_request, invocation, serving
from tests.lifecycle.traffic import after, closed_loop, once

WORKERS = 1  # which is never replaced, so that it cannot hide what it has leaked
SHARE = 0.6  # of capacity
WARM_UP = 0.2  # of the time
PROBE_SECONDS = 5
SAMPLE_SECONDS = 2
GROWTH, GROWTH_MIB = 0.05, 20
SPARE = 32  # descriptors that come and go: two hosts' pooled connections, calls that arrive
MOST_THREADS = threads(Settings()) + parallel.THREADS + 8  # both pools grow until they are full


def read_by_us(faults, fhir):
    """Return an invocation for which everything is read from a server with those faults."""
    request = fhir_fixtures.load_request(FIXTURE)
    request |= {"prefetch": {}, "fhirServer": fhir.base(faults)}
    return http_request("POST", INVOCATION, json.dumps(request).encode())


def calls(fhir, capacity):
    """Return the kinds of calls with their weights; each is a function of a random source.

    What holds a place for seconds comes once a second, or less, whatever the capacity.
    """
    good, kept = invocation(), invocation(fhir.base())
    body = good.partition(b"\r\n\r\n")[2]
    bad = [
        http_request("POST", INVOCATION, b"[" * 10_000),
        http_request("POST", INVOCATION, body[: len(body) // 2]),
        http_request("POST", INVOCATION, body.replace(b"2", b"\xff")),
        http_request("POST", "/cds-services/nothing", body),
        http_request("PUT", INVOCATION, body),
        http_request("GET", "/nothing"),
    ]
    return {
        "good": (1, lambda draw: good),
        "reading": (0.1, lambda draw: kept),
        "discovery": (0.1, lambda draw: http_request("GET", DISCOVERY)),
        "bad": (0.1, lambda draw: draw.choice(bad)),
        "failing": (1 / capacity, lambda draw: read_by_us(draw.choice(FAULTS), fhir)),
        "hanging": (0.5 / capacity, lambda draw: read_by_us("hang", fhir)),
    }


async def abandoned(port, request):
    """Send the first half of a request and go away."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request[: len(request) // 2])
    await asyncio.sleep(0.2)
    writer.close()


def outcome(exchange):
    """Return the status of an exchange in words: how far it came where there is none."""
    if exchange.status == 503 and exchange.announces_overload:
        return "503 announced"
    if exchange.status is None:
        return f"Nothing, {'lost' if exchange.is_lost else 'not sent'}: {exchange.failure}"
    return str(exchange.status)


async def play(port, fhir, seconds, capacity, statuses):
    """Send a mixture at its share of the capacity; statuses are counted by kind."""
    draw, kinds = random.Random(1), calls(fhir, capacity)  # noqa: S311
    names, weights = list(kinds), [weight for weight, _ in kinds.values()]
    began, number, running = time.monotonic(), 0, set()

    async def one(name):
        exchange = await once(port, kinds[name][1](draw))
        statuses[f"{name} {outcome(exchange)}"] += 1

    while time.monotonic() < began + seconds:
        number += 1
        await asyncio.sleep(max(0, began + number / (SHARE * capacity) - time.monotonic()))
        (name,) = draw.choices(names, weights)
        running.add(asyncio.create_task(one(name)))
        if not number % 50:
            running.add(asyncio.create_task(abandoned(port, invocation())))
        running = {task for task in running if not task.done()}
    await asyncio.gather(*running)


def state(pid):
    """Return memory (MiB), open descriptors and threads of a process."""
    proc = Path(f"/proc/{pid}")
    lines = (proc / "status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    memory = int(fields["VmRSS"].split()[0]) / 1024
    return memory, len(list((proc / "fd").iterdir())), int(fields["Threads"])


async def watch(pids, seconds):
    """Return for each process its states over time."""
    states, is_over = {pid: [] for pid in pids}, after(seconds)
    while not is_over():
        for pid in pids:
            states[pid].append(state(pid))
        await asyncio.sleep(SAMPLE_SECONDS)
    return states


def growth(states):
    """Return what one process had after the warm-up and at the end, as medians of some samples."""
    warm = states[int(len(states) * WARM_UP) :]
    some = max(1, len(warm) // 5)
    first, last = (
        [median(s[i] for s in part) for i in range(3)] for part in (warm[:some], warm[-some:])
    )
    names = ("MiB", "descriptors", "threads")
    return {name: [round(first[i], 1), round(last[i], 1)] for i, name in enumerate(names)}


def is_flat(grown):
    """Whether a process stayed within what the figures of faults.md allow."""
    (before, after_), descriptors, running = grown.values()
    return (
        after_ - before < min(GROWTH * before, GROWTH_MIB)
        and descriptors[1] - descriptors[0] <= SPARE
        and running[1] <= MOST_THREADS
    )


async def soak(served, fhir, seconds):
    """Return what was sent, answered and used in a time."""
    probe = await closed_loop(served.port, invocation(), 16, after(PROBE_SECONDS))
    capacity = sum(exchange.status == 200 for exchange in probe) / PROBE_SECONDS
    statuses, workers = Counter(), served.workers
    watching = asyncio.create_task(watch(workers, seconds))
    await play(served.port, fhir, seconds, capacity, statuses)
    grown = [growth(states) for states in (await watching).values()]
    ours = {s: n for s, n in statuses.items() if s.split()[1][0] in "5N" and "announced" not in s}
    return {
        "seconds": seconds,
        "calls": statuses.total(),
        "answers": dict(sorted(statuses.items())),
        "failures of ours": ours,
        "workers, after the warm-up and at the end": grown,
        "passed": all(map(is_flat, grown)) and not ours and served.workers == workers,
    }


def run(minutes, server="gunicorn"):
    """Serve, soak, and return the result."""
    chart = resources_of(fhir_fixtures.load_request(FIXTURE))
    with hostile_fhir(chart) as fhir, serving(server, WORKERS=WORKERS) as served:
        return {"server": server} | asyncio.run(soak(served, fhir, minutes * 60))


if __name__ == "__main__":
    found = run(float(sys.argv[1]), *sys.argv[2:])
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    sys.exit(not found["passed"])
