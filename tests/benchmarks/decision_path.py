"""Measure the decision path against ``json.loads`` of the same body, interleaved, in one run.

It measures and does not judge: the exit code is always 0. Only the ratios mean anything.
"""

from __future__ import annotations

import gc
import json
import sys

import orjson

import fhir_fixtures
from cds_service.app import deploy
from cds_service.protocol.envelope import open_envelope
from cds_service.protocol.invocation import answer
from cds_service.services import find_services
from cds_service.settings import Settings
from hooks.spine.text.governing import governing
from hooks.spine.text.reader import read_text
from tests.benchmarks.bodies import REPORT, aspirin, coded, reported
from tests.benchmarks.rounds import measure

ROUNDS, REPEATS = 60, 10


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    settings = Settings.from_environ({"SPINE_CDS_VALUE_SETS": str(fhir_fixtures.VALUE_SETS)})
    deployment = deploy(settings, find_services(), clock=lambda: fhir_fixtures.AS_OF)
    service = deployment.services.get("spinal-hardware-removal")
    assert service is not None
    relevant = coded()
    irrelevant = aspirin(relevant)
    one_report, ten_reports = reported(relevant), reported(relevant, 10)
    text = REPORT.read_text(encoding="utf-8")
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    medians = measure(
        {
            "json.loads": lambda: json.loads(relevant),
            "orjson.loads": lambda: orjson.loads(relevant),
            "decision path": lambda: answer(service, relevant, deployment),
            "one 2 KB report": lambda: answer(service, one_report, deployment),
            "ten 2 KB reports": lambda: answer(service, ten_reports, deployment),
            "reading one report": lambda: governing(read_text(text)),
            "envelope alone": lambda: open_envelope(irrelevant, "order-sign"),
            "aspirin order": lambda: answer(service, irrelevant, deployment),
        },
        ROUNDS,
        REPEATS,
    )
    ratios = {
        "decision path / json.loads": medians["decision path"] / medians["json.loads"],
        "one 2 KB report / json.loads": medians["one 2 KB report"] / medians["json.loads"],
        "ten 2 KB reports / json.loads": medians["ten 2 KB reports"] / medians["json.loads"],
        "ms per KB of report text": medians["reading one report"] / len(text) * 1.024,
        "aspirin order / envelope alone": medians["aspirin order"] / medians["envelope alone"],
    }
    if "--json" in sys.argv:
        print(json.dumps({"bytes": len(relevant), "medians_us": medians, "ratios": ratios}))
        return
    print(f"body of {len(relevant):,} bytes; medians of {ROUNDS} interleaved rounds")
    for name, value in medians.items():
        print(f"  {name:<32}{value:>10.1f} us")
    for name, value in ratios.items():
        print(f"  {name:<32}{value:>10.2f}")


if __name__ == "__main__":
    main()
