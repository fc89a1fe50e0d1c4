"""The criteria of the removal, in the order of the contract."""

from __future__ import annotations

from cds_service.engine.criterion import Criterion
from hooks.hardware_removal.citations import (
    ALANAY_2007,
    CURVE,
    HAHN_2005,
    NECESSITY,
    PITFALLS,
    QUALITY_OF_LIFE,
    ZOTTI_2017,
    ZOTTI_FOLLOW_UP,
)
from hooks.hardware_removal.inputs import RemovalInputs
from hooks.hardware_removal.judgements import (
    judge_axial_pain,
    judge_conservative_care,
    judge_expectations,
    judge_hardware_symptomatic,
    judge_interval,
    judge_no_adjacent_disease,
    judge_no_pseudarthrosis,
    judge_pain_matches_site,
)
from hooks.spine.infection import READS as INFECTION_READS
from hooks.spine.symptoms import judge_function_limited, judge_no_radicular

_IMAGING_READS = ("diagnostic_reports", "procedures", "imaging_studies", "observations")

CRITERIA: tuple[Criterion[RemovalInputs], ...] = (
    Criterion(
        id="solid-fusion-on-ct",
        claim="HR-C1",
        statement="The newest CT after the last fusion shows solid fusion at every instrumented "
        "level.",
        reads=_IMAGING_READS,
        judge=lambda inputs: inputs.solid_fusion,
        citations=(NECESSITY, ZOTTI_2017),
        if_unknown="CT confirmation of solid fusion not found",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="axial-pain-at-hardware",
        claim="HR-C2",
        statement="Persistent midline axial back pain is localised to the hardware.",
        reads=("conditions",),
        judge=judge_axial_pain,
        citations=(NECESSITY, ZOTTI_2017),
        if_unknown="axial pain localised to the hardware not documented",
    ),
    Criterion(
        id="no-radicular-symptoms",
        claim="HR-C3",
        statement="There are no radicular symptoms.",
        reads=("conditions",),
        judge=lambda inputs: judge_no_radicular(inputs.legs),
        citations=(NECESSITY, ZOTTI_2017),
        if_unknown="leg symptoms not documented",
        settings=("radic.staleMonths",),
    ),
    Criterion(
        id="no-evidence-of-infection",
        claim="HR-C4",
        statement="No evidence of infection was found: no code, no imaging sign, no culture, and "
        "ESR and CRP within the laboratory's range.",
        reads=INFECTION_READS,
        judge=lambda inputs: inputs.no_infection,
        citations=(NECESSITY, CURVE, HAHN_2005),
        if_unknown="infection not assessed completely",
        settings=("labs.infectionMaxAgeDays",),
    ),
    Criterion(
        id="no-pseudarthrosis",
        claim="HR-C5",
        statement="There is no pseudarthrosis: none is coded and the CT shows solid fusion.",
        reads=("conditions", *_IMAGING_READS),
        judge=judge_no_pseudarthrosis,
        citations=(NECESSITY,),
        if_unknown="pseudarthrosis not excluded",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="no-adjacent-segment-disease",
        claim="HR-C6",
        statement="A report on the adjacent segments finds no disease there.",
        reads=("conditions", *_IMAGING_READS),
        judge=judge_no_adjacent_disease,
        citations=(NECESSITY,),
        if_unknown="adjacent segments not addressed",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="pain-matches-hardware-site",
        claim="HR-C7",
        statement="The pain lies where the hardware to be removed lies.",
        reads=("conditions", "procedures"),
        judge=judge_pain_matches_site,
        citations=(NECESSITY, QUALITY_OF_LIFE, ALANAY_2007),
        if_unknown="correlation of pain and hardware not documented",
    ),
    Criterion(
        id="hardware-symptomatic",
        claim="HR-C8",
        statement="The hardware is symptomatic: it hurts, is loose, broken or prominent.",
        reads=("conditions", *_IMAGING_READS),
        judge=judge_hardware_symptomatic,
        citations=(NECESSITY,),
        if_unknown="symptoms due to the hardware not documented",
    ),
    Criterion(
        id="interval-since-fusion",
        claim="HR-C9",
        statement="Enough time has passed since the last fusion.",
        reads=("procedures",),
        judge=judge_interval,
        citations=(CURVE, PITFALLS, ZOTTI_FOLLOW_UP),
        if_unknown="interval since the last fusion not established",
        settings=("hr.minMonths", "hr.fullMonths"),
    ),
    Criterion(
        id="function-limited",
        claim="HR-C10",
        statement="Pain limits function or quality of life.",
        reads=("observations",),
        judge=lambda inputs: judge_function_limited(inputs.function),
        citations=(QUALITY_OF_LIFE,),
        if_unknown="no recent function or pain score",
        settings=("prom.odiMin", "prom.painMin", "prom.maxAgeDays"),
    ),
    Criterion(
        id="conservative-care-tried",
        claim="HR-C11",
        statement="Conservative care was tried.",
        reads=("procedures",),
        judge=judge_conservative_care,
        citations=(QUALITY_OF_LIFE,),
        if_unknown="conservative care not documented",
    ),
    Criterion(
        id="expectations-discussed",
        claim="HR-C13",
        statement="Realistic expectations were discussed.",
        reads=("procedures",),
        judge=judge_expectations,
        citations=(QUALITY_OF_LIFE,),
        if_unknown="talk about expectations not documented",
    ),
)
