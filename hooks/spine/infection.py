"""The infection work-up: codes, imaging, cultures, ESR and CRP; "no evidence found", never more."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from cds_service.engine.content import Configuration
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from cds_service.engine.record import PatientRecord
from hooks.spine.coded_findings import FINAL
from hooks.spine.culture_reports import (
    CultureReports,
    is_of_another_part,
    read_culture_reports,
)
from hooks.spine.findings import Stance, Target
from hooks.spine.growth import Growth, growth_of
from hooks.spine.imaging import Imaging
from hooks.spine.infection_imaged import ImagedInfection
from hooks.spine.laboratory import (
    Measurement,
    Reading,
    first_evidence,
    measurements,
    newest,
    preliminary,
)
from hooks.spine.named_problems import INFECTION, NamedProblems
from hooks.spine.notes import NO_NOTES, Notes
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.problems import Problem, active, evidence_of, possible, problems

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


class InfectionWorkUp(msgspec.Struct, frozen=True, dict=True):
    """Everything that speaks for or against infection, with the searches behind it."""

    record: PatientRecord
    coded: tuple[Problem, ...]
    imaging: Imaging
    cultures: tuple[Measurement, ...]
    reported: CultureReports  # cultures in words
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
        imaged = tuple(f.evidence for f in self.imaged.affirmed.standing)
        cultured = self._cultures(Growth.SHOWN, final=True)
        return evidence_of(active(self.coded)) + imaged + cultured

    @cached_property
    def imaged(self) -> ImagedInfection:
        """What images say of infection, and which of them leave it open."""
        return ImagedInfection(self.imaging)

    def _cultures(self, growth: Growth, *, final: bool) -> tuple[Evidence, ...]:
        """Return the cultures since the last operation that show this; undated ones count."""
        if not self.cultures:
            return ()
        surgery = self.imaging.construct.last_dated_surgery
        return tuple(
            c.evidence
            for c in self.cultures
            if (c.observation.status in FINAL) is final
            and growth_of(self.record, c.observation) is growth
            and (surgery is None or c.when is None or not c.when.surely_before(surgery))
        )

    @property
    def unfinished(self) -> tuple[Evidence, ...]:
        """What is not final yet: markers, images, and cultures in which nothing grew so far."""
        markers = tuple(m.evidence for m in self.preliminary)
        cultures = self._cultures(Growth.NONE, final=False) + self.reported.unfinished
        return markers + cultures + self.imaged.unfinished

    @property
    def markers(self) -> tuple[Evidence, ...]:
        """The newest ESR and CRP, as far as they were measured."""
        return first_evidence((self.esr, self.crp))

    @cached_property
    def current_markers(self) -> tuple[Measurement, ...]:
        """ESR and CRP that are young enough to count."""
        both = (self.esr, self.crp)
        return tuple(m for m in both if m and not m.older_than_days(self.record, self.max_age_days))

    @property
    def hints(self) -> tuple[Evidence, ...]:
        """What makes infection possible: raised markers, and what is unconfirmed or hedged."""
        raised = tuple(m.evidence for m in self.current_markers if m.reading is Reading.HIGH)
        hedged = tuple(f.evidence for _, f in self.imaged.said(Stance.POSSIBLE))
        hedged += tuple(f.evidence for f in self.imaged.unsure())
        hedged += tuple(f.evidence for f in self.imaged.affirmed.denied)
        unfinished = self._cultures(Growth.SHOWN, final=False)
        unfinished += self._cultures(Growth.NOT_SAID, final=True)
        unfinished += self._cultures(Growth.NOT_SAID, final=False)
        unfinished += self.reported.grown
        listed = evidence_of(possible(self.coded)) + self.named
        return listed + raised + hedged + self._noted + unfinished

    @cached_property
    def open_questions(self) -> dict[Reason, tuple[Evidence, ...]]:
        """Why "no evidence found" cannot be said, with what shows it."""
        return dict(_open_questions(self))

    @property
    def is_unread(self) -> bool:
        """Whether a search or a report was not read, whatever reason comes before (rule 11)."""
        return not NOT_READ.isdisjoint(self.open_questions)

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
    cultures = _here(measurements(record, "tissue-culture"))
    newest_culture = cultures[0].when if cultures else None
    surgery = imaging.construct.last_dated_surgery
    return InfectionWorkUp(
        record=record,
        coded=problems(record, *_SPINE) + here,
        imaging=imaging,
        cultures=cultures + _here(_unfinished_cultures(record)),
        reported=read_culture_reports(record, surgery, newest_culture),
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
        if c.observation.id in latest or growth_of(record, c.observation) is not Growth.NONE
    )


def _here(cultures: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    """Return the cultures that do not say that they are of another part of the body."""
    return tuple(
        c for c in cultures if not is_of_another_part(c.observation.code, c.observation.body_site)
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


def judge_no_infection(work_up: InfectionWorkUp) -> Judgement:
    """Judge "no evidence of infection" (contract, rule 2; clinical.md, HR-X1)."""
    if work_up.affirmed:
        return not_met(*work_up.affirmed)
    if hints := work_up.hints:
        return unknown(Reason.POSSIBLE, *hints)
    for reason in _FIRST:
        if reason in work_up.open_questions:
            return unknown(reason, *work_up.open_questions[reason])
    searched = work_up.record.absence(
        *READS, says="no code, culture or imaging sign of infection found"
    )
    return met(*work_up.markers, searched, remark=INDOLENT)


# Contract, rule 11; with what only dates and laboratory values lack.
_FIRST = (
    Reason.NOT_SEARCHED,
    Reason.IMPRECISE_DATE,
    Reason.BEFORE_SURGERY,
    Reason.UNREADABLE,
    Reason.PRELIMINARY,
    Reason.UNCERTAIN_TEXT,
    Reason.NOT_COMPUTABLE,
    Reason.STALE,
    Reason.NO_DATA,
)


def _open_questions(work_up: InfectionWorkUp) -> Iterator[tuple[Reason, tuple[Evidence, ...]]]:
    """Yield why "no evidence found" cannot be said, with what shows it; each reason once."""
    imaged, reported = work_up.imaged, work_up.reported
    if lacking := imaged.without_results + reported.without_results:
        yield Reason.NOT_SEARCHED, lacking
    elif not work_up.record.searched(*READS):
        yield Reason.NOT_SEARCHED, tuple(m.evidence for m in work_up.current_markers)
    if unreadable := reported.unreadable + imaged.unreadable:
        yield Reason.UNREADABLE, unreadable
    if work_up.unfinished:
        yield Reason.PRELIMINARY, work_up.unfinished
    if imaged.not_understood:
        yield Reason.UNCERTAIN_TEXT, imaged.not_understood
    yield from _why_markers_fail(work_up)


def _why_markers_fail(work_up: InfectionWorkUp) -> Iterator[tuple[Reason, tuple[Evidence, ...]]]:
    """Yield why ESR and CRP cannot support "no evidence found"; nothing when they do."""
    markers, current = work_up.markers, work_up.current_markers
    if len(markers) < 2:  # ESR and CRP
        yield Reason.NO_DATA, markers
    if len(current) < len(markers):
        yield Reason.STALE, markers
    if any(marker.reading is not Reading.NORMAL for marker in current):
        yield Reason.NOT_COMPUTABLE, markers
    construct = work_up.imaging.construct
    days = [m.when for m in (work_up.esr, work_up.crp) if m and m.when]
    surgery = construct.last_surgery
    if surgery and not all(surgery.surely_before(day) for day in days):
        yield Reason.BEFORE_SURGERY, markers
    later = construct.may_follow(min(days, key=lambda day: day.first)) if days else ()
    undated = bool(construct.surgeries) and surgery is None  # they may be older than it
    if days and (later or undated):
        yield Reason.IMPRECISE_DATE, markers + tuple(o.evidence for o in later)
