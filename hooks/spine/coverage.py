"""Coverage: which policies are active, and whether any is workers' compensation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, auto

import msgspec

from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.dates import DateInterval, parse_date
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Coverage
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.laterality import names_of
from hooks.spine.words import words

_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_WORDS = chart_words("policy")
_NAMED, _HINTS, _UNLESS = _WORDS["named"], _WORDS["hints"], _WORDS["unless"]
_QUOTED = 200  # characters


class Naming(Enum):
    """Whether the words of a policy (type, class, payer) name workers' compensation."""

    PLAIN = auto()
    PERHAPS = auto()
    NOT_AT_ALL = auto()


class ActiveCoverage(msgspec.Struct, frozen=True, gc=False):
    """One active policy; ``is_typed`` is False when its type says nothing by a code that we know.

    ``is_certain`` is False when its dates leave open whether it covers the date of judgement,
    ``has_status`` when it may not be active: its status is missing.
    """

    is_workers_compensation: bool
    is_typed: bool
    is_certain: bool
    evidence: Evidence
    naming: Naming = Naming.NOT_AT_ALL
    has_status: bool = True


def active_coverages(
    record: PatientRecord, coverages: Iterable[Coverage]
) -> tuple[ActiveCoverage, ...]:
    """Return the policies that may be active and whose period covers the date of judgement."""
    return tuple([_policy(record, c) for c in coverages if _may_be_active(record, c)])


def _may_be_active(record: PatientRecord, coverage: Coverage) -> bool:
    start, end = _period(coverage)
    covers = (start is None or start.first <= record.as_of) and (
        end is None or end.last >= record.as_of
    )
    return coverage.status in ("active", None) and covers


def _period(coverage: Coverage) -> tuple[DateInterval | None, DateInterval | None]:
    period = coverage.period
    return (parse_date(period.start), parse_date(period.end)) if period else (None, None)


def _policy(record: PatientRecord, coverage: Coverage) -> ActiveCoverage:
    start, end = _period(coverage)
    is_wc = "workers-compensation" in record.memberships(coverage.type)
    is_typed = _is_typed(record, coverage.type)
    naming, quote = _naming(coverage, is_typed)
    is_certain = (start is None or start.last <= record.as_of) and (
        end is None or end.first >= record.as_of
    )
    says = "policy of another type" if is_typed else "policy without a coded type"
    if is_wc:
        says = "workers' compensation policy"
    elif naming is not Naming.NOT_AT_ALL:
        says = f"{says} that may be workers' compensation by its type, class or payer:"
    if coverage.status is None:
        says = f"without a status, {says}"
    dated = start.text if start else ""
    evidence = Evidence(
        Origin.CODED, coverage.reference, dated, quote="" if is_wc else quote, says=says
    )
    has_status = coverage.status is not None
    return ActiveCoverage(is_wc, is_typed, is_certain, evidence, naming, has_status)


def _is_typed(record: PatientRecord, kind: CodeableConcept | None) -> bool:
    """Whether a type is coded in HL7 ActCode, or by a code that a site has mapped.

    Any other local code may stand for workers' compensation.
    """
    coded = any(c.system == _ACT_CODE and c.code for c in kind.coding) if kind else False
    return coded or bool(record.memberships(kind))


def _naming(coverage: Coverage, is_typed: bool) -> tuple[Naming, str]:
    """Return what the words of a policy say, and which (clinical.md 3.8: payer, type, class).

    A hint ("state fund") in a payer's name says nothing where a coded type says what a policy is.
    """
    hints = frozenset() if is_typed else _HINTS
    found = [(_naming_of(text, hints), text) for text in _names(coverage)]
    found += [(_naming_of(text, _HINTS), text) for text in _classes(coverage)]
    said = [
        pair for wanted in (Naming.PLAIN, Naming.PERHAPS) for pair in found if pair[0] is wanted
    ]
    return (said[0][0], said[0][1][:_QUOTED]) if said else (Naming.NOT_AT_ALL, "")


def _naming_of(text: str, hints: frozenset[str]) -> Naming:
    said = words(text.replace("'", "").replace("’", ""))
    names_it = bool(said & _NAMED)
    if not names_it and not said & hints:
        return Naming.NOT_AT_ALL
    return Naming.PLAIN if names_it and not said & _UNLESS else Naming.PERHAPS


def _names(coverage: Coverage) -> Iterator[str]:
    yield from (payor.display for payor in coverage.payor if payor.display)
    yield from filter(None, names_of(coverage.type) if coverage.type else ())


def _classes(coverage: Coverage) -> Iterator[str]:
    for part in coverage.classes:
        yield from filter(
            None, (part.name, part.value, *(names_of(part.type) if part.type else ()))
        )
