"""All imaging of the lower spine, held against the construct and the day that is judged."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval, add_months
from hooks.spine.constructs import Construct
from hooks.spine.examinations import Modality
from hooks.spine.findings import HARDWARE_TARGETS, OF_HARDWARE, Finding, Stance
from hooks.spine.governing import EVERY_LEVEL, UNKNOWN_LEVEL
from hooks.spine.levels import NO_LEVELS, Levels, consecutive
from hooks.spine.native_levels import on_construct
from hooks.spine.reports import ImagingReport


class Imaging(msgspec.Struct, frozen=True, dict=True):
    """All imaging of the lower spine, the construct it is judged against, and what was searched."""

    reports: tuple[ImagingReport, ...]
    construct: Construct
    as_of: date
    reports_known: bool
    procedures_known: bool
    history_known: bool  # all procedures: nothing else tells that no other level was fused
    max_age_months: int
    early_months: int
    ordered: Levels = NO_LEVELS
    noted: tuple[Finding, ...] = ()  # what clinic notes say of images
    newest_governs: bool = True

    @cached_property
    def _implanted(self) -> Levels:
        """What procedures, devices, reports and order name (rule 10).

        Single vertebrae beside the range of an operation may be decompressed alone. What is said
        of hardware since the last operation shows where it is.
        """
        levels = self.ordered
        for fusion in self.construct.fusions:
            span = Levels(fusion.levels.interspaces, pelvis=fusion.levels.pelvis)
            levels |= span if span.interspaces else fusion.levels
        for implant in self.construct.implants:
            levels |= implant.levels
        for report in self.reports:
            levels |= report.construct
            for finding in report.findings if self.is_after_any(report) else ():
                levels |= _where_hardware_is(finding)
        return levels

    @cached_property
    def instrumented(self) -> frozenset[str]:
        """The interspaces that are named, and those between vertebrae beyond them with implants.

        Screws at L2 and L3 span L2-L3. Empty when no source names any.
        """
        named = self._implanted
        beyond = named.vertebrae - Levels(named.interspaces).touched_vertebrae
        between = consecutive(named.vertebrae) if beyond else ()
        spanned = [s for s in between if Levels(frozenset({s})).touched_vertebrae & beyond]
        return named.interspaces.union(spanned)

    @cached_property
    def apart(self) -> frozenset[str]:
        """The vertebrae with implants that border no instrumented interspace."""
        return self._implanted.vertebrae - Levels(self.instrumented).touched_vertebrae

    @cached_property
    def whole_fusion_asked(self) -> bool:
        """Whether a fusion of another day names no interspace: those named may not be all.

        Vertebrae that follow each other name what is between them.
        """
        named: set[DateInterval] = set()
        others: set[DateInterval | None] = set()
        for fusion in self.construct.fusions:
            if not (fusion.levels.interspaces or consecutive(fusion.levels.vertebrae)):
                others.add(fusion.when)
            elif fusion.when is not None:
                named.add(fusion.when)
        return any(not (when and any(map(when.overlaps, named))) for when in others)

    @cached_property
    def unnamed(self) -> frozenset[str]:
        """What must be spoken of beside the levels that are named: they may not be all (rule 10).

        An operation that was not read may have fused others (rule 1).
        """
        is_named = self.instrumented and not self.whole_fusion_asked
        named = frozenset() if is_named else frozenset({EVERY_LEVEL})
        return named if self.history_known else named | {UNKNOWN_LEVEL}

    @cached_property
    def _known(self) -> Levels:
        """What construct, reports and order name; nothing where operations do not name it all."""
        if not self.construct.levels.interspaces or self.whole_fusion_asked:
            return NO_LEVELS
        levels = self.construct.levels | self._implanted
        for operation in self.construct.uncertain:
            levels |= operation.levels
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

    @cached_property
    def after_any_surgery(self) -> tuple[ImagingReport, ...]:
        """Those of them that show the hardware as the last operation left it, which may take it."""
        return tuple([r for r in self.after_surgery if self.is_after_any(r)])

    def is_after(self, report: ImagingReport) -> bool:
        """Whether a report is post-operative; with no fusion date each one counts (rule 13).

        Beside a fusion without a date the dated ones are still to be older.
        """
        return _is_since(report, self.construct.last_dated_fusion)

    def is_after_any(self, report: ImagingReport) -> bool:
        """Whether a report is not older than the last operation of any kind on the hardware."""
        return _is_since(report, self.last_at_hardware)

    @cached_property
    def last_at_hardware(self) -> DateInterval | None:
        """When the last operation with a date was that may have reached the hardware.

        Of any kind and anywhere at the lower spine where the hardware is not all known.
        """
        construct = self.construct
        levels = self.ordered | construct.levels
        for report in self.reports:
            levels |= report.construct
            for finding in report.findings:
                levels |= finding.levels if finding.target in OF_HARDWARE else NO_LEVELS
        is_known = construct.levels and not self.whole_fusion_asked and self.history_known
        return (
            construct.last_dated_surgery_near(levels) if is_known else construct.last_dated_surgery
        )

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


def _where_hardware_is(finding: Finding) -> Levels:
    """Return where a finding shows that hardware is.

    A screw may breach the disc beside the fusion, and what is not prominent or not malpositioned
    need not be there. Only what failed is between the vertebrae that are named.
    """
    fails = finding.target in HARDWARE_TARGETS
    if finding.target not in OF_HARDWARE or (finding.stance is Stance.DENIED and not fails):
        return NO_LEVELS
    if fails and finding.stance is Stance.AFFIRMED:
        return finding.levels
    return Levels(vertebrae=finding.levels.vertebrae, pelvis=finding.levels.pelvis)


def _is_since(report: ImagingReport, operation: DateInterval | None) -> bool:
    if report.when is None:
        return False
    return operation is None or report.when.surely_not_before(operation)
