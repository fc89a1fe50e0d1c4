"""Coverage: which policies are active today (HR-R1; scenarios H14 and H15)."""

import pytest

from cds_service.engine.resources import Coverage
from hooks.spine.coverage import Naming, active_coverages
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
        ({"status": None}, True),
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


def test_a_policy_without_a_status_may_be_active():
    """Its status is required in FHIR R4; without one nobody knows that it is not (rule 1)."""
    (active,) = found(policy("WCBPOL", status=None))
    assert not active.has_status
    assert "without a status" in active.evidence.says


@pytest.mark.parametrize(
    ("members", "naming"),
    [
        ({"type": {"text": "Workers' Compensation"}}, Naming.PLAIN),
        ({"type": {"coding": [{"code": "9", "display": "Worker’s comp"}]}}, Naming.PLAIN),
        ({"payor": [{"display": "Texas Workers Comp Insurance"}]}, Naming.PLAIN),
        ({"class": [{"value": "W", "name": "Workers compensation plan"}]}, Naming.PLAIN),
        ({"class": [{"value": "WC"}]}, Naming.PERHAPS),
        ({"payor": [{"display": "State Fund"}]}, Naming.PERHAPS),
        ({"type": {"text": "Commercial, no workers' compensation"}}, Naming.PERHAPS),
        ({"payor": [{"display": "Example payer"}]}, Naming.NOT_AT_ALL),
        ({}, Naming.NOT_AT_ALL),
    ],
    ids=str,
)
def test_words_of_type_class_and_payer_may_name_workers_compensation(members, naming):
    (active,) = found(policy(None, **members))
    assert active.naming is naming


@pytest.mark.parametrize(
    ("members", "naming"),
    [
        ({"payor": [{"display": "State Fund"}]}, Naming.NOT_AT_ALL),
        ({"payor": [{"display": "WC Health Partners"}]}, Naming.NOT_AT_ALL),
        ({"class": [{"value": "WC"}]}, Naming.PERHAPS),
        ({"payor": [{"display": "Texas Workers Comp Insurance"}]}, Naming.PLAIN),
    ],
    ids=str,
)
def test_of_a_policy_of_another_type_a_hint_in_the_name_of_the_payer_does_not_count(
    members, naming
):
    (active,) = found(policy("EHCPOL", **members))
    assert active.naming is naming
