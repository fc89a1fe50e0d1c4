"""What was done within its window: then it is not suggested again (contract, "Suggestions")."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from cds_service.engine.content import Configuration
from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.dates import DateInterval
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import (
    DiagnosticReport,
    DocumentReference,
    ImagingStudy,
    Procedure,
)
from hooks.spine.constructs import is_completed, performed
from hooks.spine.exam_lines import exam_lines, is_note, name_in
from hooks.spine.examinations import ANY_IMAGE, Modality, names_of_document, study_examined
from hooks.spine.imaging import Imaging
from hooks.spine.order_words import Region
from hooks.spine.report_versions import when_examined
from hooks.spine.reports import day_filed, document_date
from hooks.spine.suggestions import Proposal, is_for, is_young
from hooks.spine.texts import texts_of_document, texts_of_report


def is_done(
    record: PatientRecord, proposal: Proposal, is_current: Callable[[DateInterval], bool]
) -> bool:
    """Whether what is current is the thing proposed: a report, study, procedure or document."""
    return (
        any(_is_reported(record, r, proposal, is_current) for r in record.all(DiagnosticReport))
        or any(
            is_for(record, proposal, study.procedure_code, study.description or "")
            for study in record.all(ImagingStudy)
            if (when := record.dated(study.started)) and is_current(when)
        )
        or any(
            is_for(record, proposal, [procedure.code])
            for procedure in record.all(Procedure)
            if procedure.code and is_completed(procedure)
            if (when := performed(record, procedure)) and is_current(when)
        )
        or any(_is_filed(record, d, proposal, is_current) for d in record.all(DocumentReference))
    )


def _is_filed(
    record: PatientRecord,
    document: DocumentReference,
    proposal: Proposal,
    is_current: Callable[[DateInterval], bool],
) -> bool:
    """Whether a document is a report of the thing proposed, by its names or the lines of its exam.

    A report is filed when it was made or later, so that old documents are left unread; so are
    those whose names tell of something else, but for reports of any image.
    """
    filed, names = document_date(record, document), names_of_document(document)
    if filed is None or not is_current(filed) or any(map(is_note, names)):
        return False
    coded = [CodeableConcept(document.type.coding)] if document.type else []
    is_named = is_for(record, proposal, coded, " ; ".join(map(name_in, names)))
    if not is_named and ANY_IMAGE not in record.memberships(document.type):
        return False
    texts = texts_of_document(document)
    if not is_named and not is_for(record, proposal, [], " ; ".join(exam_lines(texts.found))):
        return False
    when = day_filed(record, document, texts)
    return when is not None and is_current(when)


def _is_reported(
    record: PatientRecord,
    report: DiagnosticReport,
    proposal: Proposal,
    is_current: Callable[[DateInterval], bool],
) -> bool:
    if not report.code or not is_for(record, proposal, [report.code]):
        return False
    when = when_examined(record, report, texts_of_report(record, report).found)
    return when is not None and is_current(when)


def ct_without_report(
    record: PatientRecord, imaging: Imaging, configuration: Configuration
) -> DateInterval | None:
    """Return the day of the newest CT study of the lower spine that is young and has no report.

    So young a CT is not repeated: its report is asked for (contract, "Suggestion windows").
    """
    young = [
        (study, when)
        for study in record.all(ImagingStudy)
        if (when := record.dated(study.started)) and is_young(when, record.as_of, configuration)
        if _is_ct_of_lower_spine(record, study)
    ]
    if not young:
        return None
    reported = _reported(record, imaging, configuration.count("imaging.reportLateDays"))
    days = [when for study, when in young if not reported.has(study, when)]
    return max(days, key=lambda when: when.last, default=None)


def ask_for_report(
    record: PatientRecord, imaging: Imaging, configuration: Configuration
) -> list[str]:
    """Return what the card says where a CT was made and nobody has its report."""
    when = ct_without_report(record, imaging, configuration)
    said = "A CT of the lower spine of {} is on record without a report: ask for it."
    return [said.format(when.text)] if when else []


class _Reported(msgspec.Struct, frozen=True, gc=False):
    """The studies that reports name, the days of the reported CTs, and days beside them."""

    studies: frozenset[str]
    days: frozenset[int]
    near: frozenset[int]

    def has(self, study: ImagingStudy, when: DateInterval) -> bool:
        """Whether a report names the study, or a CT of its day was reported.

        A report that names no study may be of its issue, some days later.
        """
        day = when.last.toordinal()
        return study.id in self.studies or day in self.days or day in self.near


def _reported(record: PatientRecord, imaging: Imaging, most_late: int) -> _Reported:
    studies: set[str] = set()
    linked: set[str] = set()
    for report in record.all(DiagnosticReport):
        named = [record.by_reference(ImagingStudy, s.reference) for s in report.imaging_study]
        found = [study.id for study in named if study]
        studies.update(found)
        linked.update([report.reference] if found else [])
    cts = [(ct.when.last.toordinal(), ct) for ct in imaging.of(Modality.CT) if ct.when]
    lates = range(-most_late, most_late + 1)
    near = [day + late for day, ct in cts if ct.reference not in linked for late in lates]
    return _Reported(frozenset(studies), frozenset(day for day, _ in cts), frozenset(near))


def _is_ct_of_lower_spine(record: PatientRecord, study: ImagingStudy) -> bool:
    examined = study_examined(record, study)
    return examined.modality is Modality.CT and examined.region is Region.IN_SCOPE
