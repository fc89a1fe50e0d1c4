"""Adjacent segments: for each level the newest CT or MR report after the last fusion governs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from hooks.spine.examinations import Modality
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.governing import (
    EVERY_LEVEL,
    UNKNOWN_LEVEL,
    Governing,
    Matter,
    conflicts,
    govern,
    is_adverse,
)
from hooks.spine.imaging import Imaging
from hooks.spine.levels import adjacent_interspaces
from hooks.spine.neighbours import of_neighbours
from hooks.spine.reports import ImagingReport

_TARGET = frozenset({Target.ADJACENT_SEGMENT})


def judge_adjacent_reports(imaging: Imaging) -> Judgement | None:
    """Judge adjacent segments by the reports that speak of them; None when none does."""
    reports = [r for r in imaging.of(Modality.CT, Modality.MR) if imaging.is_after(r)]
    said = [
        (r.when, [f for f in r.findings if f.target in _TARGET])
        for r in reports
        if r.is_final and r.when is not None
    ]
    stated = [f for _, findings in said for f in findings]
    if not stated:
        return None
    fused = imaging.instrumented
    matters = [Matter(when, of_neighbours(findings, fused)) for when, findings in said]
    placed = [f for matter in matters for f in matter.findings]
    asked = adjacent_interspaces(fused) | imaging.unnamed
    if not asked or imaging.apart:
        asked |= {EVERY_LEVEL}
    worse = frozenset(level for f in placed if is_adverse(f) for level in f.levels.named)
    governing = [govern(matters, level) for level in sorted(asked | worse)]
    statements = [s for s in governing if s is not None]
    gaps = asked - {s.level for s in statements}
    return _judged(imaging, reports, statements, gaps, _evidence(stated))


def _judged(
    imaging: Imaging,
    reports: Sequence[ImagingReport],
    statements: Sequence[Governing],
    gaps: frozenset[str],
    stated: tuple[Evidence, ...],
) -> Judgement:
    shown = [f for s in statements if not conflicts(s) for f in s.findings if is_adverse(f)]
    if shown:
        return not_met(*_evidence(shown))
    evidence = _evidence([f for s in statements for f in s.findings]) or stated
    reasons = _why_not_met(imaging, reports, statements, gaps)
    if (reason := next(reasons, None)) is not None:
        return unknown(reason, *evidence)
    return met(*evidence)


def _why_not_met(
    imaging: Imaging,
    reports: Sequence[ImagingReport],
    statements: Sequence[Governing],
    gaps: frozenset[str],
) -> Iterator[Reason]:
    """Yield why "no disease" is not met, in the order of rule 11 but for what is hedged."""
    newest = max((s.when.last for s in statements), default=None)
    later = [r for r in reports if newest is None or (r.when and r.when.last >= newest)]
    if any(conflicts(s) for s in statements):
        yield Reason.CONFLICTING
    if any(s.has(Target.ADJACENT_SEGMENT, Stance.POSSIBLE) for s in statements):
        yield Reason.POSSIBLE
    if any(r.unread_results for r in later) or UNKNOWN_LEVEL in gaps:
        yield Reason.NOT_SEARCHED
    if any(r.unreadable for r in later):
        yield Reason.UNREADABLE
    if gaps:
        yield Reason.LEVEL_GAP
    yield from _why_text_or_age_fails(imaging, later, statements)


def _why_text_or_age_fails(
    imaging: Imaging, later: Sequence[ImagingReport], statements: Sequence[Governing]
) -> Iterator[Reason]:
    if any(r.leaves_in_text(_TARGET) for r in later):
        yield Reason.UNCERTAIN_TEXT
    is_undated = imaging.construct.last_fusion is None
    if is_undated or any(imaging.may_be_outdated(s.when) for s in statements):
        yield Reason.IMPRECISE_DATE
    if any(imaging.is_stale(s.when) for s in statements):
        yield Reason.STALE


def _evidence(findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(f.evidence for f in findings))
