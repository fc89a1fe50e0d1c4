"""Versions of one report: which of them stand, and the day of the examination."""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.engine.dates import DateInterval, parse_date
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport
from hooks.spine.exam_days import day_of_exam
from hooks.spine.examinations import report_examined, titles
from hooks.spine.texts import Text, heading_of, texts_of_report

_AMENDED = frozenset(("amended", "corrected", "appended"))


def replaced(record: PatientRecord, reports: Sequence[DiagnosticReport]) -> frozenset[str]:
    """Return the ids of reports that an amended one of the same examination stands in for.

    Unfinished versions go as well.
    """
    amended = {_examination_key(record, r) for r in reports if r.status in _AMENDED} - {None}
    if not amended:
        return frozenset()
    return frozenset(
        r.id for r in reports if r.status not in _AMENDED and _examination_key(record, r) in amended
    )


def _examination_key(record: PatientRecord, report: DiagnosticReport) -> tuple[object, ...] | None:
    """Return what only reports of one examination share; None where that cannot be told.

    They are of one day, code and title, and made in one way: a general code such as "diagnostic
    imaging study" is shared by all examinations of a day.
    """
    texts = texts_of_report(record, report).found
    when = when_examined(record, report, texts)
    coded = frozenset(c.code for c in report.code.coding if c.code) if report.code else frozenset()
    heading = heading_of(texts[0]) if texts else ""
    examined = report_examined(record, report, heading, texts)
    if when is None or not coded or examined.modality is None:
        return None
    return (when.text, coded, titles(report.code).lower(), examined.modality, examined.region)


def when_examined(
    record: PatientRecord, report: DiagnosticReport, texts: Sequence[Text]
) -> DateInterval | None:
    """Return the day of an examination, by its text where no member has it, else of its report."""
    start = report.effective_period.start if report.effective_period else None
    when = record.dated(report.effective_date_time, start, report.issued)
    if parse_date(report.effective_date_time) or parse_date(start):
        return when
    return day_of_exam(texts, when.last if when else record.as_of) or when
