"""Coverage: which policies are active today (HR-R1; scenarios H14 and H15)."""

import pytest

from cds_service.engine.resources import Coverage
from hooks.spine.coverage import active_coverages
from tests.chart import concept, record

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def policy(code="EHCPOL", name="policy", **members):
    given = {"type": concept(ACT_CODE, code)} if code else {}
    return {"resourceType": "Coverage", "id": name, "status": "active", **given} | members


def found(*policies):
    chart = record(*policies)
    return active_coverages(chart, chart.all(Coverage))


def test_workers_compensation_is_known_by_its_code():
    compensable, private = found(policy("WCBPOL", "a"), policy("EHCPOL", "b"))
    assert (compensable.is_workers_compensation, compensable.is_typed) == (True, True)
    assert (private.is_workers_compensation, private.is_typed) == (False, True)


@pytest.mark.parametrize(
    "untyped",
    [
        policy(None),
        policy(type={"text": "Workers comp"}),
        policy(type=concept("https://example.org/policies", "WC")),
    ],
    ids=["no type", "words", "local code"],
)
def test_a_policy_without_a_coded_type_is_not_typed(untyped):
    (active,) = found(untyped)
    assert (active.is_workers_compensation, active.is_typed) == (False, False)


@pytest.mark.parametrize(
    ("period", "is_certain"),
    [
        ({}, True),
        ({"start": "2024", "end": "2026-03-01"}, True),
        ({"start": "2024", "end": "2026"}, False),
        ({"start": "2026-03"}, False),
    ],
)
def test_a_period_known_by_its_year_may_leave_the_day_open(period, is_certain):
    (active,) = found(policy("WCBPOL", period=period))
    assert active.is_certain is is_certain


@pytest.mark.parametrize(
    ("members", "is_active"),
    [
        ({}, True),
        ({"period": {"start": "2024-01-01"}}, True),
        ({"period": {"start": "2024-01-01", "end": "2026-03-01"}}, True),
        ({"period": {"start": "2024-01-01", "end": "2026"}}, True),
        ({"period": {"start": "2024-01-01", "end": "2027-01-01"}}, True),
        ({"period": {"start": "2020-01-01", "end": "2026-02-28"}}, False),
        ({"period": {"start": "2026-06-01"}}, False),
        ({"status": "cancelled"}, False),
        ({"status": None}, False),
    ],
)
def test_a_policy_counts_on_the_days_of_its_period(members, is_active):
    assert bool(found(policy("WCBPOL", **members))) is is_active


def test_a_policy_is_evidence_with_the_day_it_began():
    (active,) = found(policy(period={"start": "2024-01-01"}))
    assert active.evidence.as_json() == {
        "resource": "Coverage/policy",
        "date": "2024-01-01",
        "origin": "coded",
    }
    (undated,) = found(policy())
    assert "date" not in undated.evidence.as_json()
