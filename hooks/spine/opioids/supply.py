"""Supply of a medicine: for how many days it was given, and on how many days there was any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from cds_service.engine.datatypes import Dosage, Quantity
from cds_service.engine.dates import DateInterval
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import MedicationRequest

_DAYS_OF = {"d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0, "h": 1 / 24}
_LONGEST_DAYS = 3650.0


def supply_of(record: PatientRecord, request: MedicationRequest) -> float | None:
    """Return the days of supply of a request: dispensed with its refills, else its bounds."""
    dispense = request.dispense_request
    if dispense and (days := _in_days(dispense.expected_supply_duration)) is not None:
        return min(days * (1 + max(dispense.number_of_repeats_allowed or 0, 0)), _LONGEST_DAYS)
    for dosage in request.dosage_instruction:
        repeat = dosage.timing.repeat if dosage.timing else None
        if repeat is None:
            continue
        if (days := _in_days(repeat.bounds_duration)) is not None:
            return days
        bounds = repeat.bounds_period
        start = record.dated(bounds.start) if bounds else None
        if start is not None:
            end = record.dated(bounds.end) if bounds else None
            last = min(end.last, record.as_of) if end else record.as_of
            return float(max((last - start.last).days, 0))
    return None


def still_taken(record: PatientRecord, dosages: Sequence[Dosage]) -> list[Dosage]:
    """Return the dosages whose bounds have not ended."""
    ends = [(dosage, end_of_bounds(record, [dosage])) for dosage in dosages]
    return [dosage for dosage, end in ends if end is None or end >= record.as_of]


def end_of_bounds(record: PatientRecord, dosages: Sequence[Dosage]) -> date | None:
    """Return when the last of the dosages ends; None when any has no end."""
    ends = [
        record.dated(d.timing.repeat.bounds_period.end)
        for d in dosages
        if d.timing and d.timing.repeat and d.timing.repeat.bounds_period
    ]
    known = [end.last for end in ends if end is not None]
    return max(known) if known and len(known) == len(dosages) else None


def lasted_until(when: DateInterval | None, supply: float | None) -> date:
    """Return the day to which a supply lasts."""
    if when is None:
        return date.min
    return when.last + timedelta(days=supply or 0)


def _in_days(duration: Quantity | None) -> float | None:
    """Return a duration in days, within what can be a supply at all."""
    if duration is None or duration.value is None:
        return None
    unit = (duration.code or duration.unit or "").lower()
    known = _DAYS_OF.get(unit) or _DAYS_OF.get(
        {"days": "d", "day": "d", "weeks": "wk"}.get(unit, "")
    )
    return min(max(duration.value * known, 0.0), _LONGEST_DAYS) if known else None


def days_supplied(supplies: Iterable[tuple[date | None, float | None]], since: date) -> float:
    """Return for how many days a supply was given since then; what overlaps counts once.

    Days to come count, too: "90 days of supply in 180 days" is of what was given (1.3-C).
    """
    known = [(start, days) for start, days in supplies if days is not None]
    undated = max((days for start, days in known if start is None), default=0.0)
    supplied, reached = 0.0, float(since.toordinal())
    for start, days in sorted((s.toordinal(), days) for s, days in known if s is not None):
        first, end = max(float(start), reached), start + days
        if end > first:
            supplied += end - first
            reached = end
    return max(supplied, undated)
