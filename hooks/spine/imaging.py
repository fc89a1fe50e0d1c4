"""Which imaging answers: per level the newest adequate CT after the last fusion governs.

The reasons for having no answer stand in the order of the contract's rule 11.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval, add_months
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Reason
from hooks.spine.constructs import Construct
from hooks.spine.examinations import Modality
from hooks.spine.findings import Finding, Target
from hooks.spine.governing import EVERY_LEVEL, Governing, Matter, conflicts, govern, is_adverse
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.native_levels import on_construct
from hooks.spine.reports import ImagingReport

FUSION_TARGETS = frozenset({Target.SOLID_FUSION, Target.NONUNION})
HARDWARE_TARGETS = frozenset({Target.LOOSENING, Target.BREAKAGE})
# One word about loosening says nothing about breakage: each is governed by itself.
_APART = {
    FUSION_TARGETS: (FUSION_TARGETS,),
    HARDWARE_TARGETS: (frozenset({Target.LOOSENING}), frozenset({Target.BREAKAGE})),
}


class Imaging(msgspec.Struct, frozen=True, dict=True):
    """All imaging of the lower spine, the construct it is judged against, and what was searched."""

    reports: tuple[ImagingReport, ...]
    construct: Construct
    as_of: date
    reports_known: bool
    procedures_known: bool
    max_age_months: int
    early_months: int
    ordered: Levels = NO_LEVELS
    noted: tuple[Finding, ...] = ()  # what clinic notes say of images
    newest_governs: bool = True

    @cached_property
    def instrumented(self) -> frozenset[str]:
        """The interspaces of the construct, by procedures, devices, reports and order (rule 10).

        Empty when no source names them.
        """
        reported = frozenset().union(*[r.construct.interspaces for r in self.reports])
        return self.construct.levels.interspaces | self.ordered.interspaces | reported

    @cached_property
    def whole_fusion_asked(self) -> bool:
        """Whether a fusion of another day names no interspace: those named may not be all."""
        fusions = self.construct.fusions
        named = {fusion.when for fusion in fusions if fusion.levels.interspaces and fusion.when}
        return any(not f.levels.interspaces and f.when not in named for f in fusions)

    @cached_property
    def _known(self) -> Levels:
        """What construct, reports and order name; nothing where operations do not name it all."""
        if not self.construct.levels.interspaces or self.whole_fusion_asked:
            return NO_LEVELS
        levels = self.construct.levels | self.ordered
        for operation in self.construct.uncertain:
            levels |= operation.levels
        for report in self.reports:
            levels |= report.construct
        return levels

    def said_in(self, report: ImagingReport) -> tuple[Finding, ...]:
        """Return what a report says, but for levels that it calls unfused and nobody fused."""
        return on_construct(report.findings, self._known)

    def of(self, *modalities: Modality) -> tuple[ImagingReport, ...]:
        """Return the reports of these modalities, oldest first."""
        return tuple([r for r in self.reports if r.modality in modalities])

    @cached_property
    def after_surgery(self) -> tuple[ImagingReport, ...]:
        """The final CT reports that are surely not older than the last fusion."""
        return tuple([r for r in self.of(Modality.CT) if r.is_final and self.is_after(r)])

    def is_after(self, report: ImagingReport) -> bool:
        """Whether a report is post-operative; with no fusion date each one counts (rule 13).

        Beside a fusion without a date the dated ones are still to be older.
        """
        last = self.construct.last_dated_fusion
        if report.when is None:
            return False
        return last is None or report.when.surely_not_before(last)

    @property
    def is_early(self) -> bool:
        """Whether the last fusion may be younger than the months after which nonunion is named."""
        last = self.construct.last_dated_fusion
        return last is not None and add_months(last.last, self.early_months) > self.as_of

    def is_stale(self, report_date: DateInterval) -> bool:
        """Whether a report may be older than the age that bars ``met`` (rule 12)."""
        return add_months(report_date.first, self.max_age_months) < self.as_of

    def may_be_outdated(self, report_date: DateInterval) -> bool:
        """Whether an operation that may have taken place is not surely older than a report."""
        uncertain = self.construct.uncertain
        return any(not (o.when and o.when.surely_before(report_date)) for o in uncertain)

    @cached_property
    def newest(self) -> ImagingReport | None:
        """The newest adequate CT, whatever it says."""
        adequate = self.after_surgery
        return adequate[-1] if adequate else None


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
        return tuple(dict.fromkeys([f for s in self.statements for f in s.findings]))

    @property
    def oldest(self) -> DateInterval | None:
        """The date of the oldest governing report."""
        return min((s.when for s in self.statements), key=lambda w: w.first, default=None)


def fusion_on_ct(imaging: Imaging) -> Answer:
    """Return what governs about fusion at every instrumented level, and where it is denied.

    Denied fusion and nonunion show by themselves that the level was to be fused (rule 10), unless
    the report merely calls unfused what lies apart from a construct that is known.
    """
    denied = _levels_of(imaging, _is_against_fusion)
    return _answer(imaging, FUSION_TARGETS, imaging.instrumented, denied)


def hardware_on_ct(imaging: Imaging) -> Answer:
    """Return what governs about loosening and breakage at every level that a report names."""
    return _answer(
        imaging, HARDWARE_TARGETS, _levels_of(imaging, lambda f: f.target in HARDWARE_TARGETS)
    )


def _levels_of(imaging: Imaging, test: Callable[[Finding], bool]) -> frozenset[str]:
    reported = (f for ct in imaging.after_surgery for f in imaging.said_in(ct) if test(f))
    return frozenset(level for finding in reported for level in finding.levels.named)


def _is_against_fusion(finding: Finding) -> bool:
    return finding.target in FUSION_TARGETS and is_adverse(finding)


def _answer(
    imaging: Imaging,
    targets: frozenset[Target],
    levels: frozenset[str],
    also: frozenset[str] = frozenset(),
) -> Answer:
    """Return what governs at the levels, each of which must be spoken of, and at some others."""
    if (reason := _why_nothing_governs(imaging)) is not None:
        return Answer(imaging, targets, (), reason)
    groups = [_matters(imaging, group) for group in _APART[targets]]
    asked = levels or {EVERY_LEVEL}
    if levels and imaging.whole_fusion_asked and targets is FUSION_TARGETS:
        asked = levels | {EVERY_LEVEL}
    wanted = sorted(asked | also)
    only = imaging.newest_governs
    governing = [govern(matters, lv, newest_only=only) for matters in groups for lv in wanted]
    statements = tuple(s for s in governing if s is not None)
    if (silent := _silent_reason(imaging, targets, statements)) is not None:
        return Answer(imaging, targets, (), silent)
    found = frozenset(s.level for s in statements)
    gaps = tuple(sorted(asked - found - {EVERY_LEVEL}))
    if EVERY_LEVEL in asked - found and any(m.names_levels for ms in groups for m in ms):
        gaps += (EVERY_LEVEL,)  # levels are named in part, and nothing says what was fused
    conflict = Reason.CONFLICTING if any(conflicts(s) for s in statements) else None
    partly = _is_partly_read(imaging, statements)
    return Answer(imaging, targets, statements, conflict, gaps, partly)


def _matters(imaging: Imaging, targets: frozenset[Target]) -> list[Matter]:
    return [
        Matter(report.when, tuple(f for f in imaging.said_in(report) if f.target in targets))
        for report in imaging.after_surgery
        if report.when is not None
    ]


def _is_partly_read(imaging: Imaging, statements: tuple[Governing, ...]) -> bool:
    oldest = min((s.when.first for s in statements), default=None)
    return any(ct.partly_read and _as_new(ct, oldest) for ct in imaging.after_surgery)


def _why_nothing_governs(imaging: Imaging) -> Reason | None:
    """Return the first reason of rule 11 that leaves no adequate CT at all."""
    if not imaging.reports_known or not imaging.procedures_known:
        return Reason.NOT_SEARCHED
    if imaging.after_surgery:
        return None
    if any(report.may_be_ct for report in imaging.reports):
        return Reason.NOT_SEARCHED
    cts = imaging.of(Modality.CT)
    if any(ct.is_final and ct.when is None for ct in cts):
        return Reason.IMPRECISE_DATE
    if any(ct.is_final for ct in cts):
        last = imaging.construct.last_dated_fusion
        final = [ct.when for ct in cts if ct.is_final and ct.when]
        if last and any(not when.surely_before(last) for when in final):
            return Reason.IMPRECISE_DATE
        return Reason.BEFORE_SURGERY
    if cts:
        return Reason.PRELIMINARY
    spoken = imaging.reports or any(f.target in FUSION_TARGETS for f in imaging.noted)
    return Reason.WRONG_MODALITY if spoken else Reason.NO_DATA


def _silent_reason(
    imaging: Imaging, targets: frozenset[Target], statements: tuple[Governing, ...]
) -> Reason | None:
    """Return why a CT as new as the governing ones, but not read, leaves the question open.

    A CT without a date may be the newest.
    """
    if any(ct.when is None for ct in imaging.of(Modality.CT)):
        return Reason.IMPRECISE_DATE
    newest = max((s.when.last for s in statements), default=None)
    found: set[Reason | None] = {
        _why_silent(ct, targets, spoken=bool(statements))
        for ct in imaging.reports
        if ct.may_be_ct or (ct.modality is Modality.CT and imaging.is_after(ct))
        if ct.when is None or _as_new(ct, newest)
    }
    return next((reason for reason in _SILENT if reason in found), None)


_SILENT = (Reason.NOT_SEARCHED, Reason.UNREADABLE, Reason.PRELIMINARY, Reason.UNCERTAIN_TEXT)


def _why_silent(ct: ImagingReport, targets: frozenset[Target], *, spoken: bool) -> Reason | None:
    """Return why a CT, or what may be one, was not read, not in full, or is not final.

    What it shows to be bad stands whatever else it says. Text beside codes of other matters leaves
    open only what another report answers; else the matter is a gap.
    """
    if not ct.is_final:
        return Reason.NOT_SEARCHED if ct.may_be_ct else Reason.PRELIMINARY
    shown = any(f.target in targets and is_adverse(f) for f in ct.findings)
    if ct.may_be_ct or (ct.unread_results and not shown):
        return Reason.NOT_SEARCHED
    if ct.unreadable:
        return Reason.UNREADABLE
    in_text = ct.leaves_in_text(targets) if spoken else ct.unread_text
    return Reason.UNCERTAIN_TEXT if in_text else None


def _as_new(ct: ImagingReport, newest: date | None) -> bool:
    return newest is None or (ct.when is not None and ct.when.last >= newest)


def levels_affected(answer: Answer) -> Levels:
    """Return the levels at which nonunion or hardware failure is affirmed, or fusion denied."""
    levels = Levels()
    for statement in answer.statements:
        for finding in statement.findings:
            if is_adverse(finding):
                levels |= finding.levels
    return levels
