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
