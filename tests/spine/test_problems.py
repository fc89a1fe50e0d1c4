"""The problem list: active or past, confirmed or possible, where and since when."""

import pytest

from hooks.spine.order_words import Region
from hooks.spine.problems import active, evidence_of, possible, problems
from tests.chart import condition, icd, record, snomed


def nonunion(**members):
    (found,) = problems(record(condition(icd("M96.0"), **members)), "nonunion")
    return found


@pytest.mark.parametrize("clinical", ["active", "recurrence", "relapse"])
def test_an_active_confirmed_condition_counts(clinical):
    found = nonunion(clinical=clinical)
    assert active([found]) == (found,)
    assert possible([found]) == ()


@pytest.mark.parametrize("clinical", ["inactive", "remission", "resolved"])
def test_a_past_condition_does_not_count(clinical):
    assert active([nonunion(clinical=clinical)]) == ()


@pytest.mark.parametrize("verification", ["unconfirmed", "provisional", "differential"])
def test_an_unconfirmed_condition_is_only_possible(verification):
    found = nonunion(verification=verification)
    assert active([found]) == ()
    assert possible([found]) == (found,)
    assert verification in found.evidence.says


def test_a_condition_without_status_counts_as_active():
    found = nonunion(clinicalStatus=None, verificationStatus=None)
    assert active([found]) == (found,)


def test_an_abatement_ends_a_condition():
    assert not nonunion(abatementDateTime="2024").is_active


@pytest.mark.parametrize(
    ("code", "is_active"), [("T84.63XA", True), ("T84.63XD", True), ("T84.63XS", False)]
)
def test_a_sequela_is_no_active_complication(code, is_active):
    (found,) = problems(record(condition(icd(code))), "infection-hardware")
    assert found.is_active is is_active


@pytest.mark.parametrize(
    ("members", "day"),
    [
        ({"recordedDate": "2025-06-01", "onsetDateTime": "2020"}, "2025-06-01"),
        ({"recordedDate": None, "onsetDateTime": "2020"}, "2020"),
        ({"recordedDate": None, "onsetPeriod": {"start": "2019-05"}}, "2019-05"),
    ],
)
def test_a_condition_is_dated_by_its_record_or_else_its_onset(members, day):
    found = nonunion(**members)
    assert found.asserted.text == day
    assert found.evidence.as_json()["date"] == day


def test_an_undated_condition_has_no_date():
    found = nonunion(recordedDate=None)
    assert found.asserted is None
    assert "date" not in found.evidence.as_json()


def test_a_condition_tells_where_it_is():
    found = nonunion(bodySite=[snomed("243923001"), snomed("22356005")])
    assert str(found.levels) == "L4-L5, pelvis"
    assert found.region is Region.IN_SCOPE
    assert {"site-lumbar-to-pelvis", "site-iliac-hardware"} <= found.site_sets
    assert nonunion().region is Region.NOT_SAID
    assert nonunion(bodySite=[snomed("122494005")]).region is Region.ELSEWHERE


def test_evidence_is_in_our_words_with_the_code_and_nothing_of_the_text():
    named = condition(icd("M96.0", text="https://evil.example"))
    (found,) = problems(record(named), "nonunion")
    assert evidence_of([found]) == (found.evidence,)
    assert "M96.0" in found.evidence.says
    assert "evil" not in found.evidence.says
