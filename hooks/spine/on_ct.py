"""What the CTs answer: per level the newest adequate one after the last fusion governs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Reason
from hooks.spine.findings import (
    FUSION_TARGETS,
    HARDWARE_TARGETS,
    PROMINENCE_TARGETS,
    Finding,
    Target,
)
from hooks.spine.governing import (
    EVERY_LEVEL,
    UNKNOWN_LEVEL,
    UNNAMED,
    Governing,
    Matter,
    conflicts,
    govern,
    is_adverse,
)
from hooks.spine.imaging import Imaging
from hooks.spine.levels import Levels, in_order
from hooks.spine.reports import ImagingReport
from hooks.spine.unanswered import adequate, is_as_new, silent_reason, why_nothing_governs

# One word about loosening says nothing about breakage: each is governed by itself.
_APART = {
    FUSION_TARGETS: (FUSION_TARGETS,),
    HARDWARE_TARGETS: (frozenset({Target.LOOSENING}), frozenset({Target.BREAKAGE})),
    PROMINENCE_TARGETS: (PROMINENCE_TARGETS,),
}


class Answer(msgspec.Struct, frozen=True, dict=True):
    """What the governing CTs say per level, or the first reason why nothing can be said."""

    imaging: Imaging
    targets: frozenset[Target]
    statements: tuple[Governing, ...]
    reason: Reason | None = None
    gaps: tuple[str, ...] = ()
    partly_read: bool = False  # a governing report has codes that are not understood

    @property
    def seen(self) -> tuple[Evidence, ...]:
        """What was seen of the matter, newest first: findings, else the reports themselves."""
        shown: list[Evidence] = []
        for report in reversed(self.imaging.reports):
            findings = [f.evidence for f in report.findings if f.target in self.targets]
            shown += findings or [report.evidence]
        if not shown:
            shown = [f.evidence for f in self.imaging.noted if f.target in self.targets]
        return tuple(dict.fromkeys(shown))[:4]

    def findings(self, test: Callable[[Finding], bool]) -> tuple[Finding, ...]:
        """Return the governing findings that pass the test, each once, in order of level."""
        return tuple([finding for finding in self._governing if test(finding)])

    @cached_property
    def _governing(self) -> tuple[Finding, ...]:
        return tuple(dict.fromkeys([f for s in self.deciding for f in s.findings]))

    @cached_property
    def deciding(self) -> tuple[Governing, ...]:
        """The statements that decide: without disputed ones where another is bad by itself.

        One bad level is enough, whatever is disputed at another (clinical.md 1.0).
        """
        if self.reason is not None:
            return self.statements
        return tuple([s for s in self.statements if not conflicts(s)])

    @property
    def is_disputed(self) -> bool:
        """Whether reports of one day contradict each other about any level."""
        return any(map(conflicts, self.statements))

    @property
    def may_miss_levels(self) -> bool:
        """Whether only levels by name are spoken of, and an operation not read may have more."""
        return UNKNOWN_LEVEL in self.gaps

    @property
    def oldest(self) -> DateInterval | None:
        """The date of the oldest governing report."""
        return min((s.when for s in self.statements), key=lambda w: w.first, default=None)


def fusion_on_ct(imaging: Imaging) -> Answer:
    """Return what governs about fusion at every instrumented level, and where it is denied.

    Denied fusion and nonunion show by themselves that the level was to be fused (rule 10), unless
    the report merely calls unfused what lies apart from a construct that is known.
    """
    denied = _levels_of(imaging, FUSION_TARGETS, is_adverse)
    return _answer(imaging, FUSION_TARGETS, imaging.instrumented | imaging.apart, denied)


def hardware_on_ct(imaging: Imaging) -> Answer:
    """Return what governs about loosening and breakage at every level that a report names.

    Only CTs that are not older than the last operation count: it may have taken the hardware out.
    """
    return _answer(imaging, HARDWARE_TARGETS, _levels_of(imaging, HARDWARE_TARGETS))


def prominence_on_ct(imaging: Imaging) -> Answer:
    """Return what governs about prominent hardware, like ``hardware_on_ct``."""
    return _answer(imaging, PROMINENCE_TARGETS, _levels_of(imaging, PROMINENCE_TARGETS))


def _any(_: Finding) -> bool:
    return True


def _levels_of(
    imaging: Imaging, targets: frozenset[Target], test: Callable[[Finding], bool] = _any
) -> frozenset[str]:
    said = (f for ct in adequate(imaging, targets) for f in imaging.said_in(ct))
    reported = (f for f in said if f.target in targets and test(f))
    return frozenset(level for finding in reported for level in finding.levels.named)


def _answer(
    imaging: Imaging,
    targets: frozenset[Target],
    levels: frozenset[str],
    also: frozenset[str] = frozenset(),
) -> Answer:
    """Return what governs at the levels, each of which must be spoken of, and at some others."""
    if (reason := why_nothing_governs(imaging, targets)) is not None:
        return Answer(imaging, targets, (), reason)
    cts = adequate(imaging, targets)
    groups = [_matters(imaging, cts, group) for group in _APART[targets]]
    asked = levels or {EVERY_LEVEL}
    if targets is FUSION_TARGETS:
        asked |= imaging.unnamed
    wanted = sorted(asked | also)
    only = imaging.newest_governs
    governing = [govern(matters, lv, newest_only=only) for matters in groups for lv in wanted]
    statements = tuple(s for s in governing if s is not None)
    if (silent := silent_reason(imaging, targets, statements)) is not None:
        return Answer(imaging, targets, (), silent)
    found = frozenset(s.level for s in statements)
    silent_on = frozenset(asked - found)
    if not any(m.names_levels for ms in groups for m in ms):
        silent_on -= UNNAMED  # else levels are named in part, and nothing says what was fused
    is_open = any(map(conflicts, statements)) and not any(map(_is_settled_badly, statements))
    conflict = Reason.CONFLICTING if is_open else None
    partly = _is_partly_read(cts, statements)
    return Answer(imaging, targets, statements, conflict, tuple(in_order(silent_on)), partly)


def _is_settled_badly(statement: Governing) -> bool:
    return not conflicts(statement) and any(map(is_adverse, statement.findings))


def _matters(
    imaging: Imaging, cts: Sequence[ImagingReport], targets: frozenset[Target]
) -> list[Matter]:
    return [
        Matter(report.when, tuple(f for f in imaging.said_in(report) if f.target in targets))
        for report in cts
        if report.when is not None
    ]


def _is_partly_read(cts: Sequence[ImagingReport], statements: Sequence[Governing]) -> bool:
    oldest = min((s.when.first for s in statements), default=None)
    return any(ct.partly_read and is_as_new(ct, oldest) for ct in cts)


def levels_affected(answer: Answer) -> Levels:
    """Return the levels at which nonunion or hardware failure is affirmed, or fusion denied."""
    levels = Levels()
    for statement in answer.statements:
        for finding in statement.findings:
            if is_adverse(finding):
                levels |= finding.levels
    return levels
