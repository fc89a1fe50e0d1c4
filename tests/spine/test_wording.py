"""The words of a card (clinical.md, section 7; faults.md, O-01)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_service.engine.assessment import Assessment, Judged
from cds_service.engine.evidence import Citation, Evidence, Origin, Verification
from cds_service.engine.judgement import Reason, absent, met, not_met, present, unknown
from cds_service.engine.record import Extent, Search, UnreadReason
from hooks.spine.laboratory import newest
from hooks.spine.order_intent import recognise_removal, recognise_revision
from hooks.spine.problems import problems
from hooks.spine.wording import (
    SAFETY,
    common_notices,
    detail,
    evidence_in_words,
    order_lines,
)
from tests.chart import AS_OF, CONTENT, condition, icd, lab, order, orders, record
from tests.engine.test_judgement import criterion

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
EVIDENCE = Evidence(Origin.CODED, "Condition/1", "2026-01-01", says="pain (M54.5)")
HOSTILE = "[x](https://evil.example) <img src=x> `a` www.evil.example # h\n| t |"


def judged(judgement, **members):
    return Judged(
        criterion(statement="It hurts.", if_unknown="pain not known", **members), judgement
    )


def text(*criteria, risks=(), unread=(), lead="Lead.", notices=(), caveats=(), **members):
    assessment = Assessment("s", "1", AS_OF, ("ServiceRequest/1",), criteria, risks, unread)
    return detail(assessment, lead, notices, caveats, **{"limit": 6_000} | members)


def cited(verification):
    return (Citation("a", "b", "c", verification, AS_OF),)


def test_the_tally_comes_first_then_what_is_against_then_what_is_missing_then_what_is_found():
    said = text(
        judged(met(EVIDENCE)),
        judged(unknown(Reason.NO_DATA)),
        judged(not_met(EVIDENCE)),
        risks=(judged(absent(EVIDENCE)), judged(unknown(Reason.STALE)), judged(present(EVIDENCE))),
        unread=(Search("procedures", Extent.NOTHING, UnreadReason.TIMEOUT),),
        notices=["Notice."],
        caveats=["Caveat."],
    )
    order_of = [
        "Lead.",
        "Notice.",
        "**Contradicted**",
        "**Not found**",
        "**Risk factors present**",
        "**Found**",
        "**Risk factors not established**",
        "**Risk factors absent**",
        "**Could not be read**",
        "- procedures: not there in time",
        "Caveat.",
        SAFETY,
    ]
    places = [said.index(part) for part in order_of]
    assert places == sorted(places)


def test_a_section_without_content_is_left_out():
    assert text(judged(met(EVIDENCE))).count("**") == 2


def test_a_found_criterion_says_its_statement_its_evidence_and_its_badge():
    said = text(judged(met(EVIDENCE, remark="as coded.")))
    assert "- It hurts (as coded). Pain (M54.5) (Condition/1, 2026-01-01) [seed only]" in said


def test_an_unknown_criterion_says_what_is_not_known_and_why():
    assert "- Pain not known: too old to count [seed only]" in text(judged(unknown(Reason.STALE)))


def test_a_remark_that_repeats_what_is_not_known_is_said_once():
    said = text(judged(unknown(Reason.NO_DATA, remark="pain not known")))
    assert "- Pain not known [seed only]" in said


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason):
    assert "- Pain not known: " in text(judged(unknown(reason)))


@pytest.mark.parametrize("reason", UnreadReason)
def test_everything_that_could_not_be_read_has_its_words(reason):
    said = text(unread=(Search("conditions", Extent.PART, reason),))
    (line,) = [line for line in said.splitlines() if line.startswith("- conditions")]
    assert len(line) > len("- conditions: ")


@pytest.mark.parametrize(
    ("verification", "badge"),
    [
        (Verification.SEED_ONLY, "[seed only]"),
        (Verification.VERIFIED, "[seed + literature]"),
        (Verification.CONTRADICTED, "[literature contradicts]"),
        (Verification.OUR_ADDITION, "[not from the source article]"),
    ],
)
def test_every_criterion_wears_how_far_its_source_was_verified(verification, badge):
    assert badge in text(judged(met(EVIDENCE), citations=cited(verification)))


def test_of_much_evidence_four_pieces_are_shown_and_the_rest_is_counted():
    many = [Evidence(Origin.CODED, f"Condition/{n}") for n in range(6)]
    said = text(judged(met(*many)))
    assert "Condition/3); and 2 more" in said
    assert "Condition/4" not in said


def test_hidden_risk_factors_are_left_out():
    risk = judged(unknown(Reason.NO_DATA), id="hidden-one")
    assert "Risk factors" not in text(risks=(risk,), hidden=frozenset({"hidden-one"}))


def test_evidence_from_a_search_names_what_was_searched():
    found = Evidence(Origin.COMPUTED, date="2026-03-01", searched=("a", "b"))
    assert evidence_in_words(found) == "(searched: a, b, 2026-03-01)"


# The limit


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 7000), st.integers(0, 60))
def test_a_card_never_exceeds_its_limit_and_always_keeps_the_safety_text(limit, lines):
    said = text(*[judged(met(EVIDENCE, remark="x" * 90))] * lines, limit=limit)
    assert said.endswith(SAFETY)
    shortest = len(SAFETY) + 80
    assert len(said) <= max(limit, shortest)


def test_a_card_that_is_cut_says_so_and_keeps_its_tally():
    said = text(*[judged(met(EVIDENCE, remark="x" * 200))] * 60)
    assert len(said) <= 6000
    assert said.startswith("Lead.")
    assert said.endswith(SAFETY)
    assert "More did not fit" in said
    assert "More did not fit" not in text(judged(met(EVIDENCE)))


def test_many_orders_with_many_codes_do_not_crowd_out_the_tally():
    many = [order(*["22852"] * 50, name=f"draft-{n}", text="Removal " * 30) for n in range(200)]
    said = text(lead=f"**Tally.** {order_lines(recognise_removal(orders(*many), CONTENT))}")
    assert said.startswith("**Tally.** About order `ServiceRequest/draft-0`")
    assert "; and 194 more." in said
    assert len(said) <= 6000


# Text of the record


def elements(markdown):
    found = set()
    for token in GFM.parse(markdown):
        found |= {token.type, *(child.type for child in token.children or ())}
    return found


ALLOWED = {
    "paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close",
    "list_item_open", "list_item_close", "inline", "text", "softbreak", "code_inline",
    "strong_open", "strong_close", "em_open", "em_close",
}  # fmt: skip


def test_a_hostile_quote_stays_in_its_code_element():
    quoted = Evidence(Origin.REPORT_TEXT, "DiagnosticReport/1", quote=HOSTILE)
    assert elements(text(judged(met(quoted)))) <= ALLOWED


def test_a_hostile_order_stays_in_its_code_elements():
    hostile = order("22852", HOSTILE, name=HOSTILE, text=HOSTILE)
    said = text(lead=order_lines(recognise_removal(orders(hostile), CONTENT)))
    assert elements(said) <= ALLOWED


def test_a_hostile_id_code_unit_or_comparator_is_never_markup():
    chart = record(
        condition(icd("M54.5" + HOSTILE), id=HOSTILE),
        lab("1988-5", 2, id="crp", unit="[](//e.x)")
        | {"valueQuantity": {"value": 2, "comparator": HOSTILE, "unit": "<b>"}},
    )
    (problem,) = problems(chart, "low-back-pain")
    said = text(judged(met(problem.evidence, newest(chart, "crp").evidence)))
    assert elements(said) <= ALLOWED
    assert "evil" not in "".join(
        child.content
        for token in GFM.parse(said)
        for child in token.children or ()
        if child.type == "text"
    )


def test_an_ordinary_reference_stands_as_it_is():
    assert "(Condition/a-1" in evidence_in_words(Evidence(Origin.CODED, "Condition/a-1"))


def test_an_id_that_may_be_taken_for_a_host_name_stands_in_a_code_span():
    said = evidence_in_words(Evidence(Origin.CODED, "Condition/www.example.org"))
    assert said == "(`Condition/www.example.org`)"


# Notices


def notices(*drafts, age_known=True, recognise=recognise_revision):
    return " ".join(common_notices(recognise(orders(*drafts), CONTENT), age_known=age_known))


def test_combined_codes_are_said_to_be_read_as_revision():
    assert "read as revision" in notices(order("22852", name="a"), order("22849", name="b"))
    assert "read as revision" not in notices(order("22849"))


def test_an_order_without_a_known_code_is_said_to_be_recognised_by_text():
    assert "recognised by text" in notices(order(text="Revision of lumbar fusion"))
    assert "recognised by text" not in notices(order("22849"))


def test_an_unknown_age_is_said():
    assert "age not known" in notices(order("22849"), age_known=False)
    assert "age not known" not in notices(order("22849"))


def test_the_safety_text_holds_the_phrases_that_readers_rely_on():
    assert "Advisory" in SAFETY
    assert "pending human review" in SAFETY
