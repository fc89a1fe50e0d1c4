"""Pregnancy: what suppresses suggestions with radiation."""

from __future__ import annotations

from datetime import timedelta

from cds_service.engine.evidence import Evidence
from cds_service.engine.record import PatientRecord
from hooks.spine.laboratory import newest
from hooks.spine.problems import active, evidence_of, possible, problems

_LONGEST = timedelta(weeks=42)  # an older observation is of a pregnancy that is over


def read_pregnancy(record: PatientRecord) -> tuple[Evidence, ...]:
    """Return what documents a pregnancy, confirmed or not: the problem list, the newest status."""
    coded = problems(record, "pregnancy")
    return evidence_of(active(coded) + possible(coded)) + _observed(record)


def _observed(record: PatientRecord) -> tuple[Evidence, ...]:
    status = newest(record, "pregnancy-status")
    if status is None or status.when is None or status.when.last < record.as_of - _LONGEST:
        return ()
    said = record.memberships(status.observation.value_codeable_concept)
    return (status.evidence,) if "pregnancy" in said else ()
