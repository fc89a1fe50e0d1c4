"""The infection work-up: codes, imaging, cultures, ESR and CRP; "no evidence found", never more."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from functools import cached_property

import msgspec

from cds_service.engine.content import Configuration
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Observation
from hooks.spine.coded_findings import FINAL
from hooks.spine.culture_reports import reported_growth
from hooks.spine.examinations import Modality
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.imaging import Imaging
from hooks.spine.infection_denied import Weighed, weighed
from hooks.spine.laboratory import Measurement, Reading, measurements, newest, preliminary
from hooks.spine.named_problems import INFECTION, NamedProblems
from hooks.spine.notes import NO_NOTES, Notes
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.problems import Problem, active, evidence_of, possible, problems
from hooks.spine.reports import ImagingReport

READS = (
    "conditions",
    "procedures",
    "diagnostic_reports",
    "observations",
    "document_references",
)
_SPINE = ("infection-hardware", "infection-spine")
_CRP = ("crp", "crp-high-sensitivity")
_ANY_SITE = "infection-device-any-site"
# Why infection is open because a search or a report was not read (contract, "Cards").
NOT_READ = frozenset({Reason.NOT_SEARCHED, Reason.UNREADABLE, Reason.UNCERTAIN_TEXT})
INDOLENT = "Does not exclude indolent infection: normal ESR and CRP do not rule it out."


class Growth(Enum):
    """What a culture says."""

    SHOWN = auto()
    NONE = auto()
    NOT_SAID = auto()


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
    named: tuple[Evidence, ...]  # problems whose words name infection
    notes: Notes = NO_NOTES

    @property
    def is_affirmed(self) -> bool:
        """Whether infection is coded, cultured or affirmed by imaging."""
        return bool(self.affirmed)

    @cached_property
    def affirmed(self) -> tuple[Evidence, ...]:
        """What positively shows infection."""
        imaged = tuple(f.evidence for f in self._affirmed_by_images.standing)
        cultured = self._cultures(Growth.SHOWN, final=True)
        return evidence_of(active(self.coded)) + imaged + cultured

    def _imaged(self, stance: Stance) -> Iterator[tuple[ImagingReport, Finding]]:
        """Yield what reports since the last operation say; every modality may show infection."""
        for report in self.imaging.reports:
            if report.is_final and self.imaging.is_after(report):
                for finding in report.findings:
                    if finding.target is Target.INFECTION and finding.stance is stance:
                        yield report, finding

    @cached_property
    def _affirmed_by_images(self) -> Weighed:
        """What images affirm, and what newer ones deny of it."""
        return weighed(self.imaging, self._imaged(Stance.AFFIRMED))

    def _imaged_unsurely(self) -> Iterator[Finding]:
        """Yield what unfinished reports say, and those that may be older than the operation."""
        last = self.imaging.construct.last_dated_fusion
        for report in self.imaging.reports:
            is_older = last and report.when and report.when.surely_before(last)
            if not is_older and not (report.is_final and self.imaging.is_after(report)):
                for finding in report.findings:
                    if finding.target is Target.INFECTION and finding.stance is not Stance.DENIED:
                        yield finding

    def _cultures(self, growth: Growth, *, final: bool) -> tuple[Evidence, ...]:
        """Return the cultures since the last operation that show this; undated ones count."""
        if not self.cultures:
            return ()
        surgery = self.imaging.construct.last_dated_surgery
        return tuple(
            c.evidence
            for c in self.cultures
            if (c.observation.status in FINAL) is final
            and growth_of(self.record, c) is growth
            and (surgery is None or c.when is None or not c.when.surely_before(surgery))
        )

    @property
    def unfinished(self) -> tuple[Evidence, ...]:
        """What is not final yet: markers, and cultures in which nothing grew so far."""
        markers = tuple(m.evidence for m in self.preliminary)
        return markers + self._cultures(Growth.NONE, final=False)

    @cached_property
    def current_markers(self) -> tuple[Measurement, ...]:
        """ESR and CRP that are young enough to count."""
        both = (self.esr, self.crp)
        return tuple(m for m in both if m and not m.older_than_days(self.record, self.max_age_days))

    @cached_property
    def unread_reports(self) -> tuple[ImagingReport, ...]:
        """Return final reports since the last operation that only text tells, or nothing read.

        Signs of infection are sought on every image but a radiograph (clinical.md, HR-X1).
        """
        return tuple(
            r for r in self._imaged_since() if r.unread_text or r.unreadable or r.partly_read
        )

    @property
    def without_results(self) -> tuple[Evidence, ...]:
        """The reports of which a result did not arrive: it may be a sign of infection."""
        return tuple(r.evidence for r in self._imaged_since() if r.unread_results)

    def _imaged_since(self) -> Iterator[ImagingReport]:
        for r in self.imaging.reports:
            if r.modality is not Modality.XR and r.is_final and self.imaging.is_after(r):
                yield r

    @property
    def hints(self) -> tuple[Evidence, ...]:
        """What makes infection possible: raised markers, and what is unconfirmed or hedged."""
        raised = tuple(m.evidence for m in self.current_markers if m.reading is Reading.HIGH)
        hedged = tuple(f.evidence for _, f in self._imaged(Stance.POSSIBLE))
        hedged += tuple(f.evidence for f in self._imaged_unsurely())
        hedged += tuple(f.evidence for f in self._affirmed_by_images.denied)
        unfinished = self._cultures(Growth.SHOWN, final=False)
        unfinished += self._cultures(Growth.NOT_SAID, final=True)
        unfinished += self._cultures(Growth.NOT_SAID, final=False)
        unfinished += reported_growth(self.record, self.imaging.construct.last_dated_surgery)
        listed = evidence_of(possible(self.coded)) + self.named
        return listed + raised + hedged + self._noted + unfinished

    @property
    def _noted(self) -> tuple[Evidence, ...]:
        """What the newest note on infection since the last operation tells: a hint, no more."""
        notes = self.notes.since(self.imaging.construct.last_dated_surgery)
        said = notes.newest_on(Target.INFECTION)
        return tuple(f.evidence for f in said if f.stance is not Stance.DENIED)


def read_infection(
    record: PatientRecord,
    imaging: Imaging,
    configuration: Configuration,
    named: NamedProblems,
    notes: Notes = NO_NOTES,
) -> InfectionWorkUp:
    """Return the infection work-up of the record."""
    of_a_device = [_placed(p) for p in problems(record, _ANY_SITE)]
    here = tuple(p for p in of_a_device if p is not None)
    return InfectionWorkUp(
        record=record,
        coded=problems(record, *_SPINE) + here,
        imaging=imaging,
        cultures=measurements(record, "tissue-culture") + _unfinished_cultures(record),
        esr=newest(record, "esr"),
        crp=newest(record, *_CRP),
        preliminary=preliminary(record, "esr") + preliminary(record, *_CRP),
        max_age_days=configuration.count("labs.infectionMaxAgeDays"),
        named=named[INFECTION],
        notes=notes,
    )


def _unfinished_cultures(record: PatientRecord) -> tuple[Measurement, ...]:
    """Return cultures that are not final, or of no known status.

    One in which nothing grew so far is outdated by a newer final one; growth is not.
    """
    latest = {culture.observation.id for culture in preliminary(record, "tissue-culture")}
    unfinished = measurements(record, "tissue-culture", final=False)
    return tuple(
        c
        for c in unfinished
        if c.observation.id in latest or growth_of(record, c) is not Growth.NONE
    )


def _placed(problem: Problem) -> Problem | None:
    """Return an infected device as it counts: confirmed at the spine, possible without a place.

    None when its site is known to be elsewhere.
    """
    if problem.region is Region.IN_SCOPE or problem.levels:
        return problem
    sites = problem.condition.body_site
    names = [name for site in sites for name in (site.text, *(c.display for c in site.coding))]
    regions = {region_of_text(name) for name in names if name}
    if Region.IN_SCOPE in regions:
        return problem
    if Region.ELSEWHERE in regions or problem.region is Region.ELSEWHERE:
        return None
    return msgspec.structs.replace(problem, is_confirmed=False)


_GROWS = frozenset({"interpretation-positive", "qualifier-present"})
_GROWS_NOT = frozenset({"interpretation-negative", "qualifier-absent"})


def growth_of(record: PatientRecord, culture: Measurement) -> Growth:
    """Return what a culture says by its interpretation and its coded value."""
    observation: Observation = culture.observation
    said = record.memberships(observation.value_codeable_concept)
    said = said.union(*(record.memberships(concept) for concept in observation.interpretation))
    if (said & _GROWS) and not (said & _GROWS_NOT):
        return Growth.SHOWN
    return Growth.NONE if said & _GROWS_NOT and not said & _GROWS else Growth.NOT_SAID


def judge_no_infection(work_up: InfectionWorkUp) -> Judgement:
    """Judge "no evidence of infection" (contract, rule 2; clinical.md, HR-X1)."""
    if work_up.affirmed:
        return not_met(*work_up.affirmed)
    if hints := work_up.hints:
        return unknown(Reason.POSSIBLE, *hints)
    record = work_up.record
    if not record.searched(*READS):
        return unknown(Reason.NOT_SEARCHED, *(m.evidence for m in work_up.current_markers))
    if work_up.without_results:
        return unknown(Reason.NOT_SEARCHED, *work_up.without_results)
    if work_up.unfinished:
        return unknown(Reason.PRELIMINARY, *work_up.unfinished)
    reason = _why_markers_fail(work_up)
    seen = tuple(m.evidence for m in (work_up.esr, work_up.crp) if m)
    if reason is not None:
        return unknown(reason, *seen)
    if unread := work_up.unread_reports:
        reason = Reason.UNREADABLE if unread[-1].unreadable else Reason.UNCERTAIN_TEXT
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
    if construct.surgeries and surgery is None:
        return Reason.IMPRECISE_DATE  # nobody can tell whether they are younger than it
    for marker in work_up.current_markers:
        if marker.reading is not Reading.NORMAL:
            return Reason.NOT_COMPUTABLE
        if surgery and not (marker.when and surgery.surely_before(marker.when)):
            return Reason.BEFORE_SURGERY
    return None
