"""What the articles say beside their criteria: verified, with denominators, both sides."""

import re

import pytest

from cds_service.engine.claim import ClaimKind, SourceClaim
from cds_service.engine.evidence import Verification
from fhir_fixtures import load_request
from hooks import services
from hooks.fusion_revision.outcomes import CLAIMS as REVISION_CLAIMS
from hooks.hardware_removal.citations import SEED, ZOTTI_2017
from hooks.hardware_removal.outcomes import CLAIMS as REMOVAL_CLAIMS
from hooks.spine.claims import figures_section
from tests.chart import CONTENT, added, card_of, condition, configured, icd

CLAIMS = REMOVAL_CLAIMS + REVISION_CLAIMS
REMOVAL, REVISION = "spinal-hardware-removal", "spinal-fusion-revision"
H01, V01 = load_request("removal-solid-fusion"), load_request("revision-nonunion")
each_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
UNVERIFIED = configured(evidence__showUnverified=True)
DENOMINATOR = re.compile(r"\d+ of \d+|of \d{2,}|\d+ patients|these \d+|\d+ revisions among")


def ids(claims):
    return {claim.id for claim in claims}


def said(claims=REMOVAL_CLAIMS, configuration=CONTENT.configuration, about=()):
    return "\n".join(figures_section(claims, configuration, grade="low", about=about))


def test_every_statistic_technique_pitfall_and_position_of_both_articles_is_listed():
    assert ids(REMOVAL_CLAIMS) == {
        *(f"HR-S{n}" for n in range(1, 14)),
        *(f"HR-T{n}" for n in range(1, 4)),
        *(f"HR-P{n}" for n in range(1, 6)),
        "HR+1",
    }
    assert ids(REVISION_CLAIMS) == {
        *(f"RV-S{n}" for n in range(1, 7)),
        *(f"RV-T{n}" for n in range(1, 4)),
        *(f"RV-M{n}" for n in range(1, 5)),
        *("RV-A6", "RV-R5", "RV-P1"),
    }


@each_claim
def test_what_is_shown_was_checked_against_a_source_that_can_be_named(claim):
    assert claim.says
    assert claim.checked
    literature = [c for c in claim.citations if c.verification is not Verification.SEED_ONLY]
    if claim.shown or claim.verification is not Verification.SEED_ONLY:
        assert literature
    if claim.shown and claim.kind is ClaimKind.OUTCOME and claim.id != "RV-S6":
        assert DENOMINATOR.search(claim.shown)


@each_claim
def test_where_literature_contradicts_both_sides_are_told(claim):
    if claim.shown and claim.verification is Verification.CONTRADICTED:
        assert "article" in claim.shown


@each_claim
def test_the_words_for_the_card_give_no_verdict(claim):
    for word in ("indicated", "necessary", "approved", "safe", "rule out", "14-25"):
        assert word not in claim.shown


@each_claim
def test_what_is_carried_elsewhere_says_by_what(claim):
    known = ids(CLAIMS) | {"suggestion of cultures", "the sentence on payer criteria"}
    known |= {c.id for s in services() for c in s.criteria + s.risk_factors}
    assert not claim.see or claim.see in known
    assert not (claim.see and claim.shown)


def test_a_claim_that_nobody_could_verify_has_no_words_for_the_card():
    with pytest.raises(ValueError, match="X: not verified, and yet shown"):
        SourceClaim("X", ClaimKind.OUTCOME, "x", Verification.SEED_ONLY, "no", (SEED,), shown="x")
    with pytest.raises(ValueError, match="X: no citation, no claim"):
        SourceClaim("X", ClaimKind.OUTCOME, "x", Verification.VERIFIED, "yes", ())


# On the card


def test_figures_come_with_denominator_directness_source_and_badge():
    assert (
        "- Pain and ODI improved in 22 of 34 (65 %, 95 % CI 48-79 %): pedicle screws, one surgeon "
        "(Zotti) [seed + literature]"
    ) in card_of(H01, REMOVAL)["detail"]
    assert (
        "**Evidence** (low: one surgeon's retrospective series)" in card_of(H01, REMOVAL)["detail"]
    )
    assert "**Evidence** (low to very low, conflicting)" in card_of(V01, REVISION)["detail"]


def test_evidence_comes_after_everything_about_the_patient():
    for request, service in ((H01, REMOVAL), (V01, REVISION)):
        detail = card_of(request, service)["detail"]
        about_the_patient = ("**Found**", "**Risk factors absent**")
        assert max(map(detail.index, about_the_patient)) < detail.index("**Evidence**")
        assert detail.index("**Evidence**") < detail.index("Advisory")


def test_an_emergency_shows_no_figures():
    urgent = added(V01, condition(icd("G83.4"), id="cauda-equina"))
    assert "**Evidence**" not in card_of(urgent, REVISION)["detail"]


def test_figures_of_pelvic_screws_are_shown_for_iliac_screws_only():
    assert "Pelvic screws:" not in said()
    assert "Pelvic screws:" in said(about=["iliac screws"])
    assert "[not from the source article]" in said(about=["iliac screws"])
    assert "Pelvic screws:" in card_of(H01, REMOVAL)["detail"]


def test_what_could_not_be_verified_is_shown_only_where_a_site_asks_for_it_and_marked():
    assert "40 %" not in said()
    assert (
        "- The article says: 40 % had complete relief in broader cohorts [not verified]"
    ) in said(configuration=UNVERIFIED)
    assert (
        "- The article says: Mean ODI fell from 64 to 41 (p=0.05) [seed, in part literature]"
        in (said(configuration=UNVERIFIED))
    )


def test_loss_of_correction_needs_both_settings():
    curves = ["loss of curve correction"]
    assert "33.8" not in said(about=curves)
    assert "33.8" not in said(configuration=UNVERIFIED)
    assert "33.8" in said(configuration=UNVERIFIED, about=curves)


def test_positions_on_payers_and_what_is_carried_elsewhere_are_never_shown():
    told = said(REVISION_CLAIMS, UNVERIFIED)
    assert "payer" not in told
    assert "MCG" not in told
    assert "administrative" not in told
    assert "Reinstrument with pedicle screws" in told
    assert "before CT confirms" not in said(configuration=UNVERIFIED)


def test_without_anything_to_say_there_is_no_section():
    silent = SourceClaim(
        "X", ClaimKind.OUTCOME, "x", Verification.VERIFIED, "yes", (ZOTTI_2017,), see="HR-S1"
    )
    assert said([silent]) == ""
