"""Medications that a request or statement only refers to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cds_service.engine.resources import (
    Medication,
    MedicationRequest,
    MedicationStatement,
    Resource,
)
from cds_service.fhir.client import FhirReader
from cds_service.fhir.identifiers import id_to_read
from cds_service.fhir.read_error import FhirReadError

MAX_MEDICATIONS = 100


def medications_to_read(resources: Sequence[Resource], is_here: Callable[[str], bool]) -> list[str]:
    """Return the ids of the Medications that are referred to and not there yet."""
    there = {r.id for r in resources if isinstance(r, Medication)}
    wanted = {i for r in resources if (i := _medication_id(r, is_here)) is not None}
    return sorted(wanted - there)[:MAX_MEDICATIONS]


def _medication_id(resource: Resource, is_here: Callable[[str], bool]) -> str | None:
    """Return the id of a Medication on this server that alone names the drug."""
    if not isinstance(resource, MedicationRequest | MedicationStatement):
        return None
    concept, pointer = resource.medication_codeable_concept, resource.medication_reference
    if pointer is None or (concept is not None and (concept.coding or concept.text)):
        return None
    return id_to_read(pointer.reference, "Medication", is_here)


def read_medication(medication_id: str, reader: FhirReader) -> Medication | None:
    """Return a Medication, or None when it cannot be had.

    It stays unnamed then, and a medicine without a name is judged by rule 3 of the contract; it is
    no prefetch key, so it is not listed as unread.
    """
    try:
        value = reader.read(f"Medication/{medication_id}")
    except FhirReadError:
        return None
    return value if isinstance(value, Medication) and value.id == medication_id else None
