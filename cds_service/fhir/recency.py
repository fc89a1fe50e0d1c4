"""When a row is from, and whether rows really came newest first: a sorted query proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from cds_service.engine.datatypes import Period
from cds_service.engine.dates import DateInterval, parse_date
from cds_service.engine.resources import Resource

# In the order of preference; every type that is searched newest first has one.
_DATES = (
    "effective_date_time",
    "effective_instant",
    "effective_period",
    "performed_date_time",
    "performed_period",
    "authored_on",
    "started",
    "issued",
    "date_asserted",
    "recorded_date",
    "onset_date_time",
    "period",
    "date",
)


def came_newest_first(rows: Sequence[Resource]) -> bool:
    """Whether no row is surely older than one after it, and none is without a date."""
    dates = [date_of(row) for row in rows]
    known = [day for day in dates if day is not None]
    if not known or len(known) != len(dates):
        return False
    earliest = accumulate((day.last for day in known), min)
    return not any(last < day.first for last, day in zip(earliest, known[1:], strict=False))


def date_of(resource: Resource) -> DateInterval | None:
    """Return the first date that a row has; None without a readable one."""
    for name in _DATES:
        value = getattr(resource, name, None)
        if isinstance(value, Period):
            value = value.start or value.end
        if value:
            return parse_date(value)
    return None
