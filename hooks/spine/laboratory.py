"""Laboratory values and scores: the newest of a kind, and the laboratory's own reading of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from cds_service.engine.datatypes import Quantity
from cds_service.engine.dates import DateInterval, add_months, days_since
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Observation
from hooks.spine.coded_findings import FINAL

_AT_MOST, _AT_LEAST = frozenset({"", "<", "<="}), frozenset({"", ">", ">="})
_COMPARATORS = _AT_MOST | _AT_LEAST


class Reading(StrEnum):
    """How the laboratory itself reads a value."""

    LOW = "low"
    NORMAL = "within the laboratory's range"
    HIGH = "high"
    NOT_COMPUTABLE = "not comparable"


_ADVERSE = (Reading.NORMAL, Reading.NOT_COMPUTABLE, Reading.LOW, Reading.HIGH)
_ADVERSE_ANSWERS = ("smoking-former", "smoking-current", "pregnancy")  # each worse than the last
_LOW_IS_BAD = frozenset({"albumin", "prealbumin", "vitamin-d", "dxa-t-score"})


class Measurement(msgspec.Struct, frozen=True, gc=False):
    """One final observation with its day, its value (None when it has none) and its evidence."""

    observation: Observation
    when: DateInterval | None
    value: float | None
    unit: str
    comparator: str
    reading: Reading
    evidence: Evidence

    def is_above(self, limit: float) -> bool:
        """Whether the value surely lies above; ``>8`` lies above 8."""
        value = self.value
        if value is None or self.comparator not in _AT_LEAST:
            return False
        return value > limit or (value == limit and self.comparator == ">")

    def is_at_least(self, limit: float) -> bool:
        """Whether the value is surely the limit or above; what is ``<5`` may be anything below."""
        return self.value is not None and self.value >= limit and self.comparator in _AT_LEAST

    def is_at_most(self, limit: float) -> bool:
        """Whether the value is surely the limit or below."""
        return self.value is not None and self.value <= limit and self.comparator in _AT_MOST

    def older_than_days(self, record: PatientRecord, days: int) -> bool:
        """Whether it may be older; undated counts as older."""
        return self.when is None or days_since(self.when, record.as_of)[1] > days

    def older_than_months(self, record: PatientRecord, months: int) -> bool:
        """Whether it may be older; undated counts as older."""
        return self.when is None or add_months(self.when.first, months) < record.as_of


def measurements(
    record: PatientRecord, value_set: str, *, final: bool = True
) -> tuple[Measurement, ...]:
    """Return the final observations of a kind, newest first; undated ones come last.

    Without ``final`` return the others: unfinished, or of a status that is missing or not known.
    """
    wanted = [o for o in record.coded(Observation, value_set) if (o.status in FINAL) is final]
    if not wanted:
        return ()
    title = record.terminology[value_set].title
    found = [_measurement(record, o, title) for o in wanted]
    return tuple(_newest_first(record, found, value_set) if len(found) > 1 else found)


def preliminary(record: PatientRecord, *value_sets: str) -> tuple[Measurement, ...]:
    """Return the observations of the kinds that are not final, nor surely older than the newest."""
    unfinished = [m for vs in value_sets for m in measurements(record, vs, final=False)]
    final = newest(record, *value_sets) if unfinished else None
    known = final.when if final else None
    return tuple([m for m in unfinished if not (known and m.when and m.when.surely_before(known))])


def newest(record: PatientRecord, *value_sets: str) -> Measurement | None:
    """Return the newest final observation of any of the kinds, if there is one."""
    found = [found for value_set in value_sets if (found := measurements(record, value_set))]
    if len(found) == 1:
        return found[0][0]
    firsts = [of_a_kind[0] for of_a_kind in found]
    return _newest_first(record, firsts, value_sets[0])[0] if firsts else None


def _newest_first(
    record: PatientRecord, found: list[Measurement], value_set: str
) -> list[Measurement]:
    """Return values newest first; of one day, without times of all, the adverse one leads."""
    untimed = {_day(m) for m in found if _time(m.observation) is None}
    sign = -1.0 if value_set in _LOW_IS_BAD else 1.0

    def rank(measurement: Measurement) -> tuple[str, float, int, float, int, str]:
        day = _day(measurement)
        time = None if day in untimed else _time(measurement.observation)
        value = -math.inf if measurement.value is None else sign * measurement.value
        adverse = _ADVERSE.index(measurement.reading)
        answer = _answer(record, measurement.observation)
        return (day, time or 0.0, adverse, value, answer, measurement.observation.id)

    return sorted(found, key=rank, reverse=True)


def _answer(record: PatientRecord, observation: Observation) -> int:
    """Return how adverse a coded answer is."""
    said = record.memberships(observation.value_codeable_concept)
    return max((n for n, answer in enumerate(_ADVERSE_ANSWERS, 1) if answer in said), default=0)


def _day(measurement: Measurement) -> str:
    return measurement.when.last.isoformat() if measurement.when else ""


def _time(observation: Observation) -> float | None:
    """Return the moment of an observation in seconds; None when its time or zone is not said."""
    written = observation.effective_date_time or observation.effective_instant or ""
    try:
        moment = datetime.fromisoformat(written) if len(written) > len("2026-03-01") else None
    except ValueError:
        return None
    return moment.timestamp() if moment is not None and moment.tzinfo is not None else None


def _measurement(record: PatientRecord, observation: Observation, title: str) -> Measurement:
    period = observation.effective_period
    when = record.dated(
        observation.effective_date_time,
        observation.effective_instant,
        period.end if period else None,
        period.start if period else None,
        observation.issued,
    )
    quantity = observation.value_quantity
    value = quantity.value if quantity else observation.value_integer
    unit = (quantity.code or quantity.unit or "") if quantity else ""
    comparator = (quantity.comparator or "") if quantity else ""
    reading = _reading(record, observation)
    than = comparator if comparator in _COMPARATORS else ""
    shown = f" {than}{value:g} {_plain(unit)}".rstrip() if value is not None else ""
    dated = when.text if when else ""
    says = f"{title}{shown}"
    return Measurement(
        observation,
        when,
        value,
        unit,
        comparator,
        reading,
        Evidence(Origin.CODED, observation.reference, dated, says=says),
    )


def _plain(unit: str) -> str:
    """Return a unit for the card: UCUM annotations are left out, and so is anything odd."""
    if unit.startswith("{") or len(unit) > 12:
        return ""
    if unit.replace("/", "").isalnum():  # nearly every one: mg/L
        return unit
    return unit if all(c.isalnum() or c in "/%.*[]µ" for c in unit) else ""


_INTERPRETATIONS = {
    "interpretation-high": Reading.HIGH,
    "interpretation-low": Reading.LOW,
    "interpretation-normal": Reading.NORMAL,
}


def _reading(record: PatientRecord, observation: Observation) -> Reading:
    """Return the laboratory's interpretation; without one, the value against its own range.

    A flag that a value is normal does not stand against its own range, nor "low" against "high".
    See FHIR R4, Observation.interpretation and Observation.referenceRange.
    """
    found: set[Reading] = set()
    for concept in observation.interpretation:
        memberships = record.memberships(concept)
        found |= {reading for vs, reading in _INTERPRETATIONS.items() if vs in memberships}
    by_range = _by_range(observation)
    if not found:
        return by_range
    out_of_range = {by_range} & {Reading.LOW, Reading.HIGH}
    return found.pop() if len(found | out_of_range) == 1 else Reading.NOT_COMPUTABLE


def _by_range(observation: Observation) -> Reading:
    quantity = observation.value_quantity
    if quantity is None or quantity.value is None or len(observation.reference_range) != 1:
        return Reading.NOT_COMPUTABLE
    limits = observation.reference_range[0]
    return _against(quantity, limits.low, limits.high)


def _against(value: Quantity, low: Quantity | None, high: Quantity | None) -> Reading:
    """Compare with the range, aware of comparators and units; unlike units cannot be compared."""
    limits = [limit for limit in (low, high) if limit is not None and limit.value is not None]
    if not limits or not all(_same_unit(value, limit) for limit in limits):
        return Reading.NOT_COMPUTABLE
    at_least = value.comparator not in ("<", "<=")
    at_most = value.comparator not in (">", ">=")
    number = value.value or 0.0
    if high is not None and high.value is not None and number > high.value and at_least:
        return Reading.HIGH
    if low is not None and low.value is not None and number < low.value and at_most:
        return Reading.LOW
    if value.comparator:
        return _open_ended(value, low, high)
    return Reading.NORMAL


def _open_ended(value: Quantity, low: Quantity | None, high: Quantity | None) -> Reading:
    """Read ``<5`` as normal only when everything below 5 is, and ``>60`` only likewise.

    A lower limit of 0 is none: nothing that a laboratory gives a range for lies below.
    """
    number = value.value or 0.0
    below = value.comparator in ("<", "<=") and not (low and low.value)
    if below and high is not None and high.value is not None and number <= high.value:
        return Reading.NORMAL
    above = value.comparator in (">", ">=") and high is None
    if above and low is not None and low.value is not None and number >= low.value:
        return Reading.NORMAL
    return Reading.NOT_COMPUTABLE


def _same_unit(value: Quantity, limit: Quantity) -> bool:
    """Whether both have the same unit, by code or by its text; a limit without unit has it too."""
    if limit.code and value.code:
        return limit.code == value.code
    return not (limit.unit or limit.code) or limit.unit == value.unit


def first_evidence(found: Iterable[Measurement | None]) -> tuple[Evidence, ...]:
    """Return the evidence of those that exist."""
    return tuple(m.evidence for m in found if m is not None)
