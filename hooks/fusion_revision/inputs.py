"""Criteria inputs of the revision: the findings that its criteria are judged from."""

from __future__ import annotations

import msgspec

from cds_service.engine.content import ClinicalContent, Configuration
from cds_service.engine.evidence import Evidence
from cds_service.engine.record import PatientRecord, UnreadReason
from hooks.fusion_revision.optimisation import Optimisation, read_optimisation
from hooks.spine.findings import Stance
from hooks.spine.imaging import Imaging
from hooks.spine.infection import InfectionWorkUp, read_infection
from hooks.spine.levels import PELVIS, Levels, consecutive
from hooks.spine.named_problems import CAUDA_EQUINA, FUSION, PREGNANCY, named_problems
from hooks.spine.notes import Notes, affirmed
from hooks.spine.on_ct import Answer, fusion_on_ct, hardware_on_ct, levels_affected
from hooks.spine.order_intent import SpineOrderIntent
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.pregnancy import read_pregnancy
from hooks.spine.problems import Problem, active, evidence_of, problems
from hooks.spine.reading import Age, age_of, is_elsewhere, is_passed_over, read_imaging_and_notes
from hooks.spine.reports import ImagingReport
from hooks.spine.scores import ODI_RANGE, PAIN_RANGE, SymptomTrend, read_score
from hooks.spine.stated_findings import Topic
from hooks.spine.text.operations import PRIOR_FUSION

PRIOR_FUSION_READS = ("procedures", "conditions", "diagnostic_reports", "document_references")
HARDWARE_FAILURE = ("hardware-breakage", "hardware-displacement", "hardware-other-mechanical")


class RevisionInputs(msgspec.Struct, frozen=True, dict=True):
    """What the record says about one revision; every finding carries its evidence."""

    record: PatientRecord
    intent: SpineOrderIntent
    configuration: Configuration
    age: Age
    imaging: Imaging
    notes: Notes
    fusion: Answer
    hardware: Answer
    infection: InfectionWorkUp
    trend: SymptomTrend
    optimisation: Optimisation
    prior_fusion: tuple[Evidence, ...]
    nonunion_coded: tuple[Problem, ...]
    hardware_coded: tuple[Problem, ...]
    red_flags: tuple[Evidence, ...]
    pregnancy: tuple[Evidence, ...]

    @property
    def _failing(self) -> Levels:
        return levels_affected(self.fusion) | levels_affected(self.hardware)

    @property
    def failing_levels(self) -> tuple[str, ...]:
        """The levels that governing CTs name as not fused, loose or broken (RV-A5)."""
        return tuple(sorted(self._failing.named))

    @property
    def omitted_levels(self) -> tuple[str, ...]:
        """The levels that a report names as failing and the order leaves out (rule 17).

        An order that names no level may be for all of them.
        """
        ordered = self.intent.levels
        if not ordered:
            return ()
        failing = self._failing
        missing = failing.interspaces - ordered.interspaces - consecutive(ordered.vertebrae)
        missing |= failing.vertebrae - ordered.touched_vertebrae
        if failing.pelvis and not ordered.pelvis:
            missing |= {PELVIS}
        return tuple(sorted(missing))


def read_inputs(
    record: PatientRecord, intent: SpineOrderIntent, content: ClinicalContent
) -> RevisionInputs | None:
    """Return the criteria inputs; None when there is nothing to say.

    That is for a child, for a construct known to be elsewhere, and for a fusion order alone without
    an earlier fusion on record (contract, rule 7).
    """
    configuration = content.configuration
    age = age_of(record, configuration)
    if is_passed_over(age, configuration):
        return None
    imaging, notes = read_imaging_and_notes(record, configuration)
    since_fusion = notes.since(imaging.construct.last_dated_fusion)
    if not intent.region_said and is_elsewhere(record, imaging):
        return None
    named = named_problems(record)
    prior = _prior_fusion(record, imaging, notes, named[FUSION])
    if not intent.certain and not prior and _is_first_operation(record):
        return None
    return RevisionInputs(
        record=record,
        intent=intent,
        configuration=configuration,
        age=age,
        imaging=imaging,
        fusion=fusion_on_ct(imaging),
        hardware=hardware_on_ct(imaging),
        infection=read_infection(record, imaging, configuration, named, notes),
        trend=SymptomTrend(
            record,
            problems(record, "low-back-pain"),
            read_score(record, "odi-score", "ODI", ODI_RANGE),
            read_score(record, "pain-score", "pain", PAIN_RANGE),
            configuration.number("rv.odiDelta"),
            configuration.number("rv.painDelta"),
            imaging.construct,
            since_fusion,
        ),
        notes=notes,
        optimisation=read_optimisation(record, configuration, named),
        prior_fusion=prior,
        nonunion_coded=problems(record, "nonunion"),
        hardware_coded=active(problems(record, *HARDWARE_FAILURE)),
        red_flags=evidence_of(active(problems(record, "cauda-equina")))
        + named[CAUDA_EQUINA]
        + affirmed(notes.since(imaging.construct.last_dated_surgery).on("red-flag")),
        pregnancy=read_pregnancy(record, configuration, named[PREGNANCY]),
    )


def _prior_fusion(
    record: PatientRecord, imaging: Imaging, notes: Notes, named: tuple[Evidence, ...]
) -> tuple[Evidence, ...]:
    """Return what shows an earlier fusion: procedures, implants, problems, reports and notes.

    A resolved nonunion, or the sequela of a broken screw, shows it as well as an active one.
    """
    operated = tuple(o.evidence for o in imaging.construct.fusions)
    operated += tuple(implant.evidence for implant in imaging.construct.implants)
    known = problems(record, "prior-fusion-status", "nonunion", *HARDWARE_FAILURE)
    coded = tuple(p for p in known if p.is_confirmed)
    reported = tuple(
        finding.evidence
        for report in imaging.reports
        if report.is_final
        for finding in report.findings
        if finding.target.implies_fusion and finding.stance is Stance.AFFIRMED
    )
    reported += tuple(r.evidence for r in imaging.reports if r.is_final and _names_construct(r))
    noted = affirmed([t for t in notes.on(PRIOR_FUSION) if _may_be_lumbar(t)])
    listed = evidence_of(coded)
    coded_as_such = {evidence.resource for evidence in listed}
    listed += tuple(e for e in named if e.resource not in coded_as_such)[:1]
    return operated + listed + reported[:2] + noted[:1]


def _names_construct(report: ImagingReport) -> bool:
    return bool(report.construct.reaches_lumbar)


def _may_be_lumbar(told: Topic) -> bool:
    if told.levels:
        return told.levels.reaches_lumbar
    return region_of_text(told.evidence.quote) is not Region.ELSEWHERE


def _is_first_operation(record: PatientRecord) -> bool:
    """Whether no earlier fusion is on record, or nobody can be asked for it.

    A failed reading is neither: it gets a card that says so.
    """
    searches = [record.searches.get(key) for key in PRIOR_FUSION_READS]
    reasons = {s.unread for s in searches if s is not None and s.unread is not None}
    return reasons <= {UnreadReason.NOT_PROVIDED}
