"""What the revision article says beside its criteria, and what was found of it (clinical.md, 1.2).

``shown`` is the card's sentence: verified figures only, with denominators and whom they are about.
"""

from __future__ import annotations

from cds_service.engine.claim import ClaimKind, SourceClaim
from cds_service.engine.evidence import Verification
from hooks.fusion_revision.citations import (
    ADOGWA_2011,
    APPROACHES,
    CHENG_2011,
    DEDE_2015,
    DERMAN_2020,
    DHILLON_2016,
    EXPECTED,
    FRITZELL_2003,
    INDICATIONS,
    NEUROSURG_FOCUS_2015,
    PAYERS,
    PITFALLS,
    PRIOR_FUSION,
    REVISIONS_WORSE,
    STRATEGY,
    SUH_2017,
)
from hooks.spine.literature import INSTRUMENTATION_TRIAL, REOPERATION

GRADE = "low to very low, conflicting"
_VERIFIED, _NOT_FOUND = Verification.VERIFIED, Verification.SEED_ONLY
_CONTRADICTED = Verification.CONTRADICTED
_OUTCOME, _TECHNIQUE = ClaimKind.OUTCOME, ClaimKind.TECHNIQUE
_PITFALL, _POSITION = ClaimKind.PITFALL, ClaimKind.POSITION

CLAIMS = (
    SourceClaim(
        "RV-S1",
        _OUTCOME,
        "Reoperation after instrumented fusion is 14-25 %.",
        _CONTRADICTED,
        "A misquote: 25 % is the instrumented and 14 % the non-instrumented arm of one trial.",
        (PRIOR_FUSION, INSTRUMENTATION_TRIAL),
        shown=REOPERATION,
    ),
    SourceClaim(
        "RV-S2",
        _OUTCOME,
        "Pedicle-screw revision fuses in up to 95 %.",
        _CONTRADICTED,
        "Not found as stated; the 95 % of one series is of adjacent-segment disease (RV-S3).",
        (STRATEGY, SUH_2017),
        see="RV-S3",
    ),
    SourceClaim(
        "RV-S3",
        _OUTCOME,
        "83-95 % fuse in selected patients.",
        _CONTRADICTED,
        "Not found; published figures lie below it, and one radiographic series above.",
        (EXPECTED, SUH_2017, DERMAN_2020, DEDE_2015),
        shown="Fusion: the article's figures of up to 95 % were not found as stated; published: 15 "
        "of 21 (71 %) for pseudarthrosis and 37 of 39 (95 %) for adjacent-segment disease (Suh "
        "2017), 64 of 64 by radiographs (Dede 2015); a review finds lower rates after "
        "posterolateral revision (Derman 2020)",
    ),
    SourceClaim(
        "RV-S4",
        _OUTCOME,
        "The majority improve, and pain falls significantly.",
        Verification.PARTLY,
        "In part: significant and clinically small in one series; about half feel better.",
        (EXPECTED, ADOGWA_2011, SUH_2017, DEDE_2015, APPROACHES),
        shown="Symptoms: the article says that the majority improve; published: back pain 7.31 to "
        "5.06 and ODI 29.7 to 25.4 (47 patients), well-being better in 52 % of 60 (Suh 2017), ODI "
        "better by the minimal important difference in 17-28 % of 128, depending on the approach",
    ),
    SourceClaim(
        "RV-S5",
        _OUTCOME,
        "Complications of complex revision are 31-40 %.",
        _NOT_FOUND,
        "Not found; 40 % equals the circumferential arm of a trial of primary fusion.",
        (EXPECTED, FRITZELL_2003),
    ),
    SourceClaim(
        "RV-S6",
        _OUTCOME,
        "Nonunion with failed hardware does not resolve with conservative management.",
        _CONTRADICTED,
        "An unsupported absolute: radiographic nonunion can be without symptoms.",
        (PITFALLS, NEUROSURG_FOCUS_2015),
        shown="The article says that nonunion with failed hardware does not resolve "
        "conservatively; radiographic nonunion can be without symptoms (Neurosurg Focus 2015)",
    ),
    SourceClaim(
        "RV-R5",
        _OUTCOME,
        "Revision is more complex and has more complications than primary fusion.",
        _VERIFIED,
        "Supported by a comparison of 892 revisions among 4,671 fusions.",
        (PITFALLS, REVISIONS_WORSE),
        shown="More reoperations and worse outcomes than after primary fusion (892 revisions among "
        "4,671 fusions)",
    ),
    SourceClaim(
        "RV-T1",
        _TECHNIQUE,
        "Reinstrument with pedicle screws.",
        _NOT_FOUND,
        "No source seen.",
        (STRATEGY,),
    ),
    SourceClaim(
        "RV-T2",
        _TECHNIQUE,
        "Augment with autograft, allograft or a substitute.",
        _NOT_FOUND,
        "No source seen.",
        (STRATEGY,),
    ),
    SourceClaim(
        "RV-T3",
        _TECHNIQUE,
        "Meticulous technique.",
        _NOT_FOUND,
        "No source seen.",
        (PITFALLS,),
    ),
    SourceClaim(
        "RV-A6",
        _TECHNIQUE,
        "Remove failed hardware, revise the fusion bed, reinstrument, graft.",
        _NOT_FOUND,
        "No source seen.",
        (STRATEGY,),
    ),
    SourceClaim(
        "RV-P1",
        _PITFALL,
        "Delaying revision solely for administrative reasons.",
        _NOT_FOUND,
        "A position on payers: it becomes no advice (clinical.md 1.3-F).",
        (PITFALLS,),
        see="the sentence on payer criteria",
    ),
    SourceClaim(
        "RV-M1",
        _POSITION,
        "Revision stands regardless of MCG criteria.",
        _NOT_FOUND,
        "Not shown.",
        (INDICATIONS,),
        see="the sentence on payer criteria",
    ),
    SourceClaim(
        "RV-M2",
        _POSITION,
        "Payer rules should not override the physician when the pathoanatomy is clear.",
        _NOT_FOUND,
        "Shown as one attributed sentence where hardware failure and nonunion are both met.",
        (PAYERS,),
        see="the sentence on payer criteria",
    ),
    SourceClaim(
        "RV-M3",
        _POSITION,
        "Payer policies are of poor quality and opaque.",
        _CONTRADICTED,
        "Overstated: guidelines and policies were rated together, without a clear pattern; the "
        "topic was chronic nonradicular back pain. Not shown.",
        (PAYERS, CHENG_2011),
        see="the sentence on payer criteria",
    ),
    SourceClaim(
        "RV-M4",
        _POSITION,
        "A pathoanatomic diagnosis fits a classical disease model.",
        _CONTRADICTED,
        "The likely source says so of 5-7 % of patients and otherwise argues against fusion. Not "
        "shown.",
        (PAYERS, DHILLON_2016),
        see="the sentence on payer criteria",
    ),
)
