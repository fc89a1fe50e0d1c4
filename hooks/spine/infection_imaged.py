"""What images say of infection, and which of them leave it open; radiographs show no infection."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from cds_service.engine.evidence import Evidence
from hooks.spine.examinations import Modality
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.imaging import Imaging
from hooks.spine.infection_denied import Weighed, weighed
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

    @property
    def unreadable(self) -> tuple[Evidence, ...]:
        """The newest final report that holds nothing which a machine here can read."""
        found = [r for r in self._sought_on if r.is_final and r.unreadable]
        return tuple(r.evidence for r in found[-1:])

    @property
    def not_understood(self) -> tuple[Evidence, ...]:
        """The newest final report of which a text or a code was not understood."""
        found = [r for r in self._sought_on if r.is_final and (r.unread_text or r.partly_read)]
        return tuple(r.evidence for r in found[-1:])

    @property
    def unfinished(self) -> tuple[Evidence, ...]:
        """The reports that are not final, of no examination that is older than the last surgery."""
        surgery = self.imaging.construct.last_dated_surgery
        return tuple(
            r.evidence
            for r in self._sought_on
            if not r.is_final and not (surgery and r.when and r.when.surely_before(surgery))
        )
