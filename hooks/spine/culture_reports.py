"""Reports of tissue cultures whose result is no coded Observation: a hint at infection, no more.

One that is not final, or that nobody here can read, leaves open whether something grew.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport, Observation
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.coded_findings import FINAL
from hooks.spine.growth import Growth, growth_by_code, is_quiet, value_in_words
from hooks.spine.laterality import names_of
from hooks.spine.levels import parse_levels
from hooks.spine.report_versions import named_as
from hooks.spine.reports import has_unread_results
from hooks.spine.texts import texts_of_report
from hooks.spine.words import words

_WORDS = chart_words("culture")
_CULTURE, _TISSUE = _WORDS["culture"], _WORDS["tissue"]
_ELSEWHERE, _OF_THE_SPINE = _WORDS["elsewhere"], _WORDS["of the spine"]
_QUOTED = 200  # characters
_CODED = "tissue-culture"


class CultureReports(msgspec.Struct, frozen=True, gc=False):
    """Reports of tissue cultures since an operation, by what they leave to be said of growth."""

    grown: tuple[Evidence, ...]  # they say more than "no growth"
    unfinished: tuple[Evidence, ...]
    unreadable: tuple[Evidence, ...]
    without_results: tuple[Evidence, ...]


class _Report(msgspec.Struct, frozen=True, dict=True):
    """One report of a tissue culture with its day and its text, empty without any."""

    report: DiagnosticReport
    when: DateInterval | None
    text: str
    by_code: frozenset[Growth]  # what its results that are no cultures themselves say of growth

    @cached_property
    def may_have_grown(self) -> bool:
        """Whether its words, or the codes of its results, say more than "no growth"."""
        return Growth.SHOWN in self.by_code or (bool(self.text) and not is_quiet(self.text))

    @property
    def is_final(self) -> bool:
        return self.report.status in FINAL

    @property
    def evidence(self) -> Evidence:
        dated = self.when.text if self.when else ""
        says = "tissue culture report"
        return Evidence(Origin.CODED, self.report.reference, dated, says=says)

    @property
    def growth(self) -> Evidence:
        dated = self.when.text if self.when else ""
        quote = " ".join(self.text[:_QUOTED].split())
        origin, says = Origin.REPORT_TEXT, "Culture report:"
        return Evidence(origin, self.report.reference, dated, quote=quote, says=says)


def read_culture_reports(
    record: PatientRecord, surgery: DateInterval | None, newest_result: DateInterval | None
) -> CultureReports:
    """Return the reports of tissue cultures since an operation; undated ones count.

    An unfinished one is outdated by a later version and, where nothing grew so far, by any newer
    final culture; ``newest_result`` is the day of the newest that is an Observation.
    """
    every = list(_reports(record))
    since = [r for r in every if not (r.when and surgery and r.when.surely_before(surgery))]
    grown = tuple(r.growth for r in since if r.may_have_grown)
    quiet = [r for r in since if not r.may_have_grown]
    unfinished = _not_outdated(record, every, [r for r in quiet if not r.is_final], newest_result)
    lacking, unread = [], []
    for found in (r for r in quiet if r.is_final):
        if has_unread_results(record, found.report):
            lacking.append(found.evidence)
        elif not _is_read(record, found):
            unread.append(found.evidence)
    pending = tuple(r.evidence for r in unfinished)
    return CultureReports(grown, pending, tuple(unread), tuple(lacking))


def _reports(record: PatientRecord) -> Iterator[_Report]:
    for report in record.all(DiagnosticReport):
        if _is_of_tissue(record, report):
            period = report.effective_period
            start = period.start if period else None
            when = record.dated(report.effective_date_time, start, report.issued)
            texts = [text.body for text in texts_of_report(record, report).found]
            others = [o for o in _results(record, report) if not _is_culture(record, o)]
            by_code = frozenset([growth_by_code(record, o) for o in others])
            texts += [value_in_words(record, o) for o in others if not o.value_string]
            yield _Report(report, when, "\n".join(filter(None, texts)), by_code)


def _results(record: PatientRecord, report: DiagnosticReport) -> list[Observation]:
    """Return the results of a report that arrived."""
    found = [record.by_reference(Observation, r.reference) for r in report.result]
    return [o for o in found if o is not None]


def _is_culture(record: PatientRecord, result: Observation) -> bool:
    """Whether a result is a tissue culture by its own code, and counts by itself."""
    return _CODED in record.memberships(result.code)


def _is_of_tissue(record: PatientRecord, report: DiagnosticReport) -> bool:
    if report.code is None:
        return False
    if is_of_another_part(report.code):
        return False
    said = words(" ".join(filter(None, names_of(report.code))))
    return bool(said & _CULTURE and said & _TISSUE) or _CODED in record.memberships(report.code)


def is_of_another_part(*named: CodeableConcept | None) -> bool:
    """Whether names of a culture or its site name another part of the body, and not the spine."""
    names = " ; ".join(name for one in named if one for name in names_of(one) if name)
    said = words(names)
    here = said & _OF_THE_SPINE or parse_levels(names).reaches_lumbar
    return bool(said & _ELSEWHERE) and not here


def _is_read(record: PatientRecord, found: _Report) -> bool:
    """Whether a report says something: in words, or by all of its results in codes.

    One with a coded value that nobody here knows, and no words for it, is not read.
    """
    results = _results(record, found.report)
    open_ones = [
        o
        for o in results
        if not _is_culture(record, o) and growth_by_code(record, o) is Growth.NOT_SAID
    ]
    if any(o.value_codeable_concept and not value_in_words(record, o) for o in open_ones):
        return False
    return bool(found.text) or (bool(results) and not open_ones)


def _not_outdated(
    record: PatientRecord,
    every: list[_Report],
    unfinished: list[_Report],
    newest_result: DateInterval | None,
) -> list[_Report]:
    final = [r for r in every if r.is_final] if unfinished else []
    days = [d for d in (newest_result, *(r.when for r in final)) if d is not None]
    newest = max(days, key=lambda day: day.first, default=None)
    versions = {_culture_key(record, r) for r in final} - {None}
    return [
        r
        for r in unfinished
        if not (newest and r.when and r.when.surely_before(newest))
        and _culture_key(record, r) not in versions
    ]


def _culture_key(record: PatientRecord, found: _Report) -> tuple[object, ...] | None:
    """Return what only versions of one report share; of one day there are many samples."""
    named = named_as(record, found.report.code)
    if found.when is None or named is None:
        return None
    return (found.when.text, *named, frozenset(s.reference for s in found.report.specimen))
