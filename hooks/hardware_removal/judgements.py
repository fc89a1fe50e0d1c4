"""How each criterion of the removal is judged from its inputs."""

from __future__ import annotations

from datetime import date

from cds_service.engine.dates import add_months
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from cds_service.engine.resources import Procedure
from hooks.hardware_removal.inputs import RemovalInputs
from hooks.spine.adjacent import judge_reported
from hooks.spine.constructs import procedure_evidence
from hooks.spine.examinations import Modality
from hooks.spine.findings import Stance, Target
from hooks.spine.imaging import Imaging
from hooks.spine.levels import adjacent_interspaces
from hooks.spine.problems import Problem, active, evidence_of, possible
from hooks.spine.symptoms import is_sited_elsewhere


def _nothing(inputs: RemovalInputs, *keys: str) -> Reason:
    """Return why nothing was found: it was searched for and not there, or it was not searched."""
    return Reason.NO_DATA if inputs.record.searched(*keys) else Reason.NOT_SEARCHED


def judge_axial_pain(inputs: RemovalInputs) -> Judgement:
    """Judge axial pain at the hardware: coded pain whose site is the lower spine or the pelvis."""
    pain = _at_spine(inputs, (*_implant_pain(inputs), *inputs.back_pain))
    localised = [p for p in pain if "site-lumbar-to-pelvis" in p.site_sets or p.levels]
    if localised:
        return met(*evidence_of(localised))
    if pain:
        return unknown(Reason.NO_DATA, *evidence_of(pain), remark="pain coded without location")
    return unknown(_nothing(inputs, "conditions"))


def _implant_pain(inputs: RemovalInputs) -> tuple[Problem, ...]:
    return tuple(
        p
        for p in _at_spine(inputs, inputs.hardware_problems)
        if "implant-pain" in inputs.record.memberships(p.condition.code)
    )


def _at_spine(inputs: RemovalInputs, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Leave out what is recorded elsewhere, as pain of a knee prosthesis; the construct counts."""
    construct = inputs.imaging.construct.levels
    return tuple(p for p in found if not is_sited_elsewhere(p) or p.levels.overlaps(construct))


def judge_no_pseudarthrosis(inputs: RemovalInputs) -> Judgement:
    """Judge "no pseudarthrosis": contradicted by code or CT, met only where the CT shows fusion."""
    coded = active(inputs.nonunion_coded)
    shown = inputs.fusion.findings(
        lambda f: f.target is Target.NONUNION and f.stance is Stance.AFFIRMED
    )
    if coded:
        return not_met(*evidence_of(coded), *(f.evidence for f in shown))
    if shown and inputs.fusion.reason is None:
        return not_met(*(f.evidence for f in shown))
    elsewhere = _nonunion_elsewhere(inputs.imaging)
    if elsewhere:
        return unknown(Reason.POSSIBLE, *elsewhere)
    if hinted := possible(inputs.nonunion_coded):
        return unknown(Reason.POSSIBLE, *evidence_of(hinted))
    solid = inputs.solid_fusion
    if solid.is_met and not inputs.record.searched("conditions"):
        return unknown(Reason.NOT_SEARCHED, *solid.evidence)
    if solid.is_met:
        return met(*solid.evidence)
    return unknown(solid.reason or Reason.UNCERTAIN_TEXT, *solid.evidence)


def _nonunion_elsewhere(imaging: Imaging) -> tuple[Evidence, ...]:
    """Return nonunion affirmed by another modality: never ignored, never enough (rule 14)."""
    return tuple(
        finding.evidence
        for report in imaging.of(Modality.XR, Modality.MR, Modality.SPECT_CT, Modality.OTHER)
        if report.when is None or imaging.is_after(report)
        for finding in report.findings
        if finding.target is Target.NONUNION and finding.stance is Stance.AFFIRMED
    )


def judge_no_adjacent_disease(inputs: RemovalInputs) -> Judgement:
    """Judge adjacent segments by the newest report on them; met only for the levels it covers."""
    imaging = inputs.imaging
    reported = judge_reported(imaging)
    if not imaging.reports_known or not imaging.procedures_known:
        return unknown(Reason.NOT_SEARCHED, *(reported.evidence if reported else ()))
    if reported is not None:
        return reported
    adjacent = adjacent_interspaces(imaging.instrumented)
    if surrogates := [p for p in inputs.adjacent_surrogates if p.levels.interspaces & adjacent]:
        return unknown(Reason.POSSIBLE, *evidence_of(surrogates))
    newest = imaging.newest
    if newest is not None and newest.unread_text:
        return unknown(Reason.UNCERTAIN_TEXT, newest.evidence)
    if newest is not None and newest.unreadable:
        return unknown(Reason.UNREADABLE, newest.evidence)
    return unknown(_nothing(inputs, "conditions"))


def judge_pain_matches_site(inputs: RemovalInputs) -> Judgement:
    """Judge whether pain due to the implant is coded at the site of the hardware to be removed."""
    pain = _implant_pain(inputs)
    if inputs.targets_pelvis:
        matching = [p for p in pain if "site-iliac-hardware" in p.site_sets or p.levels.pelvis]
    else:
        ordered = inputs.intent.levels or inputs.imaging.construct.levels
        matching = [p for p in pain if p.levels and p.levels.overlaps(ordered)]
    if matching:
        return met(*evidence_of(matching))
    if pain:
        return unknown(Reason.NO_DATA, *evidence_of(pain), remark="no site that matches is coded")
    return unknown(_nothing(inputs, "conditions"))


def judge_hardware_symptomatic(inputs: RemovalInputs) -> Judgement:
    """Judge symptomatic hardware: pain, loosening, breakage or prominence coded or on imaging."""
    coded = evidence_of(_at_spine(inputs, inputs.hardware_problems))
    wanted = (Target.LOOSENING, Target.BREAKAGE, Target.PROMINENCE)
    imaged = tuple(
        finding.evidence
        for report in inputs.imaging.after_surgery[-1:]
        for finding in report.findings
        if finding.target in wanted and finding.stance is Stance.AFFIRMED
    )
    if coded:
        return met(*coded, *imaged)
    if imaged and inputs.imaging.reports_known and inputs.imaging.procedures_known:
        return met(*imaged)
    if hinted := _at_spine(inputs, inputs.hardware_unconfirmed):
        return unknown(Reason.POSSIBLE, *evidence_of(hinted))
    return unknown(_nothing(inputs, "conditions", "diagnostic_reports"))


def judge_interval(inputs: RemovalInputs) -> Judgement:
    """Judge the interval since the last fusion by its bands (clinical.md 1.3-A)."""
    construct = inputs.imaging.construct
    evidence = tuple(operation.evidence for operation in construct.fusions)
    if not inputs.imaging.procedures_known:
        return unknown(Reason.NOT_SEARCHED, *evidence)
    last = construct.last_fusion
    if last is None:
        return unknown(Reason.IMPRECISE_DATE if evidence else Reason.NO_DATA, *evidence)
    newest = tuple(o.evidence for o in construct.fusions if o.when and o.when.last == last.last)
    shortest, longest = (_band(inputs, day) for day in (last.last, last.first))
    if shortest != longest:
        return unknown(Reason.IMPRECISE_DATE, *newest)
    if shortest == "between":
        return unknown(Reason.BETWEEN_THRESHOLDS, *newest)
    return met(*newest) if shortest == "enough" else not_met(*newest)


def _band(inputs: RemovalInputs, fused: date) -> str:
    as_of, configuration = inputs.record.as_of, inputs.configuration
    if add_months(fused, configuration.count("hr.fullMonths")) <= as_of:
        return "enough"
    if add_months(fused, configuration.count("hr.minMonths")) <= as_of:
        return "between"
    return "short"


def _documented(inputs: RemovalInputs, procedures: tuple[Procedure, ...], says: str) -> Judgement:
    """Return met for any completed procedure of a kind; its absence says nothing."""
    if not procedures:
        return unknown(_nothing(inputs, "procedures"))
    return met(*(procedure_evidence(inputs.record, p, says) for p in procedures[:3]))


def judge_conservative_care(inputs: RemovalInputs) -> Judgement:
    """Judge whether a course of conservative care is documented."""
    return _documented(inputs, inputs.conservative_care, "conservative care")


def judge_expectations(inputs: RemovalInputs) -> Judgement:
    """Judge whether a talk about the expected outcome is documented."""
    return _documented(inputs, inputs.counselling, "counselling on the expected outcome")
