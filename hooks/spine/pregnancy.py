"""Pregnancy: what suppresses suggestions with radiation."""

from __future__ import annotations

from datetime import timedelta

from cds_service.engine.evidence import Evidence
from cds_service.engine.record import PatientRecord
from hooks.spine.laboratory import Measurement, newest, preliminary
from hooks.spine.problems import active, evidence_of, possible, problems

_STATUS = "pregnancy-status"
_LONGEST = timedelta(weeks=42)  # an older observation is of a pregnancy that is over


def read_pregnancy(record: PatientRecord) -> tuple[Evidence, ...]:
    """Return what documents a pregnancy, confirmed or not: the problem list, the newest status."""
    coded = problems(record, "pregnancy")
    return evidence_of(active(coded) + possible(coded)) + _observed(record)


def _observed(record: PatientRecord) -> tuple[Evidence, ...]:
    """Return the newest status, and what is not final or of no known status, if they say so."""
    found = (newest(record, _STATUS), *preliminary(record, _STATUS))
    return tuple(m.evidence for m in found if m is not None and _says_pregnant(record, m))


def _says_pregnant(record: PatientRecord, status: Measurement) -> bool:
    if status.when is None or status.when.last < record.as_of - _LONGEST:
        return False
    return "pregnancy" in record.memberships(status.observation.value_codeable_concept)
