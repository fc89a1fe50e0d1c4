"""The risk factors of the removal: they counsel, and never make a warning."""

from __future__ import annotations

from cds_service.engine.criterion import RiskFactor
from cds_service.engine.judgement import Judgement, Reason, absent, present, unknown
from hooks.hardware_removal.citations import CURVE, PITFALLS, SELECTION
from hooks.hardware_removal.inputs import RemovalInputs
from hooks.hardware_removal.judgements import bands_of_interval, judge_interval
from hooks.spine.coverage import ActiveCoverage, Naming
from hooks.spine.infection import READS as INFECTION_READS
from hooks.spine.opioids.risk import MEDICINES, judge_high_dose, judge_regular_use
from hooks.spine.opioids.use import READS as OPIOID_READS
from hooks.spine.problems import evidence_of


def judge_workers_compensation(inputs: RemovalInputs) -> Judgement:
    """Judge workers' compensation: absent only if every active policy is typed and none is one.

    A policy without a coded type that names it in words is one, too (clinical.md 3.8).
    """
    active = inputs.coverages
    compensable = [c for c in active if c.is_workers_compensation or _is_named(c)]
    if certain := [c.evidence for c in compensable if c.is_certain and c.has_status]:
        return present(*certain)
    evidence = tuple(c.evidence for c in active)
    if not inputs.record.searched("coverages"):
        return unknown(Reason.NOT_SEARCHED, *evidence)
    if undated := [c.evidence for c in compensable if c.has_status]:
        return unknown(Reason.IMPRECISE_DATE, *undated)
    hinted = [c for c in active if c.naming is not Naming.NOT_AT_ALL]
    if hinted or compensable:
        return unknown(Reason.POSSIBLE, *(c.evidence for c in hinted or compensable))
    if not any(c.has_status for c in active) or any(not c.is_typed for c in active):
        return unknown(Reason.NO_DATA, *evidence)
    return absent(*evidence)


def _is_named(coverage: ActiveCoverage) -> bool:
    return coverage.naming is Naming.PLAIN and not coverage.is_typed


def judge_short_interval(inputs: RemovalInputs) -> Judgement:
    """Judge a short interval: less than the full time since the last fusion (HR-R3)."""
    interval = judge_interval(inputs)
    if interval.is_met:
        return absent(*interval.evidence)
    bands = bands_of_interval(inputs)
    if interval.is_not_met or (bands and "enough" not in bands):
        return present(*interval.evidence)
    return unknown(interval.reason or Reason.NO_DATA, *interval.evidence)


def judge_deformity_with_infection(inputs: RemovalInputs) -> Judgement:
    """Judge scoliosis together with infection (HR-R5); neither is guessed from the other."""
    infection = inputs.no_infection
    if infection.is_met:
        return absent(*infection.evidence)
    if not inputs.scoliosis:
        if not inputs.record.searched("conditions"):
            return unknown(Reason.NOT_SEARCHED)
        if hinted := inputs.scoliosis_hinted:
            return unknown(Reason.POSSIBLE, *hinted, *infection.evidence)
        return absent(inputs.record.absence("conditions", says="no scoliosis recorded"))
    evidence = evidence_of(inputs.scoliosis) + infection.evidence
    if infection.is_not_met:
        return present(*evidence)
    return unknown(infection.reason or Reason.NO_DATA, *evidence)


RISK_FACTORS: tuple[RiskFactor[RemovalInputs], ...] = (
    RiskFactor(
        id="workers-compensation",
        claim="HR-R1",
        statement="Workers' compensation.",
        reads=("coverages",),
        judge=judge_workers_compensation,
        citations=(SELECTION,),
        if_unknown="compensation status not known",
    ),
    RiskFactor(
        id="regular-opioid-use",
        claim="HR-R2",
        statement="Regular opioid use (the source says 'grade II', which it does not define).",
        reads=OPIOID_READS,
        judge=lambda inputs: judge_regular_use(inputs.opioids),
        citations=(SELECTION,),
        if_unknown="opioid use not established",
        settings=("opioid.gradeII", "opioid.windowDays", "opioid.regularSupplyDays"),
    ),
    RiskFactor(
        id="short-interval",
        claim="HR-R3",
        statement="Short interval between fusion and removal.",
        reads=("procedures",),
        judge=judge_short_interval,
        citations=(SELECTION,),
        if_unknown="interval since the last fusion not established",
        settings=("hr.fullMonths",),
    ),
    RiskFactor(
        id="high-dose-opioids",
        claim="HR-R4",
        statement="Long-term opioids in high dose.",
        reads=MEDICINES,
        judge=lambda inputs: judge_high_dose(inputs.opioids),
        citations=(PITFALLS,),
        if_unknown="opioid dose not established",
        settings=("opioid.mmeFlag", "opioid.mmeHigh", "opioid.chronicDays"),
    ),
    RiskFactor(
        id="deformity-with-infection",
        claim="HR-R5",
        statement="Scoliosis together with infection.",
        reads=INFECTION_READS,
        judge=judge_deformity_with_infection,
        citations=(CURVE,),
        if_unknown="infection not assessed completely",
    ),
)
