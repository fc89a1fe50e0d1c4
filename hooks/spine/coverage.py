"""Coverage: which policies are active, and whether any is workers' compensation."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.dates import parse_date
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Coverage

_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


class ActiveCoverage(msgspec.Struct, frozen=True, gc=False):
    """One active policy; ``is_typed`` is False when its type says nothing by a code that we know.

    ``is_certain`` is False when its dates leave open whether it covers the date of judgement.
    """

    is_workers_compensation: bool
    is_typed: bool
    is_certain: bool
    evidence: Evidence


def active_coverages(
    record: PatientRecord, coverages: Iterable[Coverage]
) -> tuple[ActiveCoverage, ...]:
    """Return the policies whose status is active and whose period covers the date of judgement."""
    found = []
    for coverage in coverages:
        period = coverage.period
        start = parse_date(period.start) if period else None
        end = parse_date(period.end) if period else None
        covers = (start is None or start.first <= record.as_of) and (
            end is None or end.last >= record.as_of
        )
        if coverage.status != "active" or not covers:
            continue
        is_wc = "workers-compensation" in record.memberships(coverage.type)
        is_typed = _is_typed(record, coverage.type)
        is_certain = (start is None or start.last <= record.as_of) and (
            end is None or end.first >= record.as_of
        )
        says = "workers' compensation policy" if is_wc else "policy of another type"
        dated = start.text if start else ""
        found.append(
            ActiveCoverage(
                is_wc,
                is_typed,
                is_certain,
                Evidence(
                    Origin.CODED,
                    coverage.reference,
                    dated,
                    says=says if is_typed else "policy without a coded type",
                ),
            )
        )
    return tuple(found)


def _is_typed(record: PatientRecord, kind: CodeableConcept | None) -> bool:
    """Whether a type is coded in HL7 ActCode, or by a code that a site has mapped.

    Any other local code may stand for workers' compensation.
    """
    coded = any(c.system == _ACT_CODE and c.code for c in kind.coding) if kind else False
    return coded or bool(record.memberships(kind))
