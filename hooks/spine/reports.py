"""Imaging reports of the spine: modality, date, and the findings that each states.

Findings come from coded conclusions and result Observations (contract, rule 16). The place where a
report's text becomes findings is ``findings_of``; until that reading exists, a report in which only
text speaks is ``unread_text`` and its criteria stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import (
    CodeableConcept,
    DiagnosticReport,
    ImagingStudy,
    Observation,
)
from hooks.spine.constructs import sites
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.order_intent import Region, region_of_text
from hooks.spine.words import words

FINAL = frozenset({"final", "amended", "corrected", "appended"})
READABLE_FORMS = ("text/plain", "text/html", "text/rtf", "application/rtf")


class Modality(StrEnum):
    """How an image was made, as far as criteria tell the difference."""

    CT = "CT"
    SPECT_CT = "SPECT/CT"
    MR = "MR"
    XR = "XR"
    OTHER = "other"


class Target(StrEnum):
    """What a report may state."""

    SOLID_FUSION = "solid fusion"
    NONUNION = "nonunion"
    LOOSENING = "loosening or displacement of hardware"
    BREAKAGE = "breakage of hardware"
    PROMINENCE = "prominent hardware"
    INFECTION = "signs of infection"
    ADJACENT_SEGMENT = "adjacent segment disease"

    @property
    def implies_fusion(self) -> bool:
        """Whether nobody can have it, or lack it, without an earlier fusion or implant."""
        return self not in (Target.INFECTION, Target.ADJACENT_SEGMENT)


class Stance(StrEnum):
    """Whether a report affirms or denies a target, or leaves it open."""

    AFFIRMED = "affirmed"
    DENIED = "denied"
    POSSIBLE = "possible"


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One statement of a report about one target; no levels means that it names none."""

    target: Target
    stance: Stance
    levels: Levels
    evidence: Evidence


class ImagingReport(msgspec.Struct, frozen=True, gc=False):
    """One report on the spine; ``when`` is the day of the examination."""

    report: DiagnosticReport
    modality: Modality
    when: DateInterval | None
    is_final: bool
    findings: tuple[Finding, ...]
    unread_text: bool
    unreadable: bool
    unread_results: bool

    @property
    def evidence(self) -> Evidence:
        """The report itself, for answers about what it does not settle."""
        dated = self.when.text if self.when else ""
        return Evidence(
            Origin.CODED, self.report.reference, dated, says=f"{self.modality.value} report"
        )


_CODE_MODALITY = {
    "ct-lumbar-spine": Modality.CT,
    "mr-lumbar-spine": Modality.MR,
    "xr-lumbar-spine": Modality.XR,
    "xr-flexion-extension": Modality.XR,
}
_SERIES_MODALITY = {
    "modality-ct": Modality.CT,
    "modality-mr": Modality.MR,
    "modality-xr": Modality.XR,
    "modality-nm-pet": Modality.OTHER,
}
_WORD_MODALITY = (
    (frozenset({"spect"}), Modality.SPECT_CT),
    (frozenset({"ct", "tomography"}), Modality.CT),
    (frozenset({"mr", "mri"}), Modality.MR),
    (frozenset({"xr", "x-ray", "radiograph", "radiographs"}), Modality.XR),
)
_TARGETS = {
    "finding-solid-fusion": Target.SOLID_FUSION,
    "finding-nonunion": Target.NONUNION,
    "hardware-breakage": Target.BREAKAGE,
    "hardware-displacement": Target.LOOSENING,
    "hardware-other-mechanical": Target.LOOSENING,
    "finding-hardware-failure": Target.LOOSENING,
    "finding-hardware-prominence": Target.PROMINENCE,
    "finding-infection": Target.INFECTION,
    "finding-adjacent-segment-disease": Target.ADJACENT_SEGMENT,
}


def read_reports(record: PatientRecord) -> tuple[ImagingReport, ...]:
    """Return the imaging reports of the record that are about the lower spine, oldest first."""
    found = [r for report in record.all(DiagnosticReport) if (r := _read(record, report))]
    return tuple(sorted(found, key=_by_date))


def _by_date(report: ImagingReport) -> tuple[str, str]:
    return (report.when.last.isoformat() if report.when else "", report.report.id)


def _read(record: PatientRecord, report: DiagnosticReport) -> ImagingReport | None:
    modality, region = _examination(record, report)
    findings = findings_of(record, report)
    if region is Region.ELSEWHERE or modality is None:
        return None
    if region is Region.NOT_SAID and not findings:
        return None
    text = _has_text(report)
    return ImagingReport(
        report=report,
        modality=modality,
        when=_when(record, report),
        is_final=report.status in FINAL,
        findings=findings,
        unread_text=not findings and text,
        unreadable=not findings and not text and _has_more(report),
        unread_results=_has_unread_results(record, report),
    )


def _has_unread_results(record: PatientRecord, report: DiagnosticReport) -> bool:
    """Whether a result that the report names may be a finding that did not arrive.

    A complete search is for the codes of findings: what it did not bring is no finding.
    """
    return not record.searched("observations") and any(
        record.by_reference(Observation, result.reference) is None for result in report.result
    )


def _when(record: PatientRecord, report: DiagnosticReport) -> DateInterval | None:
    period = report.effective_period
    return record.dated(report.effective_date_time, period.start if period else None, report.issued)


def _examination(record: PatientRecord, report: DiagnosticReport) -> tuple[Modality | None, Region]:
    """Return modality and region: by the report's code, else by its studies and its title."""
    memberships = record.memberships(report.code)
    for value_set, modality in _CODE_MODALITY.items():
        if value_set in memberships:
            return modality, Region.IN_SCOPE
    titles = _titles(report.code)
    modality_of_studies: Modality | None = None
    region = region_of_text(titles)
    for study in _studies(record, report):
        modality_of_studies = modality_of_studies or _of_study(record, study)
        if region is Region.NOT_SAID:
            region = _region_of_study(record, study)
    return modality_of_studies or _of_words(titles), region


def _titles(concept: CodeableConcept | None) -> str:
    if concept is None:
        return ""
    return " ; ".join(t for t in (concept.text, *(c.display for c in concept.coding)) if t)


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
    region = sites(record, coded)[1]
    if region is not Region.NOT_SAID:
        return region
    return region_of_text(
        " ; ".join(t for t in (study.description, *(s.description for s in study.series)) if t)
    )


def _of_words(titles: str) -> Modality | None:
    said = words(titles)
    return next((modality for cues, modality in _WORD_MODALITY if said & cues), None)


def _has_more(report: DiagnosticReport) -> bool:
    """Whether a report holds anything else: a document, or codes and results not known here."""
    return bool(report.presented_form or report.conclusion_code or report.result)


def _has_text(report: DiagnosticReport) -> bool:
    if report.conclusion or (report.text and report.text.div):
        return True
    return any(
        form.data and (form.content_type or "").split(";")[0] in READABLE_FORMS
        for form in report.presented_form
    )


def findings_of(record: PatientRecord, report: DiagnosticReport) -> tuple[Finding, ...]:
    """Return what a report states, each statement with its evidence."""
    return tuple(_coded_findings(record, report))


def _coded_findings(record: PatientRecord, report: DiagnosticReport) -> Iterator[Finding]:
    when = _when(record, report)
    dated = when.text if when else ""
    for concept in report.conclusion_code:
        for target in _targets(record, concept):
            yield _finding(target, Stance.AFFIRMED, NO_LEVELS, report.reference, dated)
    for reference in report.result:
        observation = record.by_reference(Observation, reference.reference)
        if observation is not None and observation.status in FINAL:
            yield from _observed(record, observation, dated)


def _targets(record: PatientRecord, concept: CodeableConcept | None) -> list[Target]:
    memberships = record.memberships(concept)
    if memberships.isdisjoint(_TARGETS):
        return []
    return list(dict.fromkeys([t for v, t in _TARGETS.items() if v in memberships]))


def _observed(record: PatientRecord, observation: Observation, dated: str) -> Iterator[Finding]:
    """Yield the findings of one result: its code answered present or absent, or its coded value."""
    site = [observation.body_site] if observation.body_site else []
    levels = sites(record, site)[0]
    stance = _answer(record, observation)
    for target in _targets(record, observation.code):
        if stance is not None:
            yield _finding(target, stance, levels, observation.reference, dated)
    for target in _targets(record, observation.value_codeable_concept):
        yield _finding(target, Stance.AFFIRMED, levels, observation.reference, dated)


def _answer(record: PatientRecord, observation: Observation) -> Stance | None:
    """Return what the value says of the observation's code; None when it cannot be told."""
    if observation.value_boolean is not None:
        return Stance.AFFIRMED if observation.value_boolean else Stance.DENIED
    value = observation.value_codeable_concept
    if value is None:
        return None
    memberships = record.memberships(value)
    if "qualifier-absent" in memberships:
        return Stance.DENIED
    return Stance.AFFIRMED if "qualifier-present" in memberships else None


def _finding(target: Target, stance: Stance, levels: Levels, reference: str, dated: str) -> Finding:
    where = f" at {levels}" if levels else ""
    stated = "reported absent" if stance is Stance.DENIED else stance.value
    says = f"{target.value} {stated}{where}, as coded"
    return Finding(target, stance, levels, Evidence(Origin.CODED, reference, dated, says=says))
