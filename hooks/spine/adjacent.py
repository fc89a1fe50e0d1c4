"""Adjacent segments: for each level the newest CT or MR report after the last fusion governs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cds_service.engine.dates import DateInterval
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
    is_good,
)
from hooks.spine.imaging import Imaging
from hooks.spine.levels import adjacent_interspaces
from hooks.spine.neighbours import of_neighbours
from hooks.spine.reports import ImagingReport

_TARGET = frozenset({Target.ADJACENT_SEGMENT})


def judge_adjacent_reports(imaging: Imaging) -> Judgement | None:
    """Judge adjacent segments by the reports that speak of them; None when none does."""
    around = [r for r in imaging.of(Modality.CT, Modality.MR) if _may_be_since(imaging, r)]
    reports = [r for r in around if imaging.is_after(r)]
    final = [r for r in reports if r.is_final and r.when is not None]
    stated = [f for r in final for f in r.findings if f.target in _TARGET]
    if not stated:
        return None
    matters = [Matter(r.when, _about(imaging, r)) for r in final if r.when is not None]
    asked = adjacent_interspaces(imaging.instrumented) | imaging.unnamed
    if not asked or imaging.apart:
        asked |= {EVERY_LEVEL}
    told = [f for r in around if r.is_final for f in _about(imaging, r)]
    worse = frozenset(level for f in told if is_adverse(f) for level in f.levels.named)
    governing = [govern(matters, level) for level in sorted(asked | worse)]
    statements = [s for s in governing if s is not None]
    gaps = asked - {s.level for s in statements}
    doubts = _doubts(imaging, around, statements)
    return _judged(imaging, reports, statements, gaps, doubts, _evidence(stated))


def _may_be_since(imaging: Imaging, report: ImagingReport) -> bool:
    """Whether a report is not surely older than the last fusion with a date."""
    last = imaging.construct.last_dated_fusion
    return report.when is None or last is None or not report.when.surely_before(last)


def _about(imaging: Imaging, report: ImagingReport) -> tuple[Finding, ...]:
    said = [f for f in report.findings if f.target in _TARGET]
    return of_neighbours(said, imaging.instrumented)


_Doubts = dict[Reason, tuple[Evidence, ...]]


def _doubts(
    imaging: Imaging, around: Sequence[ImagingReport], statements: Sequence[Governing]
) -> _Doubts:
    """Return what reports show that do not govern: not final yet, or perhaps from before surgery.

    What surely newer reports answer at the same levels is no doubt.
    """
    newest = {s.level: s.when for s in statements}
    found: dict[Reason, list[Evidence]] = {}
    for report in around:
        if report.is_final and imaging.is_after(report):
            continue
        reason = Reason.IMPRECISE_DATE if report.is_final else Reason.PRELIMINARY
        bad = [f for f in _about(imaging, report) if not is_good(f)]
        shown = [f.evidence for f in bad if not _is_outdated(f, report, newest)]
        if not report.is_final and _is_unread(report) and not _is_older(report, newest.values()):
            shown.append(report.evidence)
        if shown:
            found.setdefault(reason, []).extend(shown)
    return {reason: tuple(shown) for reason, shown in found.items()}


def _is_outdated(
    finding: Finding, report: ImagingReport, newest: Mapping[str, DateInterval]
) -> bool:
    levels = finding.levels.named or newest.keys()
    answered = [newest[level] for level in levels if level in newest]
    return len(answered) == len(levels) and _is_older(report, answered)


def _is_older(report: ImagingReport, days: Iterable[DateInterval]) -> bool:
    when = report.when
    return when is not None and all(when.surely_before(day) for day in days)


def _is_unread(report: ImagingReport) -> bool:
    return report.unreadable or report.unread_results or report.leaves_in_text(_TARGET)


def _judged(
    imaging: Imaging,
    reports: Sequence[ImagingReport],
    statements: Sequence[Governing],
    gaps: frozenset[str],
    doubts: _Doubts,
    stated: tuple[Evidence, ...],
) -> Judgement:
    shown = [f for s in statements if not conflicts(s) for f in s.findings if is_adverse(f)]
    if shown:
        return not_met(*_evidence(shown))
    evidence = _evidence([f for s in statements for f in s.findings]) or stated
    reasons = _why_not_met(imaging, reports, statements, gaps, doubts)
    if (reason := next(reasons, None)) is not None:
        return unknown(reason, *doubts.get(reason, ()), *evidence)
    return met(*evidence)


def _why_not_met(
    imaging: Imaging,
    reports: Sequence[ImagingReport],
    statements: Sequence[Governing],
    gaps: frozenset[str],
    doubts: _Doubts,
) -> Iterator[Reason]:
    """Yield why "no disease" is not met, in the order of rule 11 but for what is hedged."""
    newest = max((s.when.last for s in statements), default=None)
    later = [r for r in reports if newest is None or (r.when and r.when.last >= newest)]
    if any(r.unread_results for r in later) or UNKNOWN_LEVEL in gaps:
        yield Reason.NOT_SEARCHED
    if any(r.unreadable for r in later):
        yield Reason.UNREADABLE
    if Reason.PRELIMINARY in doubts:
        yield Reason.PRELIMINARY
    if any(conflicts(s) for s in statements):
        yield Reason.CONFLICTING
    if any(s.has(Target.ADJACENT_SEGMENT, Stance.POSSIBLE) for s in statements):
        yield Reason.POSSIBLE
    if gaps:
        yield Reason.LEVEL_GAP
    if Reason.IMPRECISE_DATE in doubts:
        yield Reason.IMPRECISE_DATE
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
