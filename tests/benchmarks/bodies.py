"""The request bodies that the benchmark keeps: a removal order with a chart of a given size."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from fhir_fixtures import AS_OF, load_request, shifted

REPORT = Path(__file__).with_name("ct_report.txt")
SERVICE = "spinal-hardware-removal"
CODED, HEAVY = 86, 500  # resources
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_OTHER_CODES = ("I10", "E78.5", "K21.9", "J45.909", "H52.4", "N39.0", "R51.9", "L30.9")
_HL7 = "http://terminology.hl7.org/CodeSystem"
_LABS = ("2345-7", "2160-0", "718-7", "777-3", "2823-3", "2951-2", "6690-2", "17861-6")


def bodies(as_of: date = AS_OF) -> dict[str, bytes]:
    """Return the bodies of the goals by name, their dates moved to the day of use."""
    chart = coded()
    made = {
        "coded": chart,
        "reported": reported(chart),
        "ten reports": reported(chart, 10),
        "heavy": reported(coded(HEAVY - 10), 10, as_large=False),
    }
    return {name: dated(body, as_of) for name, body in made.items()}


def today() -> date:
    """Return the day for which a server judges that is run with its defaults."""
    return datetime.now(UTC).date()


def coded(resources: int = CODED) -> bytes:
    """Return an order-sign body for patient H01 among unrelated findings: 86 resources, 100 KB.

    The unrelated resources carry what real ones do: profiles, encounters, performers, two codings
    with their displays. Nothing is written in prose: the patient's note stays out.
    """
    request = load_request("removal-solid-fusion")
    prefetch: dict[str, Any] = request["prefetch"]
    prefetch["document_references"] |= {"entry": [], "total": 0}
    present = sum(1 for _ in _resources(request))
    for number in range(resources - present):
        key = "conditions" if number % 3 == 0 else "observations"
        make = _condition if number % 3 == 0 else _observation
        url = f"https://ehr.example.org/fhir/R4/{key}/other-{number}"
        _add(prefetch[key], {"fullUrl": url, "resource": make(number)})
    return _compact(request)


def reported(body: bytes, reports: int = 1, *, as_large: bool = True) -> bytes:
    """Return the same body with CT reports of 2 KB of text; the newest governs.

    With ``as_large`` as many unrelated resources go as the reports take room.
    """
    request = json.loads(body)
    prefetch = request["prefetch"]
    for number in range(reports):
        _add(prefetch["diagnostic_reports"], {"resource": _report(number, reports)})
    observations = prefetch["observations"]
    while as_large and len(_compact(request)) > len(body) and len(observations["entry"]) > _OWN:
        observations["entry"].pop()
        observations["total"] -= 1
    return _compact(request)


_OWN = 12  # observations of the patient that the criteria read


def _report(number: int, reports: int) -> dict[str, Any]:
    code = {"system": "http://loinc.org", "code": "30620-9", "display": "CT lumbar spine"}
    return {
        "resourceType": "DiagnosticReport",
        "id": f"ct-report-{number}",
        "status": "final",
        "code": {"coding": [code], "text": "CT lumbar spine without contrast"},
        "subject": {"reference": "Patient/h01"},
        "effectiveDateTime": (AS_OF - timedelta(days=10 + reports - number)).isoformat(),
        "presentedForm": [{"contentType": "text/plain", "data": _encoded(number)}],
    }


def report_text(number: int = 0) -> str:
    """Return the text of one report; those of other numbers differ in measures and indication."""
    text = REPORT.read_text(encoding="utf-8")
    pain = ("iliac screws", "left iliac screw", "right iliac screw", "sacral screws")
    return (
        text.replace("over the iliac screws", f"over the {pain[number % len(pain)]}")
        .replace("612 mGy-cm", f"{612 - number} mGy-cm")
        .replace("approximately 5 mm", f"approximately {5 + number} mm")
    )


def _encoded(number: int) -> str:
    return b64encode(report_text(number).encode()).decode()


def facts(body: bytes) -> dict[str, Any]:
    """Return what a body weighs: bytes, resources in its prefetch, and KB of report text."""
    request = json.loads(body)
    forms = [f for r in _resources(request) for f in r.get("presentedForm", ())]
    text = sum(len(b64decode(form["data"])) for form in forms)
    resources = sum(1 for _ in _resources(request))
    return {"bytes": len(body), "resources": resources, "KB of report text": text / 1024}


def aspirin(body: bytes) -> bytes:
    """Return the same body with an order for aspirin instead."""
    request = json.loads(body)
    request["context"]["draftOrders"]["entry"] = [{"resource": _aspirin(1)}]
    return _compact(request)


def with_orders(body: bytes, orders: int) -> bytes:
    """Return the same body with that many draft orders: the removal among orders for aspirin."""
    request = json.loads(body)
    entries = request["context"]["draftOrders"]["entry"]
    entries += [{"resource": _aspirin(number)} for number in range(2, orders + 1)]
    return _compact(request)


def searchset(body: bytes, key: str, *, malformed: bool = False) -> bytes:
    """Return one prefetched searchset of a body, if wanted with a malformed resource in it."""
    found = json.loads(body)["prefetch"][key]
    if malformed:
        kind = found["entry"][0]["resource"]["resourceType"]
        _add(found, {"resource": {"resourceType": kind, "id": ["malformed"]}})
    return _compact(found)


def _aspirin(number: int) -> dict[str, Any]:
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    coding = {"system": rxnorm, "code": "1191", "display": "Aspirin"}
    return {
        "resourceType": "MedicationRequest",
        "id": f"draft-{number}",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [coding]},
        "subject": {"reference": "Patient/h01"},
    }


def _resources(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for value in request["prefetch"].values():
        if value and "entry" in value:
            yield from (entry["resource"] for entry in value["entry"])
        elif value:
            yield value


def _add(searchset: dict[str, Any], entry: dict[str, Any]) -> None:
    searchset["entry"].append(entry | {"search": {"mode": "match"}})
    searchset["total"] += 1


def _compact(request: dict[str, Any]) -> bytes:
    return json.dumps(request, separators=(",", ":")).encode()


def dated(body: bytes, as_of: date) -> bytes:
    """Return the same body with every date moved as far as the day of use is from the fixtures'."""
    return _compact(shifted(json.loads(body), as_of - AS_OF))


def _condition(number: int) -> dict[str, Any]:
    code = _OTHER_CODES[number % len(_OTHER_CODES)]
    return {
        "resourceType": "Condition",
        **_common(number, "us-core-condition-problems-health-concerns"),
        "clinicalStatus": _concept(f"{_HL7}/condition-clinical", "active", "Active"),
        "verificationStatus": _concept(f"{_HL7}/condition-ver-status", "confirmed", "Confirmed"),
        "category": [_concept(f"{_HL7}/condition-category", "problem-list-item", "Problem List")],
        "code": {
            "coding": [
                {"system": _ICD, "code": code, "display": "Another diagnosis of this patient"},
                {"system": "urn:oid:1.2.840.114350.1.13", "code": f"{90000 + number}"},
            ],
            "text": "Another diagnosis of this patient",
        },
        "onsetDateTime": f"2023-{number % 12 + 1:02}-01",
        "recordedDate": f"2024-{number % 12 + 1:02}-03",
        "recorder": {"reference": "Practitioner/internist-1", "display": "Internist, Ida"},
    }


def _observation(number: int) -> dict[str, Any]:
    code = _LABS[number % len(_LABS)]
    value = 4.1 + number / 10
    return {
        "resourceType": "Observation",
        **_common(number, "us-core-observation-lab"),
        "status": "final",
        "category": [_concept(f"{_HL7}/observation-category", "laboratory", "Laboratory")],
        "code": {
            "coding": [
                {"system": "http://loinc.org", "code": code, "display": "Another analyte"},
                {"system": "urn:oid:1.2.840.114350.1.13", "code": f"{70000 + number}"},
            ],
            "text": "Another analyte",
        },
        "effectiveDateTime": f"2025-{number % 12 + 1:02}-11T08:00:00Z",
        "issued": f"2025-{number % 12 + 1:02}-11T10:24:00.000Z",
        "performer": [{"reference": "Organization/lab-1", "display": "Example Laboratory"}],
        "valueQuantity": _millimoles(value),
        "referenceRange": [
            {"low": _millimoles(3.5), "high": _millimoles(5.1), "text": "3.5-5.1 mmol/L"}
        ],
    }


def _common(number: int, profile: str) -> dict[str, Any]:
    return {
        "id": f"other-{number}",
        "meta": {
            "lastUpdated": "2025-01-01T00:00:00Z",
            "profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/{profile}"],
        },
        "subject": {"reference": "Patient/h01", "display": "Iliac, Irene"},
        "encounter": {"reference": f"Encounter/enc-{number}"},
    }


def _millimoles(value: float) -> dict[str, Any]:
    return {
        "value": round(value, 1),
        "unit": "mmol/L",
        "system": "http://unitsofmeasure.org",
        "code": "mmol/L",
    }


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}
