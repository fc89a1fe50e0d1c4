"""Criteria inputs of the removal: the findings that its criteria are judged from."""

from __future__ import annotations

from functools import cached_property

import msgspec

from cds_service.engine.content import ClinicalContent, Configuration
from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.judgement import Judgement
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Coverage, Procedure
from hooks.hardware_removal.prominence import Prominence
from hooks.spine.constructs import is_completed, performed
from hooks.spine.coverage import ActiveCoverage, active_coverages
from hooks.spine.findings import Stance, Target
from hooks.spine.fusion import judge_solid
from hooks.spine.imaging import Imaging
from hooks.spine.infection import InfectionWorkUp, judge_no_infection, read_infection
from hooks.spine.named_problems import NONUNION, OPIOIDS, PREGNANCY, SCOLIOSIS, named_problems
from hooks.spine.notes import Notes, affirmed
from hooks.spine.on_ct import Answer, fusion_on_ct, hardware_on_ct, prominence_on_ct
from hooks.spine.opioids.use import OpioidHistory, read_opioids
from hooks.spine.order_intent import SpineOrderIntent
from hooks.spine.pregnancy import read_pregnancy
from hooks.spine.problems import Problem, active, evidence_of, possible, problems
from hooks.spine.reading import Age, age_of, is_elsewhere, is_passed_over, read_imaging_and_notes
from hooks.spine.scores import ODI_RANGE, PAIN_RANGE, FunctionScores, read_score
from hooks.spine.symptoms import LegSymptoms, read_leg_symptoms

HARDWARE_PROBLEMS = (
    "implant-pain",
    "hardware-breakage",
    "hardware-displacement",
    "hardware-other-mechanical",
)


class Care(msgspec.Struct, frozen=True, gc=False):
    """What procedures document of care since the last fusion, and what may be older than it."""

    since: tuple[Evidence, ...]
    perhaps: tuple[Evidence, ...]  # undated, or of a date that may be before


class RemovalInputs(msgspec.Struct, frozen=True, dict=True):
    """What the record says about one removal; every finding carries its evidence."""

    record: PatientRecord
    intent: SpineOrderIntent
    configuration: Configuration
    age: Age
    imaging: Imaging
    notes: Notes
    fusion: Answer
    hardware: Answer
    prominence: Answer
    infection: InfectionWorkUp
    legs: LegSymptoms
    function: FunctionScores
    opioids: OpioidHistory
    coverages: tuple[ActiveCoverage, ...]
    nonunion_coded: tuple[Problem, ...]
    nonunion_named: tuple[Evidence, ...]
    hardware_problems: tuple[Problem, ...]
    hardware_unconfirmed: tuple[Problem, ...]
    back_pain: tuple[Problem, ...]
    competing_pain: tuple[Evidence, ...]
    adjacent_surrogates: tuple[Problem, ...]
    scoliosis: tuple[Problem, ...]
    scoliosis_hinted: tuple[Evidence, ...]
    pregnancy: tuple[Evidence, ...]
    conservative_care: Care
    counselling: Care

    @cached_property
    def solid_fusion(self) -> Judgement:
        """Whether the governing CTs show solid fusion: a criterion, and a part of another."""
        return judge_solid(self.fusion, self.imaging)

    @cached_property
    def no_infection(self) -> Judgement:
        """Whether no evidence of infection was found: a criterion, and a part of a risk factor."""
        return judge_no_infection(self.infection)

    @cached_property
    def felt(self) -> Prominence:
        """What notes found of prominent hardware since the last operation, which may take it."""
        said = self._notes_since_surgery.felt(Target.PROMINENCE)
        return Prominence(said, self.imaging.procedures_known)

    @cached_property
    def _notes_since_surgery(self) -> Notes:
        return self.notes.since(self.imaging.last_at_hardware)

    @property
    def malposition(self) -> tuple[Evidence, ...]:
        """What shows malposition of hardware since the last operation (clinical.md 1.3-M)."""
        imaging = self.imaging
        reports = [r for r in imaging.reports if r.is_final and imaging.is_after_any(r)]
        found = [f for r in reports for f in r.findings if f.target is Target.MALPOSITION]
        shown = tuple(f.evidence for f in found if f.stance is Stance.AFFIRMED)
        return shown + self._notes_since_surgery.affirming(Target.MALPOSITION)

    @property
    def targets_pelvis(self) -> bool:
        """Whether the order, or the construct when the order does not say, reaches the pelvis."""
        if self.intent.levels:
            return self.intent.levels.pelvis
        return self.imaging.construct.levels.pelvis


def read_inputs(
    record: PatientRecord, intent: SpineOrderIntent, content: ClinicalContent
) -> RemovalInputs | None:
    """Return the criteria inputs; None when the record shows it out of scope.

    Out of scope are a patient known to be a child (HR-C14) and a construct known to be elsewhere.
    """
    configuration = content.configuration
    age = age_of(record, configuration)
    if is_passed_over(age, configuration):
        return None
    imaging, every_note = read_imaging_and_notes(record, configuration, intent.levels)
    fused = imaging.construct.last_dated_fusion
    notes = every_note.since(fused)
    if not intent.region_said and is_elsewhere(record, imaging):
        return None
    hardware, scoliosis = problems(record, *HARDWARE_PROBLEMS), problems(record, "scoliosis")
    named = named_problems(record)
    return RemovalInputs(
        record=record,
        intent=intent,
        configuration=configuration,
        age=age,
        imaging=imaging,
        fusion=fusion_on_ct(imaging),
        hardware=hardware_on_ct(imaging),
        prominence=prominence_on_ct(imaging),
        infection=read_infection(record, imaging, configuration, named, notes),
        legs=read_leg_symptoms(
            record, intent.orders, configuration.count("radic.staleMonths"), named, notes
        ),
        function=FunctionScores(
            record,
            read_score(record, "odi-score", "ODI", ODI_RANGE),
            read_score(record, "pain-score", "pain", PAIN_RANGE),
            configuration.count("prom.maxAgeDays"),
            configuration.number("prom.odiMin"),
            configuration.number("prom.painMin"),
            notes,
        ),
        notes=notes,
        opioids=read_opioids(record, configuration, named[OPIOIDS]),
        coverages=active_coverages(record, record.all(Coverage)),
        nonunion_coded=problems(record, "nonunion"),
        nonunion_named=named[NONUNION],
        hardware_problems=active(hardware),
        hardware_unconfirmed=possible(hardware),
        back_pain=active(problems(record, "low-back-pain")),
        competing_pain=evidence_of(active(problems(record, "si-joint-pain")))
        + affirmed(notes.on("competing-pain")),
        adjacent_surrogates=active(problems(record, "adjacent-segment-surrogates")),
        scoliosis=active(scoliosis),
        scoliosis_hinted=evidence_of(possible(scoliosis)) + named[SCOLIOSIS],
        pregnancy=read_pregnancy(record, configuration, named[PREGNANCY]),
        conservative_care=_documented(record, "conservative-care", "conservative care", fused),
        counselling=_documented(
            record, "expectations-counselling", "counselling on the expected outcome", fused
        ),
    )


def _documented(
    record: PatientRecord, value_set: str, says: str, fused: DateInterval | None
) -> Care:
    """Return the completed procedures of a kind by whether they are surely since the fusion."""
    since: list[Evidence] = []
    perhaps: list[Evidence] = []
    for procedure in filter(is_completed, record.coded(Procedure, value_set)):
        when = performed(record, procedure)
        if when and fused and when.surely_before(fused):
            continue
        is_since = when is not None and (fused is None or when.surely_not_before(fused))
        dated = when.text if when else ""
        evidence = Evidence(Origin.CODED, procedure.reference, dated, says=says)
        (since if is_since else perhaps).append(evidence)
    return Care(tuple(since), tuple(perhaps))
