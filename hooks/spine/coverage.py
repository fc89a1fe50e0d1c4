"""Coverage: which policies are active, and whether any is workers' compensation."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cds_service.engine.dates import parse_date
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Coverage


class ActiveCoverage(msgspec.Struct, frozen=True, gc=False):
    """One active policy; ``is_typed`` is False when its type says nothing by code."""

    is_workers_compensation: bool
    is_typed: bool
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
        is_typed = bool(coverage.type and any(c.code for c in coverage.type.coding))
        says = "workers' compensation policy" if is_wc else "policy of another type"
        dated = start.text if start else ""
        found.append(
            ActiveCoverage(
                is_wc,
                is_typed,
                Evidence(
                    Origin.CODED,
                    coverage.reference,
                    dated,
                    says=says if is_typed else "policy without a coded type",
                ),
            )
        )
    return tuple(found)
