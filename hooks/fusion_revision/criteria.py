"""The criteria of the revision, in the order of the contract."""

from __future__ import annotations

from cds_service.engine.criterion import Criterion
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from hooks.fusion_revision.citations import (
    ACR_2021,
    IMAGING,
    INDICATIONS,
    LOW_GRADE_INFECTION_2020,
    PRIOR_FUSION,
)
from hooks.fusion_revision.inputs import PRIOR_FUSION_READS, RevisionInputs
from hooks.spine.fusion import judge_hardware_failure, judge_nonunion
from hooks.spine.infection import READS as INFECTION_READS
from hooks.spine.infection import judge_no_infection
from hooks.spine.notes import denied
from hooks.spine.problems import Problem, active, evidence_of
from hooks.spine.reading import IMAGING_READS
from hooks.spine.scores import judge_worsening

_CODED_ONLY = "coded, imaging not found"
# A code alone answers nothing, but it shows that the question is open for want of a CT.
_WITHOUT_CT = frozenset({Reason.NO_DATA, Reason.WRONG_MODALITY})


def judge_prior_fusion(inputs: RevisionInputs) -> Judgement:
    """Judge an earlier lumbar fusion: shown by procedure, code, report or note, else unknown."""
    if inputs.prior_fusion:
        return met(*inputs.prior_fusion)
    if denies := denied(inputs.notes.on("prior-fusion")):
        return not_met(*denies)
    searched = inputs.record.searched(*PRIOR_FUSION_READS)
    return unknown(Reason.NO_DATA if searched else Reason.NOT_SEARCHED)


def judge_hardware(inputs: RevisionInputs) -> Judgement:
    """Judge hardware failure on CT; a code without CT is shown, and stays unknown (RV-C1)."""
    judgement = judge_hardware_failure(inputs.hardware, inputs.imaging)
    return _with_codes(judgement, inputs.hardware_coded)


def judge_nonunion_on_ct(inputs: RevisionInputs) -> Judgement:
    """Judge nonunion on CT; a code without CT is shown, and stays unknown (RV-C2)."""
    judgement = judge_nonunion(inputs.fusion, inputs.imaging)
    return _with_codes(judgement, active(inputs.nonunion_coded))


def _with_codes(judgement: Judgement, coded: tuple[Problem, ...]) -> Judgement:
    if judgement.reason in _WITHOUT_CT and coded:
        evidence = judgement.evidence + evidence_of(coded)
        return unknown(Reason.WRONG_MODALITY, *evidence, remark=_CODED_ONLY)
    return judgement


CRITERIA: tuple[Criterion[RevisionInputs], ...] = (
    Criterion(
        id="prior-lumbar-fusion",
        claim="RV-C4",
        statement="There is an earlier lumbar fusion.",
        reads=PRIOR_FUSION_READS,
        judge=judge_prior_fusion,
        citations=(PRIOR_FUSION,),
        if_unknown="earlier lumbar fusion not established",
        if_not_met="records show that there was no earlier lumbar fusion",
    ),
    Criterion(
        id="hardware-failure-on-ct",
        claim="RV-C1",
        statement="CT shows loosening, displacement or breakage of the hardware.",
        reads=(*IMAGING_READS, "conditions"),
        judge=judge_hardware,
        citations=(INDICATIONS, ACR_2021),
        if_unknown="hardware failure on CT not established",
        if_not_met="the newest CT reports no hardware failure",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="nonunion-on-ct",
        claim="RV-C2",
        statement="CT shows nonunion (pseudarthrosis).",
        reads=(*IMAGING_READS, "conditions"),
        judge=judge_nonunion_on_ct,
        citations=(INDICATIONS, ACR_2021),
        if_unknown="nonunion on CT not established",
        if_not_met="CT shows solid fusion, not nonunion",
        settings=("ct.maxAgeMonths", "rv.earlyMonths"),
    ),
    Criterion(
        id="symptoms-worsening",
        claim="RV-C3",
        statement="Symptoms are new or worsening after the fusion.",
        reads=("conditions", "observations", "procedures", "document_references"),
        judge=lambda inputs: judge_worsening(inputs.trend),
        citations=(IMAGING,),
        if_unknown="trend of symptoms not documented",
        if_not_met="symptoms are documented as improving",
        settings=("rv.odiDelta", "rv.painDelta"),
    ),
    Criterion(
        id="no-evidence-of-infection",
        claim="RV-X1",
        statement="No evidence of infection was found: no code, no imaging sign, no culture, and "
        "ESR and CRP within the laboratory's range.",
        reads=INFECTION_READS,
        judge=lambda inputs: judge_no_infection(inputs.infection),
        citations=(LOW_GRADE_INFECTION_2020,),
        if_unknown="infection not assessed completely",
        if_not_met="infection is documented",
        settings=("labs.infectionMaxAgeDays", "rv.addons.infection"),
    ),
)
