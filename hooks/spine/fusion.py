"""Judging fusion and hardware from what the governing CTs say."""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from hooks.spine.examinations import Modality
from hooks.spine.findings import Finding, Reach, Stance, Target
from hooks.spine.imaging import Imaging
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.on_ct import Answer

_SHOWN = 4  # findings of CTs that do not govern
NOT_DEMONSTRATED = "fusion not demonstrated"
EARLY = "early: less than {months} months after the last fusion"


def _evidence(findings: tuple[Finding, ...]) -> tuple[Evidence, ...]:
    return tuple(finding.evidence for finding in findings)


def _stated(answer: Answer, target: Target, stance: Stance) -> tuple[Finding, ...]:
    return answer.findings(lambda f: f.target is target and f.stance is stance)


def judge_solid(answer: Answer, imaging: Imaging) -> Judgement:
    """Judge solid fusion at every instrumented level (HR-C1; contract, rules 10 to 14)."""
    if answer.reason is not None:
        return unknown(answer.reason, *answer.seen)
    nonunion = _stated(answer, Target.NONUNION, Stance.AFFIRMED)
    denied = _stated(answer, Target.SOLID_FUSION, Stance.DENIED)
    if nonunion or denied:
        remark = "" if nonunion else NOT_DEMONSTRATED
        return not_met(*_evidence(nonunion + denied), remark=remark)
    solid = _stated(answer, Target.SOLID_FUSION, Stance.AFFIRMED)
    reason = _why_not_solid(answer, imaging)
    if reason is not None:
        gaps = ", ".join(answer.gaps)
        remark = f"not addressed: {gaps}" if reason is Reason.LEVEL_GAP and gaps else ""
        shown = _evidence(_hedged(answer) + solid) or answer.seen
        return unknown(reason, *shown, remark=remark)
    return met(*_evidence(solid))


def _why_not_solid(answer: Answer, imaging: Imaging) -> Reason | None:
    """Return the first reason of rule 11 that keeps solid fusion from being met."""
    if answer.may_miss_levels:
        return Reason.NOT_SEARCHED
    hedged = _hedged(answer)
    if hedged and imaging.is_early:
        return Reason.EARLY  # bridging that is partial may still become whole (clinical.md 1.3-I)
    if answer.gaps or not answer.statements:
        return Reason.LEVEL_GAP
    every = all(s.has(Target.SOLID_FUSION, Stance.AFFIRMED) for s in answer.statements)
    if not every or hedged or answer.partly_read:
        return Reason.UNCERTAIN_TEXT
    if imaging.construct.last_fusion is None:
        return Reason.IMPRECISE_DATE
    oldest = answer.oldest
    if oldest is not None and imaging.may_be_outdated(oldest):
        return Reason.IMPRECISE_DATE
    if oldest is not None and imaging.is_stale(oldest):
        return Reason.STALE
    return None


def _hedged(answer: Answer) -> tuple[Finding, ...]:
    """Return what is neither solid nor a nonunion: partial bridging, and what is only possible."""
    hedged = _stated(answer, Target.NONUNION, Stance.POSSIBLE)
    return hedged + _stated(answer, Target.SOLID_FUSION, Stance.POSSIBLE)


def judge_nonunion(answer: Answer, imaging: Imaging) -> Judgement:
    """Judge nonunion on CT (RV-C2): a nonunion word or code affirms it, solid fusion denies it."""
    nonunion = _stated(answer, Target.NONUNION, Stance.AFFIRMED)
    if answer.reason is not None:
        return unknown(answer.reason, *answer.seen)
    if nonunion:
        early = EARLY.format(months=imaging.early_months) if imaging.is_early else ""
        return _if_young(nonunion, answer, imaging, early)
    if denied := _stated(answer, Target.SOLID_FUSION, Stance.DENIED):
        if answer.is_disputed:
            return unknown(Reason.CONFLICTING, *answer.seen)
        reason = Reason.EARLY if imaging.is_early else Reason.UNCERTAIN_TEXT
        return unknown(reason, *_evidence(denied), remark=NOT_DEMONSTRATED)
    solid = judge_solid(answer, imaging)
    if solid.is_met or solid.reason is Reason.STALE:
        return not_met(*solid.evidence)  # age bars only "met" (rule 12)
    return solid


def judge_hardware_failure(answer: Answer, imaging: Imaging) -> Judgement:
    """Judge loosening or breakage on CT (RV-C1); breakage knows no early months.

    A CT without loosening denies it (V09); one that calls rods intact leaves loosening open.
    """
    if answer.reason is not None:
        return unknown(answer.reason, *answer.seen)
    failing = answer.findings(
        lambda f: f.target in (Target.LOOSENING, Target.BREAKAGE) and f.stance is Stance.AFFIRMED
    )
    if failing:
        return _if_young(failing, answer, imaging, "")
    hedged = answer.findings(lambda f: f.stance is Stance.POSSIBLE)
    if hedged:
        return unknown(Reason.UNCERTAIN_TEXT, *_evidence(hedged))
    if not answer.statements:
        return unknown(Reason.LEVEL_GAP, *answer.seen)
    denied = answer.findings(lambda f: f.stance is Stance.DENIED)
    tight = [f for f in denied if f.target is Target.LOOSENING]
    if not all(_is_of_all_hardware(tight, imaging, side) for side in ("left", "right")):
        searched = imaging.history_known or not tight
        reason = Reason.LEVEL_GAP if searched else Reason.NOT_SEARCHED
        return unknown(reason, *_evidence(denied))
    if answer.partly_read:
        return unknown(Reason.UNCERTAIN_TEXT, *_evidence(denied))
    return not_met(*_evidence(denied))


def judge_trouble(answer: Answer, imaging: Imaging) -> Judgement | None:
    """Judge whether CT shows the trouble of hardware that was asked for; None when none shows any.

    What only a CT shows that does not govern, as one from before the last operation, stays open.
    """
    if answer.reason is None and answer.statements:
        affirmed = answer.findings(lambda f: f.stance is Stance.AFFIRMED)
        return _if_young(affirmed, answer, imaging, "") if affirmed else None
    cts = imaging.of(Modality.CT) if answer.reason is not None else imaging.after_surgery
    said = [f for ct in reversed(cts) for f in imaging.said_in(ct) if f.target in answer.targets]
    shown = tuple([f for f in said if f.stance is Stance.AFFIRMED])
    reason = answer.reason or Reason.BEFORE_SURGERY
    return unknown(reason, *_evidence(shown[:_SHOWN])) if shown else None


def _is_of_all_hardware(tight: Sequence[Finding], imaging: Imaging, side: str) -> bool:
    """Whether findings are of all hardware of one side: as a whole, or at every level of it."""
    here = [f for f in tight if f.side in ("", "bilateral", side)]
    whole = [f for f in here if f.reach is Reach.ALL or (not f.levels and f.reach is Reach.UNSAID)]
    if any(imaging.history_known or not f.levels for f in whole):
        return True
    if imaging.unnamed:
        return False
    screws = Levels(imaging.instrumented, imaging.apart, imaging.construct.levels.pelvis)
    named = NO_LEVELS
    for finding in here:
        named |= finding.levels
    return screws.touched_vertebrae <= named.touched_vertebrae and screws.pelvis <= named.pelvis


def _if_young(
    findings: tuple[Finding, ...], answer: Answer, imaging: Imaging, remark: str
) -> Judgement:
    """Return met unless every CT that shows it is outdated, or may be (rule 12)."""
    dates = [s.when for s in answer.deciding if not set(findings).isdisjoint(s.findings)]
    if all(imaging.may_be_outdated(when) for when in dates):
        reason = Reason.IMPRECISE_DATE
    elif all(imaging.is_stale(when) for when in dates):
        reason = Reason.STALE
    else:
        return met(*_evidence(findings), remark=remark)
    return unknown(Reason.CONFLICTING if answer.is_disputed else reason, *_evidence(findings))
