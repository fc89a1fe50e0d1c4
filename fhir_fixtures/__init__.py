"""Synthetic patients and requests; all are invented. Their dates move with the day of use."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
VALUE_SETS = FOLDER / "value_sets"
AS_OF = date(2026, 3, 1)  # the day for which the fixtures are written

_KEY_OF_TYPE = {
    "Patient": "patient",
    "Condition": "conditions",
    "Procedure": "procedures",
    "DiagnosticReport": "diagnostic_reports",
    "ImagingStudy": "imaging_studies",
    "Observation": "observations",
    "MedicationRequest": "medication_requests",
    "Medication": "medication_requests",
    "MedicationStatement": "medication_statements",
    "Coverage": "coverages",
    "ServiceRequest": "service_requests",
    "DocumentReference": "document_references",
    "Device": "devices",
}
RESOURCE_TYPES = tuple(_KEY_OF_TYPE)  # of everything that a patient may have
_SERVICE_KEYS = {
    "spinal-hardware-removal": set(_KEY_OF_TYPE.values()),
    "spinal-fusion-revision": set(_KEY_OF_TYPE.values())
    - {"medication_requests", "medication_statements", "coverages"},
}


def load_patient(name: str) -> dict[str, Any]:
    """Return one synthetic patient as a FHIR Bundle, dated for ``AS_OF``."""
    path = FOLDER / "patients" / f"{name}.json"
    bundle: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return bundle


def patient_names() -> list[str]:
    """Return the names of all synthetic patients."""
    return sorted(path.stem for path in (FOLDER / "patients").glob("*.json"))


def load_request(name: str, as_of: date = AS_OF) -> dict[str, Any]:
    """Return a whole CDS Hooks request of ``requests/``, its dates moved to the day of use.

    A request file names its patient, from whose Bundle the prefetch is made. One that names none is
    a whole body as a client sent it.
    """
    stored = _stored(name)
    patient, service = stored.pop("patient", None), stored.pop("service")
    if patient is not None:
        keys = _SERVICE_KEYS[service.removesuffix("-select")]
        stored["prefetch"] = prefetch_of(load_patient(patient), keys)
    request: dict[str, Any] = shifted(stored, as_of - AS_OF)
    return request


def service_of(name: str) -> str:
    """Return the id of the CDS service that a request of ``requests/`` is for."""
    service: str = _stored(name)["service"]
    return service


def _stored(name: str) -> dict[str, Any]:
    path = FOLDER / "requests" / f"{name}.json"
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def request_names() -> list[str]:
    """Return the names of all whole requests."""
    return sorted(path.stem for path in (FOLDER / "requests").glob("*.json"))


def prefetch_of(bundle: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    """Return the prefetch that a client would send for a patient: null where nothing was found."""
    resources = [entry["resource"] for entry in bundle["entry"]]
    prefetch: dict[str, Any] = {}
    for key in sorted(keys):
        found = [r for r in resources if _KEY_OF_TYPE.get(r["resourceType"]) == key]
        if key == "patient":
            prefetch[key] = found[0] if found else None
        else:
            prefetch[key] = _searchset(sorted(found, key=_newest_first)) if found else None
    return prefetch


def _searchset(resources: list[dict[str, Any]]) -> dict[str, Any]:
    matches = [r for r in resources if r["resourceType"] != "Medication"]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(matches),
        "entry": [
            {
                "resource": resource,
                "search": {
                    "mode": "include" if resource["resourceType"] == "Medication" else "match"
                },
            }
            for resource in resources
        ],
    }


def _newest_first(resource: dict[str, Any]) -> tuple[int, str]:
    dates = [str(resource[name]) for name in _DATES if name in resource]
    return (-_days(dates[0]) if dates else 0, resource["id"])


_DATES = ("performedDateTime", "effectiveDateTime", "started", "authoredOn", "recordedDate")


def _days(text: str) -> int:
    return date.fromisoformat((text + "-12-31")[:10] if len(text) < 10 else text[:10]).toordinal()


def shifted(value: Any, by: timedelta) -> Any:
    """Return JSON with every FHIR date moved; a year or a month moves with its first day."""
    if isinstance(value, dict):
        return {key: shifted(member, by) for key, member in value.items()}
    if isinstance(value, list):
        return [shifted(member, by) for member in value]
    return _moved(value, by) if isinstance(value, str) else value


_FORMS: dict[int, Callable[[date], str]] = {
    4: lambda day: f"{day:%Y}",
    7: lambda day: f"{day:%Y-%m}",
    10: lambda day: day.isoformat(),
}


def _moved(text: str, by: timedelta) -> str:
    written, rest = text.partition("T")[0], text.partition("T")[2]
    if len(written) not in _FORMS or not written.replace("-", "").isdigit():
        return text
    if len(written) == 4 and rest == "" and not written.startswith(("19", "20")):
        return text
    if written.count("-") != {4: 0, 7: 1, 10: 2}[len(written)]:
        return text
    try:
        day = date.fromisoformat((written + "-01-01")[:10])
    except ValueError:
        return text
    return _FORMS[len(written)](day + by) + (f"T{rest}" if rest else "")
