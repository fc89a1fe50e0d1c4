"""What documents a pregnancy, and so suppresses suggestions with radiation."""

import pytest

from hooks.spine.pregnancy import read_pregnancy
from tests.chart import CONTENT, concept, condition, configured, days_ago, icd, record, snomed

PREGNANT, NOT_PREGNANT = snomed("77386006"), snomed("60001007")
ANSWER = concept("http://loinc.org", "LA15173-0")


def status(value, when="2026-02-01", name="status", **members):
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": concept("http://loinc.org", "82810-3"),
        "effectiveDateTime": when,
        "valueCodeableConcept": value,
    } | members


def documented(*resources, configuration=CONTENT.configuration):
    found = read_pregnancy(record(*resources), configuration)
    return [evidence.resource for evidence in found]


@pytest.mark.parametrize(
    "code", ["Z33.1", "Z33.3", "Z34.91", "Z3A.20", "O09.211", "O21.0", "O30.041", "O44.03", "O48.0"]
)
def test_a_problem_that_only_the_pregnant_have_documents_it(code):
    assert documented(condition(icd(code))) == ["Condition/condition"]


def test_an_unconfirmed_pregnancy_is_enough():
    assert documented(condition(icd("Z33.1"), verification="provisional")) != []


@pytest.mark.parametrize("code", ["Z33.2", "O80", "O85", "O24.430", "O99.345", "Z39.2", "O94"])
def test_delivery_the_time_after_it_and_a_termination_document_none(code):
    assert documented(condition(icd(code))) == []


def test_a_resolved_problem_documents_none():
    assert documented(condition(icd("Z33.1"), clinical="resolved")) == []


@pytest.mark.parametrize("value", [PREGNANT, ANSWER], ids=["SNOMED CT", "LOINC answer"])
def test_the_pregnancy_status_documents_it(value):
    assert documented(status(value)) == ["Observation/status"]


@pytest.mark.parametrize(("days", "found"), [(294, 1), (295, 0)])
def test_a_status_older_than_any_pregnancy_does_not_count(days, found):
    assert len(documented(status(PREGNANT, when=days_ago(days)))) == found


def test_the_longest_pregnancy_is_a_setting():
    old = status(PREGNANT, when=days_ago(281))
    assert documented(old) == ["Observation/status"]
    assert documented(old, configuration=configured(pregnancy__maxWeeks=40)) == []


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_of_two_of_one_day_the_one_that_says_so_counts_whatever_their_ids(names):
    yes, no = status(PREGNANT, name=names[0]), status(NOT_PREGNANT, name=names[1])
    assert documented(yes, no) == [f"Observation/{names[0]}"]


def test_the_newest_status_counts():
    later = status(NOT_PREGNANT, when="2026-02-20", name="later")
    assert documented(status(PREGNANT), later) == []


def test_an_undated_status_may_be_of_today():
    """It suppresses radiation unless a dated one says otherwise: the safe side."""
    undated = status(PREGNANT, effectiveDateTime=None)
    assert documented(undated) == ["Observation/status"]
    assert documented(undated, status(NOT_PREGNANT, name="dated")) == []


@pytest.mark.parametrize("state", [None, "unknown", "preliminary"])
def test_a_status_that_is_not_final_documents_a_pregnancy_all_the_same(state):
    """What does not say whether it counts suppresses radiation: the safe side."""
    assert documented(status(PREGNANT, status=state)) == ["Observation/status"]
    older = status(NOT_PREGNANT, when="2026-01-01", name="older")
    assert documented(status(PREGNANT, status=state), older) == ["Observation/status"]
