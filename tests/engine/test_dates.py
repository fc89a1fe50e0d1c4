"""FHIR dates as intervals."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.engine.dates import (
    DateInterval,
    add_months,
    days_since,
    is_plausible,
    parse_date,
    span,
)

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-05-06", date(2024, 5, 6), date(2024, 5, 6)),
        ("2024-05-06T23:30:00-08:00", date(2024, 5, 6), date(2024, 5, 6)),
        ("2024-05-06T00:10:00.123Z", date(2024, 5, 6), date(2024, 5, 6)),
    ],
)
def test_a_date_means_every_day_that_it_does_not_exclude(text, first, last):
    found = parse_date(text)
    assert (found.first, found.last) == (first, last)
    assert found.text == text[:10]


@pytest.mark.parametrize(
    "text", [None, "", "soon", "2024-13", "2024-02-30", "24", "2024-5-6", "0000", "2024-1", "20x4"]
)
def test_what_is_no_fhir_date_is_no_date(text):
    assert parse_date(text) is None


def test_a_year_is_neither_surely_before_nor_surely_not_before_a_day_in_it():
    year, day = parse_date("2024"), parse_date("2024-06-01")
    assert not year.surely_before(day)
    assert not year.surely_not_before(day)
    assert not day.surely_before(year)


def test_the_same_day_is_surely_not_before_itself():
    day = parse_date("2024-06-01")
    assert day.surely_not_before(day)
    assert not day.surely_before(day)


def test_dates_overlap_that_may_mean_the_same_day():
    month, day, next_day = (parse_date(text) for text in ("2024-06", "2024-06-30", "2024-07-01"))
    assert month.overlaps(day)
    assert day.overlaps(month)
    assert not month.overlaps(next_day)


@given(DAYS, DAYS)
def test_of_two_days_exactly_one_comes_surely_before_the_other_or_both_are_the_same(one, other):
    a, b = parse_date(one.isoformat()), parse_date(other.isoformat())
    assert a.surely_before(b) == (one < other)
    assert a.surely_not_before(b) == (one >= other)


def test_a_period_reaches_from_its_start_to_its_end():
    found = span(parse_date("2024-03"), parse_date("2024-05-02"))
    assert (found.first, found.last) == (date(2024, 3, 1), date(2024, 5, 2))
    assert found.text == "2024-03/2024-05-02"


def test_an_open_side_of_a_period_is_taken_from_the_other():
    day = parse_date("2024-03-01")
    assert span(day, None) == day
    assert span(None, day) == day
    assert span(None, None) is None


def test_a_period_of_one_day_is_written_as_that_day():
    assert span(parse_date("2024-03-01"), parse_date("2024-03-01")).text == "2024-03-01"


def test_a_period_that_ends_before_it_starts_means_nothing():
    assert span(parse_date("2024-03-01"), parse_date("2023-03-01")) is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 30), 1, date(2024, 2, 29)),
        (date(2024, 8, 31), 18, date(2026, 2, 28)),
        (date(2024, 12, 5), 1, date(2025, 1, 5)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 5, 31), 2, date(2024, 7, 31)),
    ],
)
def test_a_later_month_has_the_same_day_or_its_last_one(day, months, expected):
    assert add_months(day, months) == expected


@given(DAYS, st.integers(1, 400))
def test_months_are_added_one_by_one_or_at_once_but_for_the_end_of_a_month(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or add_months(day, months).day < day.day


def test_a_year_leaves_open_how_many_days_have_passed():
    when, as_of = parse_date("2024"), date(2026, 3, 1)
    assert days_since(when, as_of) == (425, 790)


def test_tomorrow_is_granted_to_other_time_zones_and_no_later_day():
    as_of = date(2026, 3, 1)
    for days, plausible in ((0, True), (1, True), (2, False)):
        day = as_of + timedelta(days)
        assert is_plausible(DateInterval(day, day, day.isoformat()), as_of) is plausible


def test_the_running_year_is_plausible_although_it_has_not_ended():
    assert is_plausible(parse_date("2026"), date(2026, 3, 1))
