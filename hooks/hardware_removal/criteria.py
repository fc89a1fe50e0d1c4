"""The criteria of the removal, in the order of the contract.

HR-C12 is a sentence of the card (``cards.caveats``), HR-C14 is the scope (``inputs.read_inputs``).
"""

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
    DOCUMENTED_READS,
    judge_conservative_care,
    judge_expectations,
    judge_interval,
    judge_no_adjacent_disease,
    judge_no_pseudarthrosis,
)
from hooks.hardware_removal.pain import READS as PAIN_READS
from hooks.hardware_removal.pain import judge_axial_pain, judge_pain_matches_site
from hooks.hardware_removal.symptomatic import judge_hardware_symptomatic
from hooks.spine.infection import READS as INFECTION_READS
from hooks.spine.reading import IMAGING_READS
from hooks.spine.scores import judge_function_limited
from hooks.spine.symptoms import judge_no_radicular

CRITERIA: tuple[Criterion[RemovalInputs], ...] = (
    Criterion(
        id="solid-fusion-on-ct",
        claim="HR-C1",
        statement="The newest CT after the last fusion shows solid fusion at every instrumented "
        "level.",
        reads=IMAGING_READS,
        judge=lambda inputs: inputs.solid_fusion,
        citations=(NECESSITY, ZOTTI_2017),
        if_unknown="CT confirmation of solid fusion not found",
        if_not_met="solid fusion is contradicted on CT",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="axial-pain-at-hardware",
        claim="HR-C2",
        statement="Persistent midline axial back pain is localised to the hardware.",
        reads=PAIN_READS,
        judge=judge_axial_pain,
        citations=(NECESSITY, ZOTTI_2017),
        if_unknown="axial pain localised to the hardware not documented",
        if_not_met="pain is documented elsewhere than at the hardware",
    ),
    Criterion(
        id="no-radicular-symptoms",
        claim="HR-C3",
        statement="There are no radicular symptoms.",
        reads=("conditions", "document_references"),
        judge=lambda inputs: judge_no_radicular(inputs.legs),
        citations=(NECESSITY, ZOTTI_2017),
        if_unknown="leg symptoms not documented",
        if_not_met="radicular symptoms are recorded",
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
        if_not_met="infection is documented",
        settings=("labs.infectionMaxAgeDays",),
    ),
    Criterion(
        id="no-pseudarthrosis",
        claim="HR-C5",
        statement="There is no pseudarthrosis: none is coded and the CT shows solid fusion.",
        reads=("conditions", *IMAGING_READS),
        judge=judge_no_pseudarthrosis,
        citations=(NECESSITY,),
        if_unknown="pseudarthrosis not excluded",
        if_not_met="pseudarthrosis is documented",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="no-adjacent-segment-disease",
        claim="HR-C6",
        statement="A report on the adjacent segments finds no disease there.",
        reads=("conditions", *IMAGING_READS),
        judge=judge_no_adjacent_disease,
        citations=(NECESSITY,),
        if_unknown="adjacent segments not addressed",
        if_not_met="adjacent segment disease is reported",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="pain-matches-hardware-site",
        claim="HR-C7",
        statement="The pain lies where the hardware to be removed lies.",
        reads=PAIN_READS,
        judge=judge_pain_matches_site,
        citations=(NECESSITY, QUALITY_OF_LIFE, ALANAY_2007),
        if_unknown="correlation of pain and hardware not documented",
        if_not_met="pain and hardware do not lie at the same site",
    ),
    Criterion(
        id="hardware-symptomatic",
        claim="HR-C8",
        statement="The hardware is symptomatic: it hurts, is loose, broken or prominent.",
        reads=("conditions", *IMAGING_READS),
        judge=judge_hardware_symptomatic,
        citations=(NECESSITY,),
        if_unknown="symptoms due to the hardware not documented",
        if_not_met="the hardware is documented as not symptomatic",
        settings=("ct.maxAgeMonths",),
    ),
    Criterion(
        id="interval-since-fusion",
        claim="HR-C9",
        statement="Enough time has passed since the last fusion.",
        reads=("procedures",),
        judge=judge_interval,
        citations=(CURVE, PITFALLS, ZOTTI_FOLLOW_UP),
        if_unknown="interval since the last fusion not established",
        if_not_met="too little time has passed since the last fusion",
        settings=("hr.minMonths", "hr.fullMonths"),
    ),
    Criterion(
        id="function-limited",
        claim="HR-C10",
        statement="Pain limits function or quality of life.",
        reads=("observations", "document_references"),
        judge=lambda inputs: judge_function_limited(inputs.function),
        citations=(QUALITY_OF_LIFE,),
        if_unknown="no recent function or pain score",
        if_not_met="the scores do not show that pain limits function",
        settings=("prom.odiMin", "prom.painMin", "prom.maxAgeDays"),
    ),
    Criterion(
        id="conservative-care-tried",
        claim="HR-C11",
        statement="Conservative care was tried.",
        reads=DOCUMENTED_READS,
        judge=judge_conservative_care,
        citations=(QUALITY_OF_LIFE,),
        if_unknown="conservative care not documented",
        if_not_met="conservative care is documented as not tried",
    ),
    Criterion(
        id="expectations-discussed",
        claim="HR-C13",
        statement="Realistic expectations were discussed.",
        reads=DOCUMENTED_READS,
        judge=judge_expectations,
        citations=(QUALITY_OF_LIFE,),
        if_unknown="talk about expectations not documented",
        if_not_met="expectations are documented as not discussed",
    ),
)
