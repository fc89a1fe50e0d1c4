"""Versions of one report: which of them stand, and the day of the examination."""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.engine.datatypes import CodeableConcept, Coding
from cds_service.engine.dates import DateInterval, parse_date
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport
from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.coded_findings import FINAL
from hooks.spine.exam_days import day_of_exam
from hooks.spine.examinations import EXAMINATIONS, report_examined, titles
from hooks.spine.texts import Text, heading_of, texts_of_report
from hooks.spine.words import in_order

_AMENDED = frozenset(("amended", "corrected", "appended"))
# Words of a title that tell one version from another, and not one examination.
_OF_VERSION = _AMENDED | {"addendum", "final", "preliminary", "-"}


def replaced(record: PatientRecord, reports: Sequence[DiagnosticReport]) -> frozenset[str]:
    """Return the ids of reports that a later version of the same examination stands in for.

    An amended report does so for those that are not, and a final one for those that are unfinished.
    """
    amended = [r for r in reports if r.status in _AMENDED]
    final = [r for r in reports if r.status in FINAL]
    unfinished = [r for r in reports if r.status not in FINAL]
    others = [r for r in reports if r.status not in _AMENDED]
    return _stood_in_for(record, others, amended) | _stood_in_for(record, unfinished, final)


def _stood_in_for(
    record: PatientRecord, earlier: Sequence[DiagnosticReport], later: Sequence[DiagnosticReport]
) -> frozenset[str]:
    """Return the ids of the earlier reports that are of an examination of the later ones."""
    if not earlier or not later:
        return frozenset()
    known = {named_as(record, r.code) for r in earlier} - {None}
    shared = [r for r in later if named_as(record, r.code) in known]
    keys = {_examination_key(record, r) for r in shared} - {None}
    if not keys:
        return frozenset()
    names = {named_as(record, r.code) for r in shared}
    alike = [r for r in earlier if named_as(record, r.code) in names]
    return frozenset([r.id for r in alike if _examination_key(record, r) in keys])


def _examination_key(record: PatientRecord, report: DiagnosticReport) -> tuple[object, ...] | None:
    """Return what only reports of one examination share; None where that cannot be told.

    They are of one day, code and title, and made in one way: a general code such as "diagnostic
    imaging study" is shared by all examinations of a day. A code that names the examination needs
    no title, and a title no code.
    """
    texts = texts_of_report(record, report).found
    when = when_examined(record, report, texts)
    heading = heading_of(texts[0]) if texts else ""
    examined = report_examined(record, report, heading, texts)
    named = named_as(record, report.code)
    if when is None or named is None or examined.modality is None:
        return None
    return (when.text, *named, examined.modality, examined.region)


def _title(said: str) -> tuple[str, ...]:
    return tuple(word for word in in_order(said) if word not in _OF_VERSION)


_TITLES = Vocabulary(_title)  # titles recur


def named_as(
    record: PatientRecord, concept: CodeableConcept | None
) -> tuple[frozenset[str | None], tuple[str, ...]] | None:
    """Return the codes that name an examination, else all codes and the words of its title."""
    if concept is None:
        return None
    if known := frozenset(c.code for c in concept.coding if _names_examination(record, c)):
        return known, ()
    title = _TITLES[titles(concept)]
    return (frozenset(c.code for c in concept.coding if c.code), title) if title else None


def _names_examination(record: PatientRecord, coding: Coding) -> bool:
    memberships = record.terminology.memberships(coding.system, coding.code)
    return any(value_set in EXAMINATIONS for value_set in memberships)


def when_examined(
    record: PatientRecord, report: DiagnosticReport, texts: Sequence[Text]
) -> DateInterval | None:
    """Return the day of an examination, by its text where no member has it, else of its report."""
    start = report.effective_period.start if report.effective_period else None
    when = record.dated(report.effective_date_time, start, report.issued)
    if parse_date(report.effective_date_time) or parse_date(start):
        return when
    return day_of_exam(texts, when.last if when else record.as_of) or when
