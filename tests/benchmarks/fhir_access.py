"""Measure seven missing searches against the slowest of them alone, interleaved, in one run.

The FHIR server is a process of its own that answers everything after 20 ms. It measures and does
not judge: the exit code is always 0. Only the ratios mean anything.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cds_service.app import deploy
from cds_service.fhir.access import Access
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.gather import gather
from cds_service.fhir.templates import PrefetchTemplate
from cds_service.security.cds_client import CDSClient
from cds_service.services import find_services
from cds_service.settings import Settings
from tests.benchmarks.rounds import measure

LATENCY_SECONDS = 0.02
SEARCHES, ROUNDS = 7, 40
FIXTURE, PATIENT = "removal-solid-fusion", "h01"


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    deployment = deploy(Settings(), find_services())
    templates = deployment.templates["spinal-hardware-removal"]
    searches = [template for template in templates if template.is_search][:SEARCHES]
    command = [sys.executable, "-m", "tests.hostile_fhir", FIXTURE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        assert server.stdout is not None
        base = f"http://127.0.0.1:{int(server.stdout.readline())}/delay={LATENCY_SECONDS}/fhir"
        try:
            gc.freeze()
            gc.set_threshold(50_000, 20, 50)
            medians = measure(tasks(searches, base, deployment.client), ROUNDS)
        finally:
            server.kill()
    slowest = max(medians[template.key] for template in searches)
    ratios = {
        "side by side / slowest alone": medians["side by side"] / slowest,
        "one batch / slowest alone": medians["one batch"] / slowest,
    }
    if "--json" in sys.argv:
        print(json.dumps({"medians_us": medians, "ratios": ratios}))
        return
    print(f"{SEARCHES} searches of {LATENCY_SECONDS * 1000:g} ms; medians of {ROUNDS} rounds")
    for name, value in medians.items():
        print(f"  {name:<32}{value / 1000:>10.2f} ms")
    for name, value in ratios.items():
        print(f"  {name:<32}{value:>10.2f}")


def tasks(
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


if __name__ == "__main__":
    main()
