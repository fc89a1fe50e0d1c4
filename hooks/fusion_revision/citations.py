"""The sources of the revision criteria, each with how far it could be verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cds_service.engine.evidence import Citation, Verification

_REVIEWED = date(2025, 12, 10)

SEED = Citation(
    label="Revision Surgery is Medically Indicated for Hardware Failure and Nonunion",
    citation=(
        "AI-generated web article of Dr.Oracle, last updated 10 December 2025, displayed as "
        "pending human review; its numbered references cannot be resolved from the text."
    ),
    passage="",
    verification=Verification.SEED_ONLY,
    reviewed_on=_REVIEWED,
)
INDICATIONS = replace(SEED, passage="Hardware Failure and Nonunion Constitute Surgical Indications")
IMAGING = replace(SEED, passage="Imaging Findings Support Surgical Intervention")
PRIOR_FUSION = replace(SEED, passage="Failed Prior Fusion Requires Revision")
OPTIMISATION = replace(SEED, passage="Preoperative Optimization")
PITFALLS = replace(SEED, passage="Common Pitfalls to Avoid")

ACR_2021 = Citation(
    label="ACR Appropriateness Criteria Low Back Pain: 2021 Update (document seen, variant not)",
    citation="Hutchins TA, Peckham M, Shah LM, et al. J Am Coll Radiol 2021;18(11S):S361-S379.",
    passage="Imaging after lumbar fusion",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1016/j.jacr.2021.08.002",
)
PSEUDARTHROSIS_RISKS_2024 = Citation(
    label="BMC Musculoskelet Disord 2024 (smoking is a risk factor of pseudarthrosis)",
    citation="BMC Musculoskelet Disord 2024;25:433.",
    passage="Age, smoking (odds ratio, CI 1.68-5.44), number of levels",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1186/s12891-024-07531-w",
)
LOW_GRADE_INFECTION_2020 = Citation(
    label="Neurosurgery 2020;87:964-70 (bacteria in 42 % of 59 revisions for loosened screws)",
    citation="Low-grade infection and implant failure following spinal instrumentation. "
    "Neurosurgery 2020;87:964-70.",
    passage="Bacteria in 42.4 % of 59 loosened-screw revisions, 17.6 % of 34 others",
    verification=Verification.OUR_ADDITION,
    reviewed_on=_REVIEWED,
)
