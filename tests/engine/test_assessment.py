"""The assessment and its dump, as the contract shapes it."""

import pytest

from cds_service.engine.assessment import Assessment, Judged
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.judgement import Reason, Status, absent, met, not_met, unknown
from cds_service.engine.record import Extent, Search, UnreadReason
from tests.chart import AS_OF
from tests.engine.test_judgement import OURS, criterion

EVIDENCE = Evidence(Origin.CODED, "Condition/1", "2026-01-01")


def judged(criterion_id, judgement, **members):
    return Judged(criterion(id=criterion_id, **members), judgement)


def assessment(*criteria, risks=(), unread=()):
    return Assessment("svc", "1.0.0", AS_OF, ("ServiceRequest/1",), criteria, risks, unread)


FOUND = judged("found", met(EVIDENCE))
AGAINST = judged("against", not_met(EVIDENCE, reason=Reason.EARLY))
OPEN = judged("open", unknown(Reason.NO_DATA))
ADDED = judged("added", not_met(EVIDENCE), citations=(OURS,))
RISK = judged("risk", absent(EVIDENCE))


def test_the_dump_has_the_members_of_the_contract_and_no_empty_one():
    unread = (
        Search("procedures", Extent.NOTHING, UnreadReason.TIMEOUT),
        Search("conditions", Extent.COMPLETE),
    )
    assert assessment(FOUND, AGAINST, OPEN, risks=(RISK,), unread=unread).as_json() == {
        "service": "svc",
        "version": "1.0.0",
        "asOf": "2026-03-01",
        "orders": ["ServiceRequest/1"],
        "criteria": [
            {"id": "found", "status": "met", "evidence": [EVIDENCE.as_json()]},
            {
                "id": "against",
                "status": "not-met",
                "reason": "early",
                "evidence": [EVIDENCE.as_json()],
            },
            {"id": "open", "status": "unknown", "reason": "no-data"},
        ],
        "riskFactors": [{"id": "risk", "status": "absent", "evidence": [EVIDENCE.as_json()]}],
        "unread": [{"key": "procedures", "reason": "timeout"}],
    }


def test_without_risk_factors_and_gaps_their_members_are_left_out():
    assert set(assessment(FOUND).as_json()) == {"service", "version", "asOf", "orders", "criteria"}


def test_a_judgement_is_found_by_the_id_of_its_criterion_or_risk_factor():
    whole = assessment(FOUND, OPEN, risks=(RISK,))
    assert whole["found"].is_met
    assert whole["risk"].status is Status.ABSENT
    with pytest.raises(KeyError):
        whole["other"]


def test_the_tally_counts_the_criteria_of_the_source_and_leaves_our_additions_out():
    said = assessment(FOUND, AGAINST, OPEN, OPEN, ADDED, risks=(RISK,)).tally()
    assert said == "1 of 4 source criteria found, 2 not found, 1 contradicted"
