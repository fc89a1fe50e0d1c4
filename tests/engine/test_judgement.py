"""Three-valued judgements."""

import pytest

from cds_service.engine.criterion import Criterion, RiskFactor
from cds_service.engine.evidence import Citation, Evidence, Origin, Verification
from cds_service.engine.judgement import (
    Judgement,
    Reason,
    Status,
    absent,
    met,
    not_met,
    present,
    unknown,
)
from tests.chart import AS_OF

EVIDENCE = Evidence(Origin.CODED, "Condition/1", "2026-01-01")
OTHER = Evidence(Origin.CODED, "Condition/2")
M, N, U = met(EVIDENCE), not_met(OTHER), unknown(Reason.STALE)
CITATION = Citation("a", "b", "c", Verification.SEED_ONLY, AS_OF)
OURS = Citation("a", "b", "c", Verification.OUR_ADDITION, AS_OF)


@pytest.mark.parametrize("make", [met, not_met, present, absent])
def test_an_answer_needs_evidence(make):
    with pytest.raises(ValueError, match="needs evidence"):
        make()


def test_an_unknown_needs_a_reason():
    with pytest.raises(ValueError, match="needs a reason"):
        Judgement(Status.UNKNOWN, (EVIDENCE,))


def test_a_contradiction_may_have_a_reason():
    assert not_met(EVIDENCE, reason=Reason.EARLY).reason is Reason.EARLY


def test_each_status_is_told_by_its_own_property():
    judgements = (M, N, U, present(EVIDENCE), absent(EVIDENCE))
    assert [j.is_met for j in judgements] == [True, False, False, False, False]
    assert [j.is_not_met for j in judgements] == [False, True, False, False, False]
    assert [j.is_unknown for j in judgements] == [False, False, True, False, False]
    assert [j.is_present for j in judgements] == [False, False, False, True, False]


def test_evidence_of_a_resource_is_dumped_without_empty_members():
    assert EVIDENCE.as_json() == {
        "resource": "Condition/1",
        "date": "2026-01-01",
        "origin": "coded",
    }
    assert OTHER.as_json() == {"resource": "Condition/2", "origin": "coded"}


def test_evidence_from_text_carries_its_quote_and_our_own_words_stay_on_the_card():
    found = Evidence(Origin.REPORT_TEXT, "DiagnosticReport/1", quote="solid", says="as we read it")
    assert found.as_json() == {
        "resource": "DiagnosticReport/1",
        "quote": "solid",
        "origin": "report-text",
    }


def criterion(kind=Criterion, **members):
    given = {
        "id": "x",
        "claim": "X-1",
        "statement": "X.",
        "reads": ("conditions",),
        "judge": lambda _: M,
        "citations": (CITATION,),
        "if_unknown": "not known",
    }
    return kind(**(given | members))


def test_a_criterion_without_a_citation_cannot_be_made():
    with pytest.raises(ValueError, match="no citation, no criterion"):
        criterion(citations=())


def test_a_criterion_that_reads_nothing_cannot_be_made():
    with pytest.raises(ValueError, match="names no prefetch key"):
        criterion(RiskFactor, reads=())


def test_only_what_no_source_passage_supports_is_our_addition():
    assert criterion(citations=(OURS,)).is_our_addition
    assert not criterion(citations=(OURS, CITATION)).is_our_addition


def test_a_quote_of_which_nothing_can_be_seen_is_left_out():
    """Contract: no field is empty."""
    found = Evidence(Origin.ORDER, "ServiceRequest/1", quote="\u200b")
    assert found.as_json() == {"resource": "ServiceRequest/1", "origin": "order"}
