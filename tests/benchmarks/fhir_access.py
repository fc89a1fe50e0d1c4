"""(d) Seven missing searches, read from a FHIR server, against the slowest of them alone.

The FHIR server is a process of its own that answers everything after 20 ms.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any

from cds_service.fhir.access import Access
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.gather import gather
from cds_service.fhir.templates import PrefetchTemplate
from cds_service.security.cds_client import CDSClient
from tests.benchmarks.bodies import SERVICE
from tests.benchmarks.figures import figure, ratio
from tests.benchmarks.product import deployed
from tests.benchmarks.rounds import measure
from tests.benchmarks.sections import Effort, Section

LATENCY_SECONDS = 0.02
SEARCHES = 7
FIXTURE, PATIENT = "removal-solid-fusion", "h01"
NAMES = {
    "side by side": "7 missing searches side by side / slowest alone",
    "one batch": "7 missing searches in one batch / slowest alone",
}


def fhir_access(effort: Effort) -> Iterator[Section]:
    """Yield what each search costs alone, and what all of them cost together."""
    deployment = deployed()
    searches = [t for t in deployment.templates[SERVICE] if t.is_search][:SEARCHES]
    with _fhir_server() as base:
        samples = measure(_tasks(searches, base, deployment.client), effort.rounds)
    slowest = max((samples[t.key] for t in searches), key=median)
    yield Section(
        f"(d) {SEARCHES} missing searches of {LATENCY_SECONDS * 1000:g} ms each, milliseconds",
        [
            {"what": name, "milliseconds": figure(found), "/ slowest alone": ratio(found, slowest)}
            for name, found in samples.items()
        ],
        {name: ratio(samples[task], slowest) for task, name in NAMES.items()},
    )


@contextmanager
def _fhir_server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.hostile_fhir", FIXTURE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/delay={LATENCY_SECONDS}/fhir"
        finally:
            server.kill()


def _tasks(
    searches: Sequence[PrefetchTemplate], base: str, client: CDSClient
) -> dict[str, Callable[[], Any]]:
    """Return what is measured: every search alone, all of them at once, and all in one batch."""
    access = Access(PATIENT, {"patientId": PATIENT}, fhir_server=base)

    def reading(wanted: Sequence[PrefetchTemplate], by: CDSClient) -> Callable[[], Any]:
        def read() -> None:
            found = gather(wanted, access, by, Deadline.after(2.5))
            assert not [search for search in found.searches if search.unread]

        return read

    alone = {template.key: reading([template], client) for template in searches}
    return alone | {
        "side by side": reading(searches, client),
        "one batch": reading(searches, replace(client, batch=True)),
    }
