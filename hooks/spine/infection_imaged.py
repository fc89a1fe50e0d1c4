"""What images say of infection, and which of them leave it open; radiographs show no infection."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence
from hooks.spine.examinations import Modality
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.imaging import Imaging
from hooks.spine.infection_denied import Weighed, denies_everywhere, weighed
from hooks.spine.reports import ImagingReport


class ImagedInfection(msgspec.Struct, frozen=True, dict=True):
    """The images since the last operation, as they speak of infection or leave it open."""

    imaging: Imaging

    def said(self, stance: Stance) -> Iterator[tuple[ImagingReport, Finding]]:
        """Yield what reports since the last operation say; every modality may show infection."""
        for report in self.imaging.reports:
            if report.is_final and self.imaging.is_after(report):
                for finding in report.findings:
                    if finding.target is Target.INFECTION and finding.stance is stance:
                        yield report, finding

    @cached_property
    def affirmed(self) -> Weighed:
        """What images affirm, and what newer ones deny of it."""
        return weighed(self.imaging, self.said(Stance.AFFIRMED))

    def unsure(self) -> Iterator[Finding]:
        """Yield what unfinished reports say, and those that may be older than the operation."""
        for report in self._not_older():
            if not (report.is_final and self.imaging.is_after(report)):
                for finding in report.findings:
                    if finding.target is Target.INFECTION and finding.stance is not Stance.DENIED:
                        yield finding

    def _not_older(self) -> Iterator[ImagingReport]:
        """Yield the reports that are not surely older than the last fusion, undated ones too."""
        last = self.imaging.construct.last_dated_fusion
        for report in self.imaging.reports:
            if not (last and report.when and report.when.surely_before(last)):
                yield report

    @cached_property
    def _sought_on(self) -> tuple[ImagingReport, ...]:
        """The reports on which signs of infection are sought: all but radiographs (HR-X1)."""
        return tuple([r for r in self._not_older() if r.modality is not Modality.XR])

    @property
    def without_results(self) -> tuple[Evidence, ...]:
        """The final reports of which a result did not arrive: it may be a sign of infection."""
        return tuple(r.evidence for r in self._sought_on if r.is_final and r.unread_results)

    @cached_property
    def _open(self) -> tuple[ImagingReport, ...]:
        """The reports on which infection is sought, but for those that are outdated."""
        return tuple([r for r in self._sought_on if not self._is_outdated(r)])

    def _is_outdated(self, report: ImagingReport) -> bool:
        """Whether a newer report that was read answers in its stead, since the last operation.

        One of the same modality does, and one that denies infection: a CT that is silent on
        infection says less than an MR.
        """
        newer = (self._newest_read.get(report.modality), self._newest_denial)
        return any(report.when and day and report.when.surely_before(day) for day in newer)

    @cached_property
    def _read(self) -> tuple[ImagingReport, ...]:
        """The final CTs and MRs since the last operation that were read completely."""
        return tuple(
            r
            for r in self.imaging.of(Modality.CT, Modality.MR)
            if r.is_final
            and self.imaging.is_after_any(r)
            and not (r.unreadable or r.unread_text or r.partly_read or r.unread_results)
        )

    @cached_property
    def _newest_read(self) -> dict[Modality, DateInterval]:
        """The day of the newest that was read, by modality."""
        kinds = {r.modality for r in self._read}
        newest = {kind: _newest([r for r in self._read if r.modality is kind]) for kind in kinds}
        return {kind: day for kind, day in newest.items() if day}

    @cached_property
    def _newest_denial(self) -> DateInterval | None:
        """The day of the newest that was read and denies infection everywhere."""
        return _newest([r for r in self._read if denies_everywhere(r)])

    @property
    def unreadable(self) -> tuple[Evidence, ...]:
        """The newest final report that holds nothing which a machine here can read."""
        found = [r for r in self._open if r.is_final and r.unreadable]
        return tuple(r.evidence for r in found[-1:])

    @property
    def not_understood(self) -> tuple[Evidence, ...]:
        """The newest final report of which a text or a code was not understood."""
        found = [r for r in self._open if r.is_final and (r.unread_text or r.partly_read)]
        return tuple(r.evidence for r in found[-1:])

    @property
    def unfinished(self) -> tuple[Evidence, ...]:
        """The reports that are not final, of no examination that is older than the last surgery."""
        surgery = self.imaging.construct.last_dated_surgery
        return tuple(
            r.evidence
            for r in self._open
            if not r.is_final and not (surgery and r.when and r.when.surely_before(surgery))
        )


def _newest(reports: list[ImagingReport]) -> DateInterval | None:
    days = [r.when for r in reports if r.when]
    return max(days, key=lambda day: day.first, default=None)
