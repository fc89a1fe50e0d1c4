"""The CDS service for removal of posterior spinal instrumentation."""

from __future__ import annotations

from pathlib import Path

from cds_service.engine.service import CDSService
from hooks.hardware_removal.cards import VERSION, advise
from hooks.hardware_removal.criteria import CRITERIA
from hooks.hardware_removal.inputs import read_inputs
from hooks.hardware_removal.outcomes import CLAIMS
from hooks.hardware_removal.risk_factors import RISK_FACTORS
from hooks.spine import prefetch
from hooks.spine.order_intent import recognise_removal
from hooks.spine.tables import load_tables

ORDER_SIGN = CDSService(
    id="spinal-hardware-removal",
    hook="order-sign",
    title="Removal of posterior spinal instrumentation",
    description="Judges an order to remove posterior spinal instrumentation by each criterion of "
    "its source article, with the evidence found in the chart. Advisory.",
    version=VERSION,
    prefetch={
        **prefetch.CHART,
        "observations": prefetch.observations(
            *prefetch.FINDINGS, *prefetch.INFECTION, *prefetch.FUNCTION, *prefetch.PREGNANCY
        ),
        "medication_requests": prefetch.MEDICATION_REQUESTS,
        "medication_statements": prefetch.MEDICATION_STATEMENTS,
        "coverages": prefetch.COVERAGES,
    },
    minimal=prefetch.MINIMAL,
    content=(Path(__file__).parents[1] / "spine",),
    recognise=recognise_removal,
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
ORDER_SELECT = ORDER_SIGN.also_on("order-select", "spinal-hardware-removal-select")
