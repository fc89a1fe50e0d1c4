"""Laboratory values: the newest of a kind, and the laboratory's own reading (faults.md, D-08)."""

import pytest

from hooks.spine.laboratory import Reading, first_evidence, measurements, newest
from tests.chart import between, lab, reading, record


def crp(value=2, **members):
    return lab("1988-5", value, id=members.pop("id", "crp"), **members)


def read(observation):
    return newest(record(observation), "crp").reading


def test_values_come_newest_first_and_undated_ones_last():
    found = measurements(
        record(
            crp(id="a", when="2025-01-01"), crp(id="b", when="2026-01-01"), crp(id="c", when=None)
        ),
        "crp",
    )
    assert [m.observation.id for m in found] == ["b", "a", "c"]


def test_an_unfinished_value_does_not_count():
    assert newest(record(crp(status="preliminary")), "crp") is None


@pytest.mark.parametrize(
    "members",
    [
        {"effectiveInstant": "2026-02-01T08:00:00Z"},
        {"effectivePeriod": {"start": "2026-01-30", "end": "2026-02-01"}},
        {"effectivePeriod": {"start": "2026-02-01"}},
        {"issued": "2026-02-01T08:00:00Z"},
    ],
    ids=str,
)
def test_the_day_of_a_value_may_stand_in_several_places(members):
    assert newest(record(crp(when=None, **members)), "crp").when.text == "2026-02-01"


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        (2, between(0, 5), Reading.NORMAL),
        (0, between(0, 5), Reading.NORMAL),
        (5, between(0, 5), Reading.NORMAL),
        (5.1, between(0, 5), Reading.HIGH),
        (5.1, between(high=5), Reading.HIGH),
        (2, between(3, 5), Reading.LOW),
        (4, between(low=3), Reading.NORMAL),
        (2, {}, Reading.NOT_COMPUTABLE),
        (2, {"referenceRange": [{}]}, Reading.NOT_COMPUTABLE),
        (2, {"referenceRange": between(0, 5)["referenceRange"] * 2}, Reading.NOT_COMPUTABLE),
        (2, between(0, 5, "mg/dL"), Reading.NOT_COMPUTABLE),
        (2, {"referenceRange": [{"high": {"value": 5}}]}, Reading.NORMAL),
        (2, {"referenceRange": [{"high": {"value": 5, "unit": "mg/L"}}]}, Reading.NORMAL),
        (2, {"referenceRange": [{"high": {"value": 5, "unit": "mg/dL"}}]}, Reading.NOT_COMPUTABLE),
    ],
)
def test_a_value_is_read_against_the_laboratorys_own_range(value, limits, expected):
    assert read(crp(value, **limits)) is expected


@pytest.mark.parametrize(
    ("comparator", "value", "limits", "expected"),
    [
        ("<", 5, between(high=5), Reading.NORMAL),
        ("<=", 5, between(high=5), Reading.NORMAL),
        ("<", 8, between(high=5), Reading.NOT_COMPUTABLE),
        ("<", 3, between(0, 5), Reading.NORMAL),
        ("<", 3, between(2, 5), Reading.NOT_COMPUTABLE),
        ("<", 3, between(4, 5), Reading.LOW),
        (">", 8, between(high=5), Reading.HIGH),
        (">=", 6, between(0, 5), Reading.HIGH),
        (">", 3, between(high=5), Reading.NOT_COMPUTABLE),
        (">", 60, between(low=30), Reading.NORMAL),
        (">", 20, between(low=30), Reading.NOT_COMPUTABLE),
    ],
)
def test_a_comparator_is_part_of_the_value(comparator, value, limits, expected):
    quantity = {"value": value, "unit": "mg/L", "code": "mg/L", "comparator": comparator}
    assert read(crp(valueQuantity=quantity, **limits)) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("H", Reading.HIGH), ("HH", Reading.HIGH), ("L", Reading.LOW), ("N", Reading.NORMAL)],
)
def test_the_laboratorys_interpretation_outweighs_the_range(code, expected):
    assert read(crp(2, **reading(code), **between(0, 5))) is expected


def test_interpretations_that_disagree_cannot_be_compared():
    both = {"interpretation": [*reading("H")["interpretation"], *reading("N")["interpretation"]]}
    assert read(crp(2, **both, **between(0, 5))) is Reading.NOT_COMPUTABLE


def test_a_value_that_is_missing_is_never_zero():
    found = newest(record(crp(valueQuantity={"unit": "mg/L"}, **between(0, 5))), "crp")
    assert (found.value, found.reading) == (None, Reading.NOT_COMPUTABLE)
    words = newest(record(crp(valueQuantity=None, valueString="normal")), "crp")
    assert (words.value, words.reading) == (None, Reading.NOT_COMPUTABLE)


def test_a_whole_number_counts_as_a_value():
    assert newest(record(crp(valueQuantity=None, valueInteger=7)), "crp").value == 7


@pytest.mark.parametrize(
    ("when", "older"), [("2025-12-01", False), ("2025-11-30", True), (None, True)]
)
def test_older_than_days_means_may_be_older_and_undated_is(when, older):
    chart = record(crp(when=when))
    assert newest(chart, "crp").older_than_days(chart, 90) is older


@pytest.mark.parametrize(
    ("when", "older"), [("2024-03-01", False), ("2024-02-29", True), ("2024", True), (None, True)]
)
def test_older_than_months_means_may_be_older_and_undated_is(when, older):
    chart = record(crp(when=when))
    assert newest(chart, "crp").older_than_months(chart, 24) is older


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        ("mg/L", "C-reactive protein 2 mg/L"),
        ("{score}", "C-reactive protein 2"),
        ("[x](http://e)", "C-reactive protein 2"),
    ],
)
def test_the_card_shows_the_value_with_a_plain_unit_only(unit, shown):
    found = newest(record(crp(unit=unit)), "crp").evidence
    assert found.says.endswith(shown.removeprefix("C-reactive protein"))
    assert "http" not in found.says


@pytest.mark.parametrize(
    ("comparator", "above", "at_least", "at_most"),
    [
        (None, False, True, True),
        (">", True, True, False),
        (">=", False, True, False),
        ("<", False, False, True),
        ("<=", False, False, True),
        ("ad", False, False, False),
    ],
)
def test_what_a_value_surely_is_depends_on_its_comparator(comparator, above, at_least, at_most):
    quantity = {"value": 8, "unit": "mg/L", "comparator": comparator}
    found = newest(record(crp(valueQuantity=quantity)), "crp")
    assert (found.is_above(8), found.is_at_least(8), found.is_at_most(8)) == (
        above,
        at_least,
        at_most,
    )
    assert found.is_above(7) is found.is_at_least(7) is at_least
    assert not found.is_at_most(7)


def test_only_values_that_exist_are_evidence():
    found = newest(record(crp()), "crp")
    assert first_evidence([None, found, None]) == (found.evidence,)
