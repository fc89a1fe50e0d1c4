"""Imaging reports of the spine: their dates, and the findings that each states.

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
    Observation,
)
from hooks.spine.constructs import sites
from hooks.spine.examinations import Examination, Modality, examination_of
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.order_intent import Region

FINAL = frozenset({"final", "amended", "corrected", "appended"})
READABLE_FORMS = ("text/plain", "text/html", "text/rtf", "application/rtf")


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
    has_text: bool
    unreadable: bool
    unread_results: bool
    partly_read: bool
    may_be_ct: bool

    @property
    def unread_text(self) -> bool:
        """Whether only its text speaks."""
        return self.has_text and not self.findings

    def leaves_in_text(self, targets: frozenset[Target]) -> bool:
        """Whether its text alone may speak of the targets: its codes do not."""
        return self.has_text and not any(f.target in targets for f in self.findings)

    @property
    def evidence(self) -> Evidence:
        """The report itself, for answers about what it does not settle."""
        dated = self.when.text if self.when else ""
        return Evidence(
            Origin.CODED, self.report.reference, dated, says=f"{self.modality.value} report"
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
    examined = examination_of(record, report)
    findings = findings_of(record, report)
    if not _is_ours(examined, findings):
        return None
    has_text = _has_text(report)
    return ImagingReport(
        report=report,
        modality=_modality(examined),
        when=_when(record, report),
        is_final=report.status in FINAL,
        findings=findings,
        has_text=has_text,
        unreadable=not findings and not has_text and _has_more(report),
        unread_results=_has_unread_results(record, report),
        partly_read=bool(findings) and _has_unknown_codes(record, report),
        may_be_ct=examined.may_be_ct,
    )


def _is_ours(examined: Examination, findings: tuple[Finding, ...]) -> bool:
    """Whether a report is imaging of the lower spine, or may be; what states something counts."""
    if examined.region is Region.ELSEWHERE:
        return False
    if findings or examined.may_be_ct:
        return True
    return examined.region is Region.IN_SCOPE and examined.modality is not None


def _modality(examined: Examination) -> Modality:
    return Modality.OTHER if examined.may_be_ct else examined.modality or Modality.OTHER


def _has_unread_results(record: PatientRecord, report: DiagnosticReport) -> bool:
    """Whether a result that the report names may be a finding that did not arrive.

    A complete search is for the codes of findings: what it did not bring is no finding. Results
    that the report contains are in no search.
    """
    names = [result.reference or "" for result in report.result]
    if any(name.startswith("#") for name in names):
        return True
    return not record.searched("observations") and any(
        record.by_reference(Observation, name) is None for name in names
    )


def _has_unknown_codes(record: PatientRecord, report: DiagnosticReport) -> bool:
    """Whether a conclusion, or a result that arrived, is coded in a way not understood here."""
    if any(not _targets(record, concept) for concept in report.conclusion_code):
        return True
    results = [record.by_reference(Observation, result.reference) for result in report.result]
    return any(
        not _targets(record, o.code) and not _targets(record, o.value_codeable_concept)
        for o in results
        if o is not None
    )


def _when(record: PatientRecord, report: DiagnosticReport) -> DateInterval | None:
    period = report.effective_period
    return record.dated(report.effective_date_time, period.start if period else None, report.issued)


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
        if observation is not None:
            yield from _observed(record, observation, dated)


def _targets(record: PatientRecord, concept: CodeableConcept | None) -> list[Target]:
    memberships = record.memberships(concept)
    if memberships.isdisjoint(_TARGETS):
        return []
    return list(dict.fromkeys([t for v, t in _TARGETS.items() if v in memberships]))


def _observed(record: PatientRecord, observation: Observation, dated: str) -> Iterator[Finding]:
    """Yield the findings of one result: its code answered present or absent, or its coded value.

    What is not final, or answered in a way not understood, leaves its target possible.
    """
    site = [observation.body_site] if observation.body_site else []
    levels = sites(record, site)[0]
    is_final = observation.status in FINAL
    stance = _answer(record, observation) if is_final else Stance.POSSIBLE
    for target in _targets(record, observation.code):
        yield _finding(target, stance, levels, observation.reference, dated)
    stance = Stance.AFFIRMED if is_final else Stance.POSSIBLE
    for target in _targets(record, observation.value_codeable_concept):
        yield _finding(target, stance, levels, observation.reference, dated)


def _answer(record: PatientRecord, observation: Observation) -> Stance:
    """Return what the value says of the observation's code; possible when it cannot be told."""
    if observation.value_boolean is not None:
        return Stance.AFFIRMED if observation.value_boolean else Stance.DENIED
    value = observation.value_codeable_concept
    memberships = record.memberships(value)
    if "qualifier-absent" in memberships:
        return Stance.DENIED
    return Stance.AFFIRMED if "qualifier-present" in memberships else Stance.POSSIBLE


def _finding(target: Target, stance: Stance, levels: Levels, reference: str, dated: str) -> Finding:
    where = f" at {levels}" if levels else ""
    stated = "reported absent" if stance is Stance.DENIED else stance.value
    says = f"{target.value} {stated}{where}, as coded"
    return Finding(target, stance, levels, Evidence(Origin.CODED, reference, dated, says=says))
