"""What the removal article says beside its criteria, and what was found of it (clinical.md, 1.1).

``shown`` is the card's sentence: verified figures only, with denominators and whom they are about.
"""

from __future__ import annotations

from cds_service.engine.claim import ClaimKind, SourceClaim
from cds_service.engine.evidence import Verification
from hooks.hardware_removal.citations import (
    CURVE,
    FINNISH_2022,
    OSHAUGHNESSY_2012,
    OUTCOMES,
    PELVIC_SCREWS,
    PITFALLS,
    QUALITY_OF_LIFE,
    RATHJEN_2007,
    REOPERATIONS,
    RETAINED,
    TECHNIQUE,
    ZOTTI_2017,
)
from hooks.spine.literature import INSTRUMENTATION_TRIAL, REOPERATION

GRADE = "low: one surgeon's retrospective series"
ILIAC_SCREWS, CURVES = "iliac screws", "loss of curve correction"
_VERIFIED, _NOT_FOUND = Verification.VERIFIED, Verification.SEED_ONLY
_OUTCOME, _TECHNIQUE, _PITFALL = ClaimKind.OUTCOME, ClaimKind.TECHNIQUE, ClaimKind.PITFALL

CLAIMS = (
    SourceClaim(
        "HR-S1",
        _OUTCOME,
        "About 65 % have meaningful relief when well selected.",
        _VERIFIED,
        "22 of 34 in the likely source; the 95 % confidence interval is ours (Wilson).",
        (OUTCOMES, ZOTTI_2017),
        shown="Pain and ODI improved in 22 of 34 (65 %, 95 % CI 48-79 %): pedicle screws, one "
        "surgeon (Zotti)",
    ),
    SourceClaim(
        "HR-S2",
        _OUTCOME,
        "Mean VAS fell from 6.6 to 4.3 (p=0.04).",
        _VERIFIED,
        "The same figures in the likely source.",
        (OUTCOMES, ZOTTI_2017),
        shown="Mean pain (VAS) 6.6 to 4.3, p=0.04, in these 34 (Zotti)",
    ),
    SourceClaim(
        "HR-S3",
        _OUTCOME,
        "Mean ODI fell from 64 to 41 (p=0.05).",
        Verification.PARTLY,
        "The abstract was seen only up to '64 and 4'; the p value was not seen and is borderline.",
        (OUTCOMES, ZOTTI_2017),
    ),
    SourceClaim(
        "HR-S4",
        _OUTCOME,
        "40 % had complete relief in broader cohorts.",
        _NOT_FOUND,
        "Not found; another endpoint than HR-S1, never to be averaged with it.",
        (OUTCOMES,),
    ),
    SourceClaim(
        "HR-S5",
        _OUTCOME,
        "Reoperation after instrumented fusion is 14-25 %.",
        Verification.CONTRADICTED,
        "A misquote: 25 % is the instrumented and 14 % the non-instrumented arm of one trial.",
        (REOPERATIONS, INSTRUMENTATION_TRIAL),
        shown=REOPERATION,
    ),
    SourceClaim(
        "HR-S6",
        _OUTCOME,
        "9 of 129 (7 %) needed removal for back or leg pain, two for malpositioned screws.",
        _NOT_FOUND,
        "Not found as text; 129 equals the number of patients of the trial of HR-S5.",
        (REOPERATIONS,),
    ),
    SourceClaim(
        "HR-S7",
        _OUTCOME,
        "20 of 27 reoperations (74 %) after circumferential fusion were for hardware discomfort.",
        _NOT_FOUND,
        "Not found; a share of reoperations, not of patients.",
        (REOPERATIONS,),
    ),
    SourceClaim(
        "HR-S8",
        _OUTCOME,
        "Complications of removal are about 5 %, none needing reoperation.",
        Verification.CONTRADICTED,
        "Plausible for pedicle screws, where it was not found; contradicted for pelvic screws.",
        (REOPERATIONS, OSHAUGHNESSY_2012, PELVIC_SCREWS),
        shown="Complications: the article says about 5 %; with pelvic screws 2 of 24 (8 %), and "
        "15 % of 52 had a mechanical one (fracture of sacrum or rod), 19 % a later sacroiliac "
        "fusion",
        only_for=ILIAC_SCREWS,
    ),
    SourceClaim(
        "HR-S9",
        _OUTCOME,
        "37 % (16 of 43 with pain) had an indolent infection.",
        _NOT_FOUND,
        "Not found; the likely source has 43 patients, of whom 22 had an infection and 21 pain.",
        (TECHNIQUE, RATHJEN_2007),
    ),
    SourceClaim(
        "HR-S10",
        _OUTCOME,
        "Mean loss of curve correction 23.1 degrees; 33.8 with infection, 18.8 without.",
        _NOT_FOUND,
        "Not found, and arithmetically not of the likely source; adolescent scoliosis.",
        (CURVE, RATHJEN_2007),
        only_for=CURVES,
    ),
    SourceClaim(
        "HR-S11",
        _OUTCOME,
        "5-8 years after fusion physical role functioning is better than at 1-2 years (p<0.05).",
        _NOT_FOUND,
        "Not found.",
        (RETAINED,),
    ),
    SourceClaim(
        "HR-S12",
        _OUTCOME,
        "Pain and reduced quality of life persist despite solid fusion.",
        Verification.PARTLY,
        "A general statement; registry data support it in kind (523 patients at 5 years).",
        (RETAINED, FINNISH_2022),
    ),
    SourceClaim(
        "HR-S13",
        _OUTCOME,
        "Removal gives a modest but meaningful, palliative benefit.",
        _NOT_FOUND,
        "Fits the tone of the likely source; its conclusion was not seen.",
        (QUALITY_OF_LIFE, ZOTTI_2017),
    ),
    SourceClaim(
        "HR+1",
        _OUTCOME,
        "(Not in the article.) Outcome of removing pelvic screws.",
        Verification.OUR_ADDITION,
        "Direct evidence on pelvic screws, which the article lacks.",
        (OSHAUGHNESSY_2012, PELVIC_SCREWS),
        shown="Pelvic screws: pain 6.9 to 2.0, 78 % much improved (24 patients, O'Shaughnessy "
        "2012); pain better in 83 % of 52",
        only_for=ILIAC_SCREWS,
    ),
    SourceClaim(
        "HR-T1",
        _TECHNIQUE,
        "Reuse the midline incision with a Wiltse plane.",
        _VERIFIED,
        "The stated technique of the likely source, as are HR-T2 and HR-T3.",
        (TECHNIQUE, ZOTTI_2017),
        shown="Technique: previous midline incision with Wiltse plane; confirm the fusion mass "
        "directly; wash out and graft the sites (Zotti)",
    ),
    SourceClaim(
        "HR-T2",
        _TECHNIQUE,
        "Confirm the fusion mass directly at operation.",
        _VERIFIED,
        "As HR-T1.",
        (TECHNIQUE, ZOTTI_2017),
        see="HR-T1",
    ),
    SourceClaim(
        "HR-T3",
        _TECHNIQUE,
        "Wash out thoroughly and graft the sites of removal.",
        _VERIFIED,
        "As HR-T1.",
        (TECHNIQUE, ZOTTI_2017),
        see="HR-T1",
    ),
    SourceClaim(
        "HR-P1",
        _PITFALL,
        "Removing hardware before CT confirms solid fusion.",
        _NOT_FOUND,
        "Carried by the criterion.",
        (PITFALLS,),
        see="solid-fusion-on-ct",
    ),
    SourceClaim(
        "HR-P2",
        _PITFALL,
        "Not taking intra-operative cultures.",
        _NOT_FOUND,
        "Carried by the suggestion of cultures.",
        (PITFALLS,),
        see="suggestion of cultures",
    ),
    SourceClaim(
        "HR-P3",
        _PITFALL,
        "Removing hardware in compensable patients without extensive counselling.",
        _NOT_FOUND,
        "Carried by the risk factor.",
        (PITFALLS,),
        see="workers-compensation",
    ),
    SourceClaim(
        "HR-P4",
        _PITFALL,
        "Chronic high-dose opioids without addressing expectations.",
        _NOT_FOUND,
        "Carried by the risk factor.",
        (PITFALLS,),
        see="high-dose-opioids",
    ),
    SourceClaim(
        "HR-P5",
        _PITFALL,
        "Removing hardware less than 18-24 months after the fusion.",
        _NOT_FOUND,
        "Carried by the criterion.",
        (PITFALLS,),
        see="interval-since-fusion",
    ),
)
