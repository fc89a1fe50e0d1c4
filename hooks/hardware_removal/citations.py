"""The sources of the removal criteria, each with how far it could be verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cds_service.engine.evidence import Citation, Verification

_REVIEWED = date(2026, 1, 7)

SEED = Citation(
    label="Hardware Removal for Symptomatic Iliac Screw Fixation After Lumbar Fusion",
    citation=(
        "AI-generated web article of Dr.Oracle, last updated 7 January 2026, displayed as pending "
        "human review; its numbered references cannot be resolved from the text."
    ),
    passage="",
    verification=Verification.SEED_ONLY,
    reviewed_on=_REVIEWED,
)
NECESSITY = replace(SEED, passage="Medical Necessity Criteria")
SELECTION = replace(SEED, passage="Critical Patient Selection Factors")
TECHNIQUE = replace(SEED, passage="Surgical Technique Considerations")
CURVE = replace(SEED, passage="Risk of Curve Progression")
PITFALLS = replace(SEED, passage="Common Pitfalls to Avoid")
OUTCOMES = replace(SEED, passage="Evidence Supporting Hardware Removal Outcomes")
REOPERATIONS = replace(SEED, passage="Reoperation Rates and Complications")
RETAINED = replace(SEED, passage="Comparison to Functional Outcomes With Hardware Retained")
QUALITY_OF_LIFE = replace(SEED, passage="Quality of Life Considerations")

ZOTTI_2017 = Citation(
    label="Zotti et al., J Spine Surg (pedicle screw removal, one surgeon, 34 patients)",
    citation=(
        "Zotti MG, Brumby-Rendell OP, McDonald B, et al. The outcome of pedicle screw "
        "instrumentation removal for ongoing low back pain following posterolateral lumbar fusion. "
        "J Spine Surg."
    ),
    passage="Inclusion: midline axial pain, CT-confirmed solid fusion, no radicular pain, "
    "no other cause such as infection",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
)
HAHN_2005 = Citation(
    label="Hahn et al., Eur Spine J 2005 (normal CRP and ESR did not rule out late infection)",
    citation="Hahn F, Zbinden R, Min K. Eur Spine J 2005;14(8):783-8.",
    passage="Late infection 6.9 % (7 of 101)",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1007/s00586-004-0854-6",
)
ZOTTI_FOLLOW_UP = replace(
    ZOTTI_2017,
    passage="18 months is there the minimum follow-up after removal, not the time since fusion",
    verification=Verification.CONTRADICTED,
)
ALANAY_2007 = Citation(
    label="Alanay et al., J Spinal Disord Tech 2007 (response to injection predicts)",
    citation="Alanay A, Vyas R, Shamie AN, et al. J Spinal Disord Tech 2007;20(4):271-7.",
    passage="Predictor: response to trigger-point injection; 25 patients",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
)
OSHAUGHNESSY_2012 = Citation(
    label="O'Shaughnessy et al., Spine 2012 (iliac screws, 24 of 395 removed)",
    citation="O'Shaughnessy BA, Lenke LG, Bridwell KH, et al. Should symptomatic iliac screws be "
    "electively removed? Spine 2012;37(13):1175-81.",
    passage="24 of 395 (6.1 %) removed at 2.6 years; pain 6.9 to 2.0; much improved 78 %; "
    "complications 2 of 24",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1097/BRS.0b013e3182426970",
)
PELVIC_SCREWS = Citation(
    label="Removal of painful pelvic screws (52 patients, mostly S2AI; authors not seen)",
    citation="Removal of painful pelvic screws following spine fusion surgery: outcomes and "
    "complications (summary page seen; authors and journal not seen).",
    passage="83 % pain better; 15 % lumbosacral mechanical complications; 19 % later SI fusion; "
    "follow-up 65 months",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
)
RATHJEN_2007 = Citation(
    label="Rathjen et al., Spine 2007 (43 patients, idiopathic scoliosis)",
    citation="Rathjen K, Wood M, McClung A, Vest Z. Spine 2007;32(20):2184-8.",
    passage="43 of 56 returned; 22 infection, 21 pain; no pseudarthrosis (title, design and part "
    "of the results seen)",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
)
FINNISH_2022 = Citation(
    label="Global Spine J 2022;12(6):1052-7 (523 patients, 5 years)",
    citation="Global Spine J 2022;12(6):1052-7.",
    passage="Improves, and never reaches the level of the population",
    verification=Verification.VERIFIED,
    reviewed_on=_REVIEWED,
    url="https://doi.org/10.1177/2192568220972977",
)
