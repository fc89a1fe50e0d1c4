"""The infection work-up: codes, imaging, cultures, ESR and CRP; "no evidence found", never more."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Observation
from hooks.spine.imaging import Imaging
from hooks.spine.laboratory import Measurement, Reading, measurements, newest, preliminary
from hooks.spine.order_intent import Region
from hooks.spine.problems import Problem, active, evidence_of, possible, problems
from hooks.spine.reports import FINAL, Finding, Stance, Target

READS = ("conditions", "procedures", "diagnostic_reports", "observations")
_SPINE = ("infection-hardware", "infection-spine")
_ANY_SITE = "infection-device-any-site"
INDOLENT = "Does not exclude indolent infection: normal ESR and CRP do not rule it out."


class InfectionWorkUp(msgspec.Struct, frozen=True, dict=True):
    """Everything that speaks for or against infection, with the searches behind it."""

    record: PatientRecord
    coded: tuple[Problem, ...]
    imaging: Imaging
    cultures: tuple[Measurement, ...]
    esr: Measurement | None
    crp: Measurement | None
    preliminary: tuple[Measurement, ...]
    max_age_days: int

    @property
    def is_affirmed(self) -> bool:
        """Whether infection is coded, cultured or affirmed by imaging."""
        return bool(self.affirmed)

    @cached_property
    def affirmed(self) -> tuple[Evidence, ...]:
        """What positively shows infection."""
        imaged = tuple(f.evidence for f in self._imaged(Stance.AFFIRMED))
        cultured = self._positive_cultures(final=True)
        return evidence_of(active(self.coded)) + imaged + cultured

    def _imaged(self, stance: Stance) -> Iterator[Finding]:
        """Yield what reports since the last operation say; every modality may show infection."""
        for report in self.imaging.reports:
            if report.is_final and self.imaging.is_after(report):
                for finding in report.findings:
                    if finding.target is Target.INFECTION and finding.stance is stance:
                        yield finding

    def _imaged_unsurely(self) -> Iterator[Finding]:
        """Yield what unfinished reports say, and those that may be older than the operation."""
        last = self.imaging.construct.last_fusion
        for report in self.imaging.reports:
            is_older = last and report.when and report.when.surely_before(last)
            if not is_older and not (report.is_final and self.imaging.is_after(report)):
                for finding in report.findings:
                    if finding.target is Target.INFECTION and finding.stance is not Stance.DENIED:
                        yield finding

    def _positive_cultures(self, *, final: bool) -> tuple[Evidence, ...]:
        surgery = self.imaging.construct.last_surgery
        return tuple(
            c.evidence
            for c in self.cultures
            if (c.observation.status in FINAL) is final
            and (surgery is None or c.when is None or not c.when.surely_before(surgery))
        )

    @cached_property
    def current_markers(self) -> tuple[Measurement, ...]:
        """ESR and CRP that are young enough to count."""
        both = (self.esr, self.crp)
        return tuple(m for m in both if m and not m.older_than_days(self.record, self.max_age_days))

    @property
    def hints(self) -> tuple[Evidence, ...]:
        """What makes infection possible: raised markers, and what is unconfirmed or hedged."""
        raised = tuple(m.evidence for m in self.current_markers if m.reading is Reading.HIGH)
        hedged = tuple(f.evidence for f in self._imaged(Stance.POSSIBLE))
        hedged += tuple(f.evidence for f in self._imaged_unsurely())
        unfinished = self._positive_cultures(final=False)
        return evidence_of(possible(self.coded)) + raised + hedged + unfinished


def read_infection(record: PatientRecord, imaging: Imaging, max_age_days: int) -> InfectionWorkUp:
    """Return the infection work-up of the record."""
    elsewhere = problems(record, _ANY_SITE)
    at_spine = tuple(p for p in elsewhere if p.region is Region.IN_SCOPE or p.levels)
    cultures = measurements(record, "tissue-culture") + preliminary(record, "tissue-culture")
    return InfectionWorkUp(
        record=record,
        coded=problems(record, *_SPINE) + at_spine,
        imaging=imaging,
        cultures=tuple(c for c in cultures if _is_positive(record, c)),
        esr=newest(record, "esr"),
        crp=newest(record, "crp", "crp-high-sensitivity"),
        preliminary=preliminary(record, "esr") + preliminary(record, "crp"),
        max_age_days=max_age_days,
    )


def _is_positive(record: PatientRecord, culture: Measurement) -> bool:
    observation: Observation = culture.observation
    concepts = [*observation.interpretation]
    if observation.value_codeable_concept is not None:
        concepts.append(observation.value_codeable_concept)
    wanted = {"interpretation-positive", "qualifier-present"}
    return any(wanted & record.memberships(concept) for concept in concepts)


def judge_no_infection(work_up: InfectionWorkUp) -> Judgement:
    """Judge "no evidence of infection" (contract, rule 2; clinical.md, HR-X1)."""
    if work_up.affirmed:
        return not_met(*work_up.affirmed)
    if work_up.hints:
        return unknown(Reason.POSSIBLE, *work_up.hints)
    record = work_up.record
    if not record.searched(*READS):
        return unknown(Reason.NOT_SEARCHED, *(m.evidence for m in work_up.current_markers))
    if work_up.preliminary:
        return unknown(Reason.PRELIMINARY, *(m.evidence for m in work_up.preliminary))
    reason = _why_markers_fail(work_up)
    seen = tuple(m.evidence for m in (work_up.esr, work_up.crp) if m)
    if reason is not None:
        return unknown(reason, *seen)
    unread = tuple(r for r in work_up.imaging.after_surgery if r.unread_text or r.unreadable)
    if unread:
        reason = Reason.UNCERTAIN_TEXT if unread[-1].unread_text else Reason.UNREADABLE
        return unknown(reason, unread[-1].evidence)
    searched = record.absence(*READS, says="no code, culture or imaging sign of infection found")
    return met(*seen, searched, remark=INDOLENT)


def _why_markers_fail(work_up: InfectionWorkUp) -> Reason | None:
    """Return why ESR and CRP cannot support "no evidence found"; None when they do."""
    if work_up.esr is None or work_up.crp is None:
        return Reason.NO_DATA
    if len(work_up.current_markers) < 2:  # ESR and CRP
        return Reason.STALE
    construct = work_up.imaging.construct
    surgery = construct.last_surgery
    if construct.operations and surgery is None:
        return Reason.IMPRECISE_DATE  # nobody can tell whether they are younger than it
    for marker in work_up.current_markers:
        if marker.reading is not Reading.NORMAL:
            return Reason.NOT_COMPUTABLE
        if surgery and not (marker.when and surgery.surely_before(marker.when)):
            return Reason.BEFORE_SURGERY
    return None
