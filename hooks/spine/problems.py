"""The problem list: which conditions are active, confirmed, and since when."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cds_service.engine.codes import ICD_10_CM, canonical
from cds_service.engine.datatypes import StatusConcept
from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Condition
from hooks.spine.levels import Levels
from hooks.spine.order_words import Region
from hooks.spine.procedure_places import sites

_INACTIVE = frozenset({"inactive", "remission", "resolved"})
_UNCONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})


class Problem(msgspec.Struct, frozen=True, gc=False):
    """One condition with how it counts: active or past, confirmed or only possible."""

    condition: Condition
    is_active: bool
    is_confirmed: bool
    asserted: DateInterval | None
    levels: Levels
    region: Region
    site_sets: frozenset[str]
    evidence: Evidence


def problems(record: PatientRecord, *value_sets: str) -> tuple[Problem, ...]:
    """Return all conditions whose code lies in any of the value sets, ordered by id."""
    found = record.coded(Condition, *value_sets)
    return tuple([_problem(record, c, value_sets) for c in found]) if found else ()


def active(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return those that are active and confirmed."""
    return tuple([p for p in found if p.is_active and p.is_confirmed])


def possible(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return those that are active but not confirmed."""
    return tuple([p for p in found if p.is_active and not p.is_confirmed])


def evidence_of(found: Iterable[Problem]) -> tuple[Evidence, ...]:
    """Return the evidence of each."""
    return tuple([p.evidence for p in found])


def _problem(record: PatientRecord, condition: Condition, value_sets: tuple[str, ...]) -> Problem:
    codes = [coding for vs in value_sets for coding in record.codings_in(condition.code, vs)]
    memberships = record.memberships(condition.code)
    names = [record.terminology[vs].title for vs in value_sets if vs in memberships]
    levels, region = sites(record, condition.body_site)
    site_sets: frozenset[str] = frozenset()
    for site in condition.body_site:
        site_sets |= record.memberships(site)
    verification = _code(condition.verification_status)
    sequela = any(_is_sequela(c.system, c.code) for c in codes)
    onset = condition.onset_period.start if condition.onset_period else None
    asserted = record.dated(condition.recorded_date, condition.onset_date_time, onset)
    status = "" if verification not in _UNCONFIRMED else f", {verification}"
    code = next((c.code for c in codes if c.code and _is_plain(c.code)), "coded")
    return Problem(
        condition=condition,
        is_active=is_active(record, condition) and not sequela,
        is_confirmed=is_confirmed(condition),
        asserted=asserted,
        levels=levels,
        region=region,
        site_sets=site_sets,
        evidence=Evidence(
            Origin.CODED,
            condition.reference,
            asserted.text if asserted else "",
            says=f"{names[0] if names else 'condition'} ({code}{status})",
        ),
    )


def is_confirmed(condition: Condition) -> bool:
    """Whether nothing says that a condition is only supposed."""
    return _code(condition.verification_status) not in _UNCONFIRMED


def is_active(record: PatientRecord, condition: Condition) -> bool:
    """Whether a condition may be present today by its clinical status and its end."""
    return _code(condition.clinical_status) not in _INACTIVE and not _has_ended(record, condition)


def _has_ended(record: PatientRecord, condition: Condition) -> bool:
    """Whether a problem surely ended: not in the future, nor in a year that is not over."""
    ended = record.dated(condition.abatement_date_time)
    return ended is not None and ended.last <= record.as_of


def _code(concept: StatusConcept | None) -> str:
    for coding in concept.coding if concept else ():
        if coding.code:
            return coding.code
    return ""


def _is_plain(code: str) -> bool:
    """Whether a code may stand on a card as it is written: a family takes any ending."""
    return code.isascii() and code.replace(".", "").isalnum()


def _is_sequela(system: str | None, code: str | None) -> bool:
    """Whether an ICD-10-CM injury or complication code carries the 7th character S."""
    if not system or not code:
        return False
    system, code = canonical(system, code)
    return system == ICD_10_CM and len(code) == 7 and code.endswith("S")
