"""Scenarios that a clinician signs: what is in a file, and the request that each one describes.

A scenario says which fixture patient it is like, what differs, what is ordered, and what the card
must say. Its entries are written in the shorthand of ``scenario_record``.
"""

from copy import deepcopy
from pathlib import Path

import fhir_fixtures
from cds_service.app import deploy
from cds_service.engine.codes import load_yaml
from cds_service.settings import Settings
from hooks import services
from tests.scenario_record import change, resources_of

HOOKS = Path(__file__).parents[1] / "hooks"
SERVICE_OF_FOLDER = {
    "hardware_removal": "spinal-hardware-removal",
    "fusion_revision": "spinal-fusion-revision",
}
KEYS = frozenset(
    ("scenario", "claim", "like", "as of", "hook", "selected", "order", "orders", "record",
     "without", "change", "not searched", "incomplete", "failed", "expect")
)  # fmt: skip
SETTINGS = Settings(value_sets=fhir_fixtures.VALUE_SETS)
DEPLOYMENT = deploy(SETTINGS, services())
SERVICES = {service.id: service for service in DEPLOYMENT.services}


def scenarios_in(path):
    """Return the scenarios of one file, each with the id of its service; unknown keys raise."""
    service_id = SERVICE_OF_FOLDER[path.parts[-3]]
    found = []
    for scenario in load_yaml(path):
        if unknown := set(scenario) - KEYS:
            raise ValueError(f"{path.name}: {scenario['scenario']}: unknown {sorted(unknown)}")
        select = "-select" if scenario.get("hook") == "order-select" else ""
        found.append((SERVICES[service_id + select], scenario))
    return found


def all_scenarios():
    files = sorted(HOOKS.glob("*/scenarios/*.yaml"))
    return [found for path in files for found in scenarios_in(path)]


def request_of(service, scenario):
    """Return the CDS Hooks request that the scenario describes."""
    bundle = patient_of(scenario)
    patient_id = scenario["like"].lower()
    orders = scenario["orders"] if "orders" in scenario else [scenario["order"]]
    drafted = [drafted_order(order, n, patient_id) for n, order in enumerate(orders, 1)]
    context = {
        "userId": "Practitioner/surgeon-1",
        "patientId": patient_id,
        "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": drafted},
    }
    if service.hook == "order-select":
        context["selections"] = [f"ServiceRequest/{name}" for name in scenario["selected"]]
    return {
        "hook": service.hook,
        "hookInstance": "3f1a52c6-5c1e-4a4e-9d0a-2b7f6f1a9c10",
        "context": context,
        "prefetch": _prefetch(scenario, fhir_fixtures.prefetch_of(bundle, set(service.prefetch))),
    }


def drafted_order(order, number, patient_id):
    entry = {"ServiceRequest": order} if isinstance(order, str) else order
    (kind, said), *members = entry.items()
    entry = {kind: said, "status": "draft", **dict(members)}
    return {"resource": resources_of(entry, f"draft-{number}", patient_id)[0]}


def patient_of(scenario):
    """Return the Bundle of the fixture patient as the scenario changes it."""
    bundle = deepcopy(fhir_fixtures.load_patient(scenario["like"]))
    patient_id = scenario["like"].lower()
    resources = [entry["resource"] for entry in bundle["entry"]]
    for name in scenario.get("without", []):
        kept = [r for r in resources if r["id"] != name and not r["id"].startswith(f"{name}-")]
        if len(kept) == len(resources):
            raise ValueError(f"{scenario['scenario']}: {scenario['like']} has no {name}")
        resources = kept
    for name, members in scenario.get("change", {}).items():
        (resource,) = [r for r in resources if r["id"] == name]
        resources += change(resource, members, patient_id)
    for number, entry in enumerate(scenario.get("record", []), 1):
        resources += resources_of(entry, f"added-{number}", patient_id)
    return bundle | {"entry": [{"resource": resource} for resource in resources]}


def _prefetch(scenario, prefetch):
    for key in scenario.get("not searched", []):
        del prefetch[key]
    for key in scenario.get("failed", []):
        issue = {"severity": "error", "code": "exception"}
        prefetch[key] = {"resourceType": "OperationOutcome", "issue": [issue]}
    for key in scenario.get("incomplete", []):
        link = {"relation": "next", "url": "https://fhir.example.org/page-2"}
        prefetch[key] = prefetch[key] | {"link": [link], "total": 1000}
    return prefetch
