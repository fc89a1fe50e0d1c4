"""How each criterion of the removal is judged from its inputs."""

from __future__ import annotations

from datetime import date

from cds_service.engine.dates import add_months
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from hooks.hardware_removal.inputs import Care, RemovalInputs
from hooks.spine.adjacent import judge_adjacent_reports
from hooks.spine.examinations import Modality
from hooks.spine.findings import Stance, Target
from hooks.spine.imaging import Imaging
from hooks.spine.levels import adjacent_interspaces
from hooks.spine.notes import affirmed, denied, hedged
from hooks.spine.problems import active, evidence_of, possible


def _nothing(inputs: RemovalInputs, *keys: str) -> Reason:
    """Return why nothing was found: it was searched for and not there, or it was not searched."""
    return Reason.NO_DATA if inputs.record.searched(*keys) else Reason.NOT_SEARCHED


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
    elsewhere += inputs.notes.affirming(Target.NONUNION)
    if elsewhere:
        return unknown(Reason.POSSIBLE, *elsewhere)
    hinted = evidence_of(possible(inputs.nonunion_coded))
    if hinted := hinted + inputs.nonunion_named:
        return unknown(Reason.POSSIBLE, *hinted)
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
        for finding in imaging.said_in(report)
        if finding.target is Target.NONUNION and finding.stance is Stance.AFFIRMED
    )


def judge_no_adjacent_disease(inputs: RemovalInputs) -> Judgement:
    """Judge adjacent segments by the newest report on them; met only for the levels it covers."""
    imaging = inputs.imaging
    reported = judge_adjacent_reports(imaging)
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


def judge_interval(inputs: RemovalInputs) -> Judgement:
    """Judge the interval since the last fusion by its bands (clinical.md 1.3-A)."""
    construct = inputs.imaging.construct
    evidence = tuple(operation.evidence for operation in construct.fusions)
    if not inputs.imaging.procedures_known:
        return unknown(Reason.NOT_SEARCHED, *evidence)
    last, dated = construct.last_fusion, construct.last_dated_fusion
    if last is None and dated is not None and _band(inputs, dated.first) == "short":
        return not_met(*evidence)  # whichever of them was the last one
    if last is None:
        return unknown(Reason.IMPRECISE_DATE if evidence else Reason.NO_DATA, *evidence)
    newest = tuple(o.evidence for o in construct.fusions if o.when and o.when.last == last.last)
    bands = bands_of_interval(inputs)
    if len(bands) > 1:
        later = construct.fusions_that_may_follow(last)
        return unknown(Reason.IMPRECISE_DATE, *newest, *(o.evidence for o in later))
    if bands == {"between"}:
        return unknown(Reason.BETWEEN_THRESHOLDS, *newest)
    return met(*newest) if bands == {"enough"} else not_met(*newest)


def bands_of_interval(inputs: RemovalInputs) -> frozenset[str]:
    """Return the bands in which the interval since the last fusion may lie; none if it is unknown.

    A fusion that may have taken place after the last one may make it shorter.
    """
    construct = inputs.imaging.construct
    last = construct.last_fusion
    if last is None or not inputs.imaging.procedures_known:
        return frozenset()
    days = {last.first, last.last}
    for fusion in construct.fusions_that_may_follow(last):
        when = fusion.when
        days |= {max(when.first, last.first), when.last} if when else {inputs.record.as_of}
    return frozenset(_band(inputs, day) for day in days)


def _band(inputs: RemovalInputs, fused: date) -> str:
    as_of, configuration = inputs.record.as_of, inputs.configuration
    if add_months(fused, configuration.count("hr.fullMonths")) <= as_of:
        return "enough"
    if add_months(fused, configuration.count("hr.minMonths")) <= as_of:
        return "between"
    return "short"


def _documented(inputs: RemovalInputs, topic: str, care: Care) -> Judgement:
    """Return met for a completed procedure of a kind, or for what a note tells of it (rule 25).

    Absence says nothing; a note that says it was not done does. What may be of before the last
    fusion only hints.
    """
    said = inputs.notes.on(topic)
    done = care.since[:3] + affirmed(said)[:2]
    undone = denied(said)
    if undone and (done or care.perhaps):
        return unknown(Reason.CONFLICTING, *(done or care.perhaps[:3]), *undone)
    if done:
        return met(*done)
    if undone:
        return not_met(*undone)
    if care.perhaps:
        return unknown(Reason.POSSIBLE, *care.perhaps[:3], *hedged(said))
    return unknown(inputs.notes.why_silent(inputs.record, *DOCUMENTED_READS), *hedged(said))


DOCUMENTED_READS = ("procedures", "document_references")


def judge_conservative_care(inputs: RemovalInputs) -> Judgement:
    """Judge whether a course of conservative care since the last fusion is documented."""
    return _documented(inputs, "conservative-care", inputs.conservative_care)


def judge_expectations(inputs: RemovalInputs) -> Judgement:
    """Judge whether a talk about the expected outcome is documented."""
    return _documented(inputs, "expectations", inputs.counselling)
