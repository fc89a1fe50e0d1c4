"""FHIR dates as intervals: ``2024`` is a whole year, never the first of January."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import msgspec

_DAY = timedelta(days=1)
_IN_EVERY_MONTH = 28


class DateInterval(msgspec.Struct, frozen=True, gc=False):
    """The days that a FHIR date may mean, both ends included, and the date part as written."""

    first: date
    last: date
    text: str

    def surely_before(self, other: DateInterval) -> bool:
        """Whether every day meant here lies before every day of the other."""
        return self.last < other.first

    def surely_not_before(self, other: DateInterval) -> bool:
        """Whether no day meant here lies before any day of the other."""
        return self.first >= other.last

    def overlaps(self, other: DateInterval) -> bool:
        """Whether both may mean the same day."""
        return self.first <= other.last and other.first <= self.last


def parse_date(text: str | None) -> DateInterval | None:
    """Return the interval of a FHIR date, dateTime or instant; None when it is none.

    The day is taken as the author wrote it, in the author's own time zone.
    See FHIR R4, "Primitive Types", date and dateTime.
    """
    return _interval(text[:10]) if text else None  # the time of day is not kept


@lru_cache(maxsize=8192)
def _interval(written: str) -> DateInterval | None:
    """Return the interval of a date; no more of a text than a date is kept in the cache."""
    try:
        match len(written):
            case 10:
                day = date.fromisoformat(written)
                return DateInterval(day, day, written)
            case 7:
                first = date.fromisoformat(f"{written}-01")
                return DateInterval(first, _end_of_month(first), written)
            case 4:
                year = int(written)
                return DateInterval(date(year, 1, 1), date(year, 12, 31), written)
            case _:
                return None
    except ValueError:
        return None


def span(start: DateInterval | None, end: DateInterval | None) -> DateInterval | None:
    """Return the interval from start to end of a period; an open side is taken from the other."""
    if start is None or end is None:
        return start or end
    if end.last < start.first:
        return None
    text = start.text if start.text == end.text else f"{start.text}/{end.text}"
    return DateInterval(start.first, end.last, text)


@lru_cache(maxsize=1024)
def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day when the month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > date.max.year:
        return date.max
    if day.day <= _IN_EVERY_MONTH:
        return date(day.year + years, month + 1, day.day)
    first = date(day.year + years, month + 1, 1)
    return min(
        first.replace(day=min(day.day, 28)) + timedelta(days=max(day.day - 28, 0)),
        _end_of_month(first),
    )


def days_since(when: DateInterval, as_of: date) -> tuple[int, int]:
    """Return the fewest and the most days that may have passed."""
    return (as_of - when.last).days, (as_of - when.first).days


def is_plausible(when: DateInterval, as_of: date) -> bool:
    """Whether the date is not in the future; one day is granted to other time zones."""
    return when.first <= as_of + _DAY


def _end_of_month(day: date) -> date:
    if (day.year, day.month) == (date.max.year, date.max.month):
        return date.max
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
