"""What an imaging report is about: how the image was made, and of which part of the body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec

from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport, DocumentReference, ImagingStudy
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.diagnostic_ct import has_diagnostic_ct
from hooks.spine.exam_lines import exam_lines, is_note, name_in
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.procedure_places import sites
from hooks.spine.texts import Text
from hooks.spine.words import in_order, words


class Modality(StrEnum):
    """How an image was made, as far as criteria tell the difference."""

    CT = "CT"
    SPECT_CT = "SPECT/CT"
    MR = "MR"
    XR = "XR"
    OTHER = "other"


class Examination(msgspec.Struct, frozen=True, gc=False):
    """Modality (None when nothing says it) and region of a report.

    ``may_be_ct`` when only a study that did not arrive can tell whether it is a CT of the spine.
    """

    modality: Modality | None
    region: Region
    may_be_ct: bool = False


# Value sets of codes that name an examination of the lower spine.
EXAMINATIONS = {
    "ct-lumbar-spine": Modality.CT,
    "mr-lumbar-spine": Modality.MR,
    "xr-lumbar-spine": Modality.XR,
    "xr-flexion-extension": Modality.XR,
}
ANY_IMAGE = "imaging-report-any"
_SERIES_MODALITY = {
    "modality-ct": Modality.CT,
    "modality-mr": Modality.MR,
    "modality-xr": Modality.XR,
    "modality-nm-pet": Modality.OTHER,
}
_WORD_MODALITY = tuple((said, Modality(name)) for name, said in chart_words("modality").items())
_WORDS = chart_words("guiding image")
GUIDING, _INJECTION = _WORDS["guiding"], _WORDS["injection"]
_INTRAOPERATIVE, _MYELOGRAM = _WORDS["intraoperative"], _WORDS["myelogram"]
_PELVIS_WORDS = chart_words("pelvis in titles")["pelvis"]


def report_examined(
    record: PatientRecord, report: DiagnosticReport, heading: str, texts: Sequence[Text]
) -> Examination:
    """Return modality and region: by the report's code, else by its studies, title and heading.

    A code of an image of any kind leaves that to the lines that name the examination; without any
    it is an image of another kind, which is never ignored (contract, rule 14).
    """
    memberships = record.memberships(report.code)
    for value_set, modality in EXAMINATIONS.items():
        if value_set in memberships:
            return Examination(modality, Region.IN_SCOPE)
    title = titles(report.code)
    modality_of_studies: Modality | None = None
    region = region_of_title(title)
    for study in _studies(record, report):
        modality_of_studies = modality_of_studies or _of_study(record, study)
        if region is Region.NOT_SAID:
            region = _region_of_study(record, study)
    known, named = modality_of_studies or _of_words(title), title
    if known is None or region is Region.NOT_SAID:
        is_report = not is_note(title)
        lines = (name_in(line, whole_report=is_report) for line in (heading, *exam_lines(texts)))
        for line in filter(None, lines):
            known, named = (known, named) if known else (_of_words(line), line)
            region = region_of_title(line) if region is Region.NOT_SAID else region
    guides = known is Modality.CT and is_guiding(named)
    known = Modality.OTHER if guides else _diagnostic(known, texts)
    may_be_ct = _may_be_ct(record, report, known, region)
    if known is None and ANY_IMAGE in memberships:
        known = Modality.OTHER
    return Examination(known, region, may_be_ct)


def document_examined(
    record: PatientRecord, document: DocumentReference, heading: str, texts: Sequence[Text]
) -> Examination | None:
    """Return what a document is a report of; None when it is a note of another kind.

    It is one by the code of its type, or when its title or its first line names an examination.
    """
    memberships = record.memberships(document.type)
    for value_set, modality in EXAMINATIONS.items():
        if value_set in memberships:
            return Examination(modality, Region.IN_SCOPE)
    names = names_of_document(document)
    lines = [heading, *(exam_lines(texts) if ANY_IMAGE in memberships else ())]
    title = next(
        (named for n in (*names, *lines) if (named := name_in(n)) and _of_words(named)), ""
    )
    if not title or any(map(is_note, names)):
        return None
    region = next(
        (r for n in (title, *names, *lines) if (r := region_of_title(n)) is not Region.NOT_SAID),
        Region.NOT_SAID,
    )
    return Examination(_diagnostic(_of_words(title), texts), region)


def names_of_document(document: DocumentReference) -> list[str]:
    """Return what a document is called: by its type, its description and its attachments."""
    names = [titles(document.type), document.description or ""]
    return names + [c.attachment.title or "" for c in document.content if c.attachment]


def _diagnostic(modality: Modality | None, texts: Sequence[Text]) -> Modality | None:
    """Return CT for a SPECT/CT whose text says that its CT is diagnostic (clinical.md 3.5)."""
    if modality is not Modality.SPECT_CT:
        return modality
    return Modality.CT if has_diagnostic_ct(text.body for text in texts) else modality


def _may_be_ct(
    record: PatientRecord, report: DiagnosticReport, modality: Modality | None, region: Region
) -> bool:
    if modality not in (None, Modality.CT) or region is Region.ELSEWHERE:
        return False
    is_open = modality is None or region is Region.NOT_SAID
    return is_open and _has_unread_study(record, report)


def _has_unread_study(record: PatientRecord, report: DiagnosticReport) -> bool:
    return not record.searched("imaging_studies") and any(
        record.by_reference(ImagingStudy, study.reference) is None for study in report.imaging_study
    )


def titles(concept: CodeableConcept | None) -> str:
    """Return the text and the displays of a concept; empty without any."""
    if concept is None:
        return ""
    return " ; ".join(t for t in (concept.text, *(c.display for c in concept.coding)) if t)


def region_of_title(title: str) -> Region:
    """Return the region of a title; "CT abdomen and pelvis" says nothing of the spine."""
    region = region_of_text(title)
    if region is Region.IN_SCOPE and region_of_text(_without_pelvis(title)) is Region.NOT_SAID:
        return Region.NOT_SAID
    return region


def _without_pelvis(title: str) -> str:
    return " ".join(sorted(word for word in words(title) if not _PELVIS_WORDS & words(word)))


def _studies(record: PatientRecord, report: DiagnosticReport) -> Iterator[ImagingStudy]:
    for reference in report.imaging_study:
        study = record.by_reference(ImagingStudy, reference.reference)
        if study is not None:
            yield study


def _of_study(record: PatientRecord, study: ImagingStudy) -> Modality | None:
    codings = [s.modality for s in study.series if s.modality] or study.modality
    kinds: set[Modality] = set()
    for coding in codings:
        for value_set in record.terminology.memberships(coding.system, coding.code):
            if value_set in _SERIES_MODALITY:
                kinds.add(_SERIES_MODALITY[value_set])
    if {Modality.CT, Modality.OTHER} <= kinds:
        return Modality.SPECT_CT
    return next((m for m in Modality if m in kinds), None)


def _region_of_study(record: PatientRecord, study: ImagingStudy) -> Region:
    coded = [CodeableConcept([s.body_site]) for s in study.series if s.body_site]
    levels, region = sites(record, coded)
    if region is not Region.NOT_SAID and not (levels.pelvis and not levels.touched_vertebrae):
        return region
    return region_of_title(
        " ; ".join(t for t in (study.description, *(s.description for s in study.series)) if t)
    )


def study_examined(record: PatientRecord, study: ImagingStudy) -> Examination:
    """Return modality and region of a study by its series, its codes and its description."""
    for concept in study.procedure_code:
        for value_set, modality in EXAMINATIONS.items():
            if value_set in record.memberships(concept):
                return Examination(modality, Region.IN_SCOPE)
    said = " ; ".join(filter(None, (study.description, *map(titles, study.procedure_code))))
    modality_of_series, region = _of_study(record, study), _region_of_study(record, study)
    known = modality_of_series or _of_words(said)
    guides = known is Modality.CT and is_guiding(said)
    region = region_of_title(said) if region is Region.NOT_SAID else region
    return Examination(Modality.OTHER if guides else known, region)


def _of_words(titles: str) -> Modality | None:
    said = words(titles)
    found = next((modality for cues, modality in _WORD_MODALITY if said & cues), None)
    if found is None and "nm" in said and _begins_with_nm(titles):
        return Modality.OTHER
    return Modality.OTHER if found is Modality.CT and is_guiding(titles) else found


def _begins_with_nm(titles: str) -> bool:
    """Whether a title begins with nuclear medicine: elsewhere NM may be New Mexico."""
    return any(in_order(title)[:1] == ["nm"] for title in titles.split(" ; "))


def is_guiding(title: str) -> bool:
    """Whether a title names an image that guides; contrast is injected for an examination, too."""
    said = words(title)
    cues = said & GUIDING
    if not cues:
        return False
    excused = frozenset(_excused(in_order(title.replace("pre-", "pre "))))
    return bool(cues - excused - (_INJECTION if "contrast" in said else frozenset()))


def _excused(said: list[str]) -> Iterator[str]:
    """Yield words that name no guidance here: "myelogram injection", "pre-injection"."""
    for place, word in enumerate(said):
        before, near = said[max(0, place - 2) : place], said[max(0, place - 2) : place + 3]
        is_planned = word in _INTRAOPERATIVE and "planning" in near
        is_of_contrast = word in _INJECTION and not _MYELOGRAM.isdisjoint(near)
        is_later = before[-1:] in (["pre"], ["before"]) or before == ["prior", "to"]
        if is_planned or is_of_contrast or is_later:
            yield word
