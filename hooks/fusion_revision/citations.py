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
STRATEGY = replace(SEED, passage="Revision Fusion Strategy")
PAYERS = replace(SEED, passage="MCG Criteria Should Not Override Clinical Judgment")
EXPECTED = replace(SEED, passage="Expected Outcomes")
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
SUH_2017 = Citation(
    label="Suh et al., Asian Spine J 2017 (60 revisions)",
    citation="Suh, Jo, Jeong, Choi, Kang. Asian Spine J 2017;11(3).",
    passage="Fusion 71 % (15 of 21) for pseudarthrosis, 95 % (37 of 39) for adjacent-segment "
    "disease; reoperation 29 % against 5 %; well-being better 52 %",
    verification=Verification.CONTRADICTED,
    reviewed_on=_REVIEWED,
)
DERMAN_2020 = Citation(
    label="Derman and Singh, HSS J 2020 (review)",
    citation="Derman PB, Singh K. HSS J 2020;16(2):183-7.",
    passage="Persistent pseudarthrosis after posterolateral revision 35-51 %; after failed TLIF: "
    "ALIF 81 %, ALIF with posterolateral fusion 88 % fused",
    verification=Verification.CONTRADICTED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1007/s11420-019-09732-9",
)
DEDE_2015 = Citation(
    label="Dede et al., Spine J 2015 (66 patients)",
    citation="Dede O, et al. Spine J 2015;15(5):977-82.",
    passage="Radiographic fusion 100 % of 64; ODI still 53 and 37; well-being better 50 % "
    "(degenerative disc) and 64 % (listhesis)",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
)
ADOGWA_2011 = Citation(
    label="J Neurosurg Spine 2011;15(4):393 (47 patients; authors recalled)",
    citation="Long-term outcomes of revision fusion for lumbar pseudarthrosis. J Neurosurg Spine "
    "2011;15(4):393 (authors recalled: Adogwa).",
    passage="VAS back 7.31 to 5.06, ODI 29.7 to 25.4",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
)
APPROACHES = Citation(
    label="Impact of surgical approach on lumbar pseudarthrosis (128 patients; authors not seen)",
    citation="Impact of surgical approach in lumbar pseudarthrosis (authors not seen).",
    passage="Poor to modest gain of ODI whatever the approach; minimal clinically important "
    "difference reached by 17-28 %",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1055/s-0036-1582390",
)
FRITZELL_2003 = Citation(
    label="Fritzell et al., Eur Spine J 2003 (primary fusion, 211 patients)",
    citation="Fritzell P, Hagg O, Nordwall A. Eur Spine J 2003.",
    passage="Complications at 2 years 12 % posterolateral, 22 % instrumented, 40 % circumferential",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1007/s00586-002-0493-8",
)
NEUROSURG_FOCUS_2015 = Citation(
    label="Neurosurg Focus 2015;39(4):E10 (excerpt seen)",
    citation="Neurosurg Focus 2015;39(4):E10, quoting older matched-cohort work (excerpt seen).",
    passage="Radiographic nonunion can be asymptomatic",
    verification=Verification.CONTRADICTED,
    reviewed_on=_REVIEWED,
)
REVISIONS_WORSE = Citation(
    label="Revision and primary lumbar fusions compared (892 of 4,671; copy of the abstract)",
    citation="Revision lumbar fusions have higher rates of reoperation and worse outcomes than "
    "primary (copy of the abstract seen).",
    passage="892 of 4,671 were revisions",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
)
CHENG_2011 = Citation(
    label="Cheng et al., Spine 2011 (guidelines and payer policies)",
    citation="Cheng JS, Lee MJ, Massicotte E, et al. Spine 2011;36(21 Suppl):S144-63.",
    passage="Guidelines and payer policies for fusion in chronic nonradicular back pain; no clear "
    "pattern of quality by source",
    verification=Verification.CONTRADICTED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1097/BRS.0b013e31822ef5b4",
)
DHILLON_2016 = Citation(
    label="Dhillon, Malays Orthop J 2016",
    citation="Dhillon KS. Spinal fusion for chronic low back pain: a 'magic bullet' or wishful "
    "thinking? Malays Orthop J 2016;10(1).",
    passage="The sentence on a pathoanatomical diagnosis (5-7 % of patients); otherwise against "
    "fusion",
    verification=Verification.CONTRADICTED,
    reviewed_on=_REVIEWED,
)
