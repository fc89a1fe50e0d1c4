"""Pregnancy: what suppresses suggestions with radiation."""

from __future__ import annotations

from datetime import timedelta

from cds_service.engine.content import Configuration
from cds_service.engine.evidence import Evidence
from cds_service.engine.record import PatientRecord
from hooks.spine.laboratory import Measurement, newest, preliminary
from hooks.spine.problems import active, evidence_of, possible, problems

_STATUS = "pregnancy-status"


def read_pregnancy(
    record: PatientRecord, configuration: Configuration, named: tuple[Evidence, ...] = ()
) -> tuple[Evidence, ...]:
    """Return what documents a pregnancy, confirmed or not: the problem list, the newest status.

    ``named`` are the problems that say so in words.
    """
    coded = problems(record, "pregnancy")
    longest = timedelta(weeks=configuration.count("pregnancy.maxWeeks"))
    return evidence_of(active(coded) + possible(coded)) + named + _observed(record, longest)


def _observed(record: PatientRecord, longest: timedelta) -> tuple[Evidence, ...]:
    """Return the newest status, and what is not final or of no known status, if they say so."""
    found = (newest(record, _STATUS), *preliminary(record, _STATUS))
    return tuple(m.evidence for m in found if m is not None and _says_so(record, m, longest))


def _says_so(record: PatientRecord, status: Measurement, longest: timedelta) -> bool:
    """Whether a status says that the patient is pregnant; undated, it may be of today."""
    if status.when is not None and status.when.last < record.as_of - longest:
        return False
    return "pregnancy" in record.memberships(status.observation.value_codeable_concept)
