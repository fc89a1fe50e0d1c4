"""Medications that a request or statement only refers to, read one by one where possible."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from cds_service.engine.resources import (
    Medication,
    MedicationRequest,
    MedicationStatement,
    Resource,
)
from cds_service.fhir.client import FhirReader
from cds_service.fhir.identifiers import is_id
from cds_service.fhir.parallel import side_by_side
from cds_service.fhir.read_error import FhirReadError

MAX_MEDICATIONS = 100


def read_medications(resources: Sequence[Resource], reader: FhirReader | None) -> list[Medication]:
    """Return the Medications that are referred to and not there yet, as far as they can be had.

    One that cannot be read stays unnamed, and a medicine without a name is judged by rule 3 of the
    contract; it is no prefetch key, so it is not listed as unread.
    """
    if reader is None:
        return []
    there = {r.id for r in resources if isinstance(r, Medication)}
    wanted = {i for r in resources if (i := _medication_id(r, reader)) is not None} - there
    if not wanted:
        return []
    tasks = [partial(_read, i, reader) for i in sorted(wanted)[:MAX_MEDICATIONS]]
    reads = side_by_side(tasks, reader.client.fan_out)
    found = []
    for read in reads:
        try:
            medication = read.result(timeout=reader.deadline.patience())
        except TimeoutError:
            continue
        if medication is not None:
            found.append(medication)
    return found


def _medication_id(resource: Resource, reader: FhirReader) -> str | None:
    """Return the id of a Medication on this server that alone names the drug."""
    if not isinstance(resource, MedicationRequest | MedicationStatement):
        return None
    concept, pointer = resource.medication_codeable_concept, resource.medication_reference
    if pointer is None or (concept is not None and (concept.coding or concept.text)):
        return None
    reference = (pointer.reference or "").removeprefix(f"{reader.base.url}/")
    kind, _, medication_id = reference.partition("/_history/")[0].partition("/")
    return medication_id if kind == "Medication" and is_id(medication_id) else None


def _read(medication_id: str, reader: FhirReader) -> Medication | None:
    try:
        value = reader.read(f"Medication/{medication_id}")
    except FhirReadError:
        return None
    return value if isinstance(value, Medication) and value.id == medication_id else None
