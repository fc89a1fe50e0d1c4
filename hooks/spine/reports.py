"""Imaging reports of the spine: what was examined, when, and the findings that each states.

A report is a DiagnosticReport, or a DocumentReference that holds the text of one (contract, rule
14: a CT report's text counts wherever it is filed). Findings come from codes and from text; what
holds text that nobody here can read stays open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport, DocumentReference, Observation
from hooks.spine.coded_findings import FINAL, coded_findings, is_understood
from hooks.spine.exam_days import day_of_exam
from hooks.spine.examinations import (
    Examination,
    Modality,
    document_examined,
    region_of_title,
    report_examined,
)
from hooks.spine.findings import OF_HARDWARE, Finding, Target
from hooks.spine.governing import is_adverse
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.order_words import Region
from hooks.spine.report_versions import replaced, when_examined
from hooks.spine.stated_findings import Stated, stated_in
from hooks.spine.texts import (
    Text,
    Texts,
    heading_of,
    seems_english,
    texts_of_document,
    texts_of_report,
)


class ImagingReport(msgspec.Struct, frozen=True, gc=False):
    """One report on the spine; ``when`` is the day of the examination.

    ``unread_text`` says that it has text which is not in the language of the lexicon;
    ``unreadable`` that it has nothing else than what no machine here can read.
    """

    reference: str
    modality: Modality
    when: DateInterval | None
    is_final: bool
    findings: tuple[Finding, ...]
    construct: Levels = NO_LEVELS
    unread_text: bool = False
    unreadable: bool = False
    unread_results: bool = False
    partly_read: bool = False
    may_be_ct: bool = False

    def leaves_in_text(self, targets: frozenset[Target]) -> bool:
        """Whether text that was not understood may speak of the targets: nothing else does."""
        return self.unread_text and not any(f.target in targets for f in self.findings)

    @property
    def evidence(self) -> Evidence:
        """The report itself, for answers about what it does not settle."""
        dated = self.when.text if self.when else ""
        return Evidence(Origin.CODED, self.reference, dated, says=f"{self.modality.value} report")


class Documents(msgspec.Struct, frozen=True, gc=False):
    """The document references of a record: imaging reports, and notes with their texts."""

    reports: tuple[ImagingReport, ...]
    notes: tuple[tuple[DocumentReference, Texts], ...]


def read_reports(
    record: PatientRecord, filed: Sequence[ImagingReport] = ()
) -> tuple[ImagingReport, ...]:
    """Return the imaging reports of the record that are about the lower spine, oldest first.

    ``filed`` are those among the documents; one that says nothing more than another is left out.
    """
    reported = record.all(DiagnosticReport)
    gone = replaced(record, reported)
    reports = [r for report in reported if report.id not in gone and (r := _report(record, report))]
    return tuple(sorted(chain(reports, _not_seen(filed, reports)), key=_by_date))


def _by_date(report: ImagingReport) -> tuple[str, str]:
    return (report.when.last.isoformat() if report.when else "", report.reference)


def _not_seen(
    filed: Sequence[ImagingReport], reports: Sequence[ImagingReport]
) -> Iterator[ImagingReport]:
    """Yield the filed reports that say more than one of the others: one is often filed twice."""
    said = _by_quote(reports)
    for one in filed:
        if not _is_repeated(one, said):
            yield one


_Said = dict[tuple[Modality, str, str | None], set[frozenset[str]]]
_ANY_DAY = "any day"


def _by_quote(reports: Sequence[ImagingReport]) -> _Said:
    """Return all quotes of the reports by modality, each one quote and the day."""
    said: _Said = {}
    for report in reports:
        quotes = _quotes(report)
        for quote in quotes:
            for day in (_ANY_DAY, report.when.text if report.when else None):
                said.setdefault((report.modality, quote, day), set()).add(quotes)
    return said


def _is_repeated(filed: ImagingReport, said: _Said) -> bool:
    """Whether a filed report is another one once more; days of filing and examination may differ.

    What is bad is taken for new when it is of another day: the same words may be said again.
    """
    quotes = _quotes(filed)
    days: list[str | None] = [_ANY_DAY]
    if filed.when is not None and any(map(is_adverse, filed.findings)):
        days = [filed.when.text, None]
    for day in days if quotes else ():
        with_quote = (said.get((filed.modality, quote, day), set()) for quote in quotes)
        if any(quotes <= others for others in min(with_quote, key=len)):
            return True
    return False


def _quotes(report: ImagingReport) -> frozenset[str]:
    return frozenset(finding.evidence.quote for finding in report.findings)


def _report(record: PatientRecord, report: DiagnosticReport) -> ImagingReport | None:
    texts = texts_of_report(record, report)
    heading = heading_of(texts.found[0]) if texts.found else ""
    examined = report_examined(record, report, heading, texts.found)
    if examined.region is Region.ELSEWHERE:
        return None
    when = when_examined(record, report, texts.found)
    dated = when.text if when else ""
    coded = tuple(coded_findings(record, report, dated))
    if not coded and not _may_be_ours(examined):
        return _by_the_way(report.reference, when, report.status in FINAL, examined, texts)
    stated = stated_in(texts.found, dated)
    findings = coded + stated.findings
    has_more = bool(report.presented_form or report.conclusion_code or report.result)
    return ImagingReport(
        reference=report.reference,
        modality=_modality(examined),
        when=when,
        is_final=report.status in FINAL,
        findings=findings,
        construct=stated.construct,
        unread_text=_is_unread(texts.found, stated),
        unreadable=not findings and (texts.unreadable or (not texts.found and has_more)),
        unread_results=has_unread_results(record, report),
        partly_read=bool(findings) and _has_unknown_codes(record, report),
        may_be_ct=examined.may_be_ct,
    )


def _by_the_way(
    reference: str,
    when: DateInterval | None,
    is_final: bool,
    examined: Examination,
    texts: Texts,
) -> ImagingReport | None:
    """Return what an image of another purpose shows at the lower spine, if that is bad.

    "CT abdomen and pelvis: discitis at L4-L5". It is no CT of the spine, so that nothing good
    follows from it.
    """
    if examined.modality is None or examined.region is not Region.NOT_SAID:
        return None
    stated = stated_in(texts.found, when.text if when else "")
    bad = tuple(f for f in stated.findings if is_adverse(f) and _is_of_lower_spine(f))
    return ImagingReport(reference, Modality.OTHER, when, is_final, bad) if bad else None


def _is_of_lower_spine(finding: Finding) -> bool:
    """Whether a finding is at lumbar or sacral levels, at iliac screws, or says that it is.

    What else is in the pelvis is none of the spine: an abscess may be of the bowel.
    """
    if Levels(finding.levels.interspaces, finding.levels.vertebrae).reaches_lumbar:
        return True
    at_screws = finding.levels.pelvis and finding.target in OF_HARDWARE
    return at_screws or region_of_title(finding.evidence.quote) is Region.IN_SCOPE


def _may_be_ours(examined: Examination) -> bool:
    """Whether a report is imaging of the lower spine, or may be; what is coded counts anyway."""
    return examined.may_be_ct or (
        examined.region is Region.IN_SCOPE and examined.modality is not None
    )


def _is_unread(texts: Sequence[Text], stated: Stated) -> bool:
    return bool(texts) and not stated.findings and not stated.construct and not seems_english(texts)


def _modality(examined: Examination) -> Modality:
    return Modality.OTHER if examined.may_be_ct else examined.modality or Modality.OTHER


def has_unread_results(record: PatientRecord, report: DiagnosticReport) -> bool:
    """Whether a result that the report names, or contains, did not arrive.

    It may be a finding, however complete the search was: a search is for single codes, and a
    finding may be told by a code of a family, or in words (PRE-25).
    """
    return any(
        record.by_reference(Observation, result.reference) is None
        and not record.is_void(Observation, result.reference)
        for result in report.result
    )


def _has_unknown_codes(record: PatientRecord, report: DiagnosticReport) -> bool:
    """Whether a conclusion, or a result that arrived, is coded in a way not understood here."""
    if any(not is_understood(record, concept) for concept in report.conclusion_code):
        return True
    results = [record.by_reference(Observation, result.reference) for result in report.result]
    return any(
        not is_understood(record, o.code) and not is_understood(record, o.value_codeable_concept)
        for o in results
        if o is not None and not o.value_string
    )


def read_documents(record: PatientRecord) -> Documents:
    """Return the document references of the record by what they are."""
    reports, notes = [], []
    for document in record.all(DocumentReference):
        texts = texts_of_document(document)
        heading = heading_of(texts.found[0]) if texts.found else ""
        examined = document_examined(record, document, heading, texts.found)
        if examined is None:
            notes.append((document, texts))
        elif (filed := _filed(record, document, texts, examined)) is not None:
            reports.append(filed)
    return Documents(tuple(reports), tuple(notes))


def _filed(
    record: PatientRecord, document: DocumentReference, texts: Texts, examined: Examination
) -> ImagingReport | None:
    when = day_filed(record, document, texts)
    is_final = document.doc_status in (None, "final", "amended")
    as_report = tuple(msgspec.structs.replace(t, origin=Origin.REPORT_TEXT) for t in texts.found)
    if not _may_be_ours(examined):
        texts = msgspec.structs.replace(texts, found=as_report)
        return _by_the_way(document.reference, when, is_final, examined, texts)
    stated = stated_in(as_report, when.text if when else "")
    return ImagingReport(
        reference=document.reference,
        modality=_modality(examined),
        when=when,
        is_final=is_final,
        findings=stated.findings,
        construct=stated.construct,
        unread_text=_is_unread(texts.found, stated),
        unreadable=not stated.findings and (texts.unreadable or not texts.found),
        may_be_ct=examined.may_be_ct,
    )


def document_date(record: PatientRecord, document: DocumentReference) -> DateInterval | None:
    """Return the day that a document is about: of the service, else of the document itself."""
    period = document.context.period if document.context else None
    return record.dated(period.start if period else None, document.date)


def day_filed(
    record: PatientRecord, document: DocumentReference, texts: Texts
) -> DateInterval | None:
    """Return the day of a filed examination: of the service, else by its own text, else of filing.

    Where the text names no day either, it is taken to have been filed when it was made.
    """
    when = document_date(record, document)
    if document.context and document.context.period and document.context.period.start:
        return when
    return day_of_exam(texts.found, when.last if when else record.as_of) or when
