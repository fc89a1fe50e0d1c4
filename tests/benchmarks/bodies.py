"""The request bodies that benchmarks keep: a removal order with a chart of a given size."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from fhir_fixtures import load_request

REPORT = Path(__file__).with_name("ct_report.txt")
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_OTHER_CODES = ("I10", "E78.5", "K21.9", "J45.909", "H52.4", "N39.0", "R51.9", "L30.9")
_HL7 = "http://terminology.hl7.org/CodeSystem"
_LABS = ("2345-7", "2160-0", "718-7", "777-3", "2823-3", "2951-2", "6690-2", "17861-6")


def coded(resources: int = 86) -> bytes:
    """Return an order-sign body for patient H01 among unrelated findings: 86 resources, 100 KB.

    The unrelated resources carry what real ones do: profiles, identifiers, encounters, performers,
    two codings with their displays. Nothing is written in prose: the patient's note stays out.
    """
    request = load_request("removal-solid-fusion")
    prefetch: dict[str, Any] = request["prefetch"]
    prefetch["document_references"] |= {"entry": [], "total": 0}
    present = sum(len(value["entry"]) for value in prefetch.values() if value and "entry" in value)
    for number in range(resources - present - 1):
        key = "conditions" if number % 3 == 0 else "observations"
        make = _condition if number % 3 == 0 else _observation
        url = f"https://ehr.example.org/fhir/R4/{key}/other-{number}"
        prefetch[key]["entry"].append(
            {"fullUrl": url, "resource": make(number), "search": {"mode": "match"}}
        )
        prefetch[key]["total"] += 1
    return json.dumps(request).encode()


def reported(body: bytes, reports: int = 1) -> bytes:
    """Return the same body with CT reports of 2 KB of text; the newest governs.

    As many unrelated resources go as the reports take room, so that the size stays.
    """
    request = json.loads(body)
    prefetch = request["prefetch"]
    for number in range(reports):
        entry = {"resource": _report(number), "search": {"mode": "match"}}
        prefetch["diagnostic_reports"]["entry"].append(entry)
        prefetch["diagnostic_reports"]["total"] += 1
    while len(json.dumps(request)) > len(body) and len(prefetch["observations"]["entry"]) > _OWN:
        prefetch["observations"]["entry"].pop()
        prefetch["observations"]["total"] -= 1
    return json.dumps(request).encode()


_OWN = 12  # observations of the patient that the criteria read


def _report(number: int) -> dict[str, Any]:
    code = {"system": "http://loinc.org", "code": "30620-9", "display": "CT lumbar spine"}
    return {
        "resourceType": "DiagnosticReport",
        "id": f"ct-report-{number}",
        "status": "final",
        "code": {"coding": [code], "text": "CT lumbar spine without contrast"},
        "subject": {"reference": "Patient/h01"},
        "effectiveDateTime": f"2026-01-{number + 5:02}",
        "presentedForm": [{"contentType": "text/plain", "data": _encoded()}],
    }


def _encoded() -> str:
    return b64encode(REPORT.read_bytes()).decode()


def aspirin(body: bytes) -> bytes:
    """Return the same body with an order for aspirin instead."""
    request = json.loads(body)
    order = {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [
                {
                    "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                    "code": "1191",
                    "display": "Aspirin",
                }
            ]
        },
        "subject": {"reference": "Patient/h01"},
    }
    request["context"]["draftOrders"]["entry"] = [{"resource": order}]
    return json.dumps(request).encode()


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
            "versionId": "1",
            "lastUpdated": "2025-01-01T00:00:00Z",
            "profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/{profile}"],
        },
        "identifier": [{"system": "urn:oid:1.2.840.114350.1.13.0", "value": f"E{10000 + number}"}],
        "subject": {"reference": "Patient/h01", "display": "Iliac, Irene"},
        "encounter": {"reference": f"Encounter/enc-{number}", "display": "Office Visit"},
    }


def _millimoles(value: float) -> dict[str, Any]:
    return {
        "value": round(value, 1),
        "unit": "mmol/L",
        "system": "http://unitsofmeasure.org",
        "code": "mmol/L",
    }


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}
