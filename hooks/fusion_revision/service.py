"""The CDS service for revision of a lumbar fusion."""

from __future__ import annotations

from pathlib import Path

from cds_service.engine.service import CDSService
from hooks.fusion_revision.cards import VERSION, advise
from hooks.fusion_revision.criteria import CRITERIA
from hooks.fusion_revision.inputs import read_inputs
from hooks.fusion_revision.outcomes import CLAIMS
from hooks.fusion_revision.risk_factors import RISK_FACTORS
from hooks.spine import prefetch
from hooks.spine.order_intent import recognise_revision
from hooks.spine.tables import load_tables

_OPTIMISATION = (
    "smoking-status",
    "albumin",
    "prealbumin",
    "vitamin-d",
    "hba1c",
    "dxa-t-score",
)

ORDER_SIGN = CDSService(
    id="spinal-fusion-revision",
    hook="order-sign",
    title="Revision of a lumbar fusion",
    description="Judges an order to revise a failed lumbar fusion by each criterion of its source "
    "article, with the evidence found in the chart. Advisory.",
    version=VERSION,
    prefetch={
        **prefetch.CHART,
        "observations": prefetch.observations(
            *prefetch.FINDINGS,
            *prefetch.INFECTION,
            *prefetch.FUNCTION,
            *prefetch.PREGNANCY,
            *_OPTIMISATION,
        ),
    },
    minimal=prefetch.MINIMAL,
    content=(Path(__file__).parents[1] / "spine",),
    recognise=recognise_revision,
    read=read_inputs,
    criteria=CRITERIA,
    risk_factors=RISK_FACTORS,
    advise=advise,
    claims=CLAIMS,
    folder=Path(__file__).parent,
    load=load_tables,
    usage_requirements="Draft orders as ServiceRequest with CPT or SNOMED CT codes, or a local "
    "code mapped by the site. FHIR R4 data by prefetch or readable at fhirServer.",
)
ORDER_SELECT = ORDER_SIGN.also_on("order-select", "spinal-fusion-revision-select")
