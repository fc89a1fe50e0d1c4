"""Daily opioid dose in morphine milligram equivalents, from the dosages of one medicine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

from cds_service.engine.datatypes import Dosage, DoseAndRate, Quantity, Ratio, Timing
from hooks.spine.opioids.products import Product, is_swallowed
from hooks.spine.words import words

_DAYS = {"d": 1.0, "h": 1 / 24, "wk": 7.0, "min": 1 / 1440, "mo": 30.0}
# FHIR R4, value set timing-abbreviation.
_TIMES_A_DAY = {
    "QD": 1.0,
    "AM": 1.0,
    "PM": 1.0,
    "BID": 2.0,
    "TID": 3.0,
    "QID": 4.0,
    "QOD": 0.5,
    "Q1H": 24.0,
    "Q2H": 12.0,
    "Q3H": 8.0,
    "Q4H": 6.0,
    "Q6H": 4.0,
    "Q8H": 3.0,
    "BED": 1.0,
    "WK": 1 / 7,
    "MO": 1 / 30,
}
_SHORTEST = 1 / 1440  # days: nobody takes a dose more often than every minute
_MILLIGRAMS = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}
_PIECES = ("tablet", "tbl", "tab", "pill", "capsule", "cap", "patch", "each", "1")


def mme_per_day(product: Product, dosages: Sequence[Dosage]) -> float | None:
    """Return the highest MME a day that the dosages allow; None when it cannot be computed.

    Missing strength, dose or frequency is None, never 0. See clinical.md, 3.7 (CDC 2022 factors).
    """
    if not dosages or not product.calculable:
        return None
    if product.is_patch:
        return _patches(product, dosages)
    if not all(map(_is_swallowed, dosages)):
        return None
    factor = product.ingredient.factor
    if factor is None:
        return None
    total = _most_at_once(dosages, partial(_milligrams_a_day, product))
    return None if total is None else total * factor


def _most_at_once(
    dosages: Sequence[Dosage], amount_of: Callable[[Dosage], float | None]
) -> float | None:
    """Return the highest amount of a day; None when that of any dosage cannot be computed.

    Dosages of different sequence follow each other, all others are taken together (FHIR Dosage).
    """
    by_sequence: dict[int | None, float] = defaultdict(float)
    for dosage in dosages:
        amount = amount_of(dosage)
        if amount is None:
            return None
        by_sequence[dosage.sequence] += amount
    throughout = by_sequence.pop(None, 0.0)
    return throughout + max(by_sequence.values(), default=0.0)


def _milligrams_a_day(product: Product, dosage: Dosage) -> float | None:
    milligrams, times = _milligrams(product, dosage), _times_a_day(dosage.timing)
    if milligrams is None or times is None:
        return None
    most = _most_a_day(product, dosage.max_dose_per_period)
    return milligrams * times if most is None else min(milligrams * times, most)


def _most_a_day(product: Product, ratio: Ratio | None) -> float | None:
    """Return the mg that a dosage allows within one day; None when it does not say."""
    period = ratio.denominator if ratio else None
    if ratio is None or period is None or period.value is None:
        return None
    if period.value * _DAYS.get(_unit(period).removesuffix("ay"), 0.0) != 1.0:
        return None
    most = _in_milligrams(product, ratio.numerator)
    return most if most is not None and most > 0 else None


def _is_swallowed(dosage: Dosage) -> bool:
    route = dosage.route
    said = [route.text, *(c.display for c in route.coding)] if route else []
    return is_swallowed(words(" ".join(filter(None, said))))


def is_as_needed(dosages: Sequence[Dosage]) -> bool:
    """Whether every dosage is taken only as needed."""
    return bool(dosages) and all(map(_if_needed, dosages))


def is_at_most(dosages: Sequence[Dosage]) -> bool:
    """Whether any dosage is taken only as needed: the dose is the most that may be taken."""
    return any(map(_if_needed, dosages))


def _if_needed(dosage: Dosage) -> bool:
    return dosage.as_needed_boolean is True or dosage.as_needed_codeable_concept is not None


def is_unscheduled(dosages: Sequence[Dosage]) -> bool:
    """Whether words alone say when the dosages are taken: no timing, and not all as needed."""
    timed = any(_has_timing(dosage) and not is_as_needed([dosage]) for dosage in dosages)
    return bool(dosages) and not timed and not is_as_needed(dosages)


def _has_timing(dosage: Dosage) -> bool:
    """Whether a dosage has a structured timing or a rate, or says that it is not as needed."""
    timing = dosage.timing
    coded = timing is not None and timing.code is not None and bool(timing.code.coding)
    repeated = timing is not None and timing.repeat is not None
    runs = any(entry.rate_quantity for entry in dosage.dose_and_rate)
    return coded or repeated or runs or dosage.as_needed_boolean is False


def schedule(dosages: Sequence[Dosage]) -> tuple[float | None, ...]:
    """Return how often a day each dosage is taken; None where its timing does not say."""
    return tuple(_times_a_day(dosage.timing) for dosage in dosages)


def _patches(product: Product, dosages: Sequence[Dosage]) -> float | None:
    factor = product.ingredient.patch_factor
    if factor is None:
        return None
    total = _most_at_once(dosages, partial(_micrograms_an_hour, product))
    return None if total is None else total * factor


def _micrograms_an_hour(product: Product, dosage: Dosage) -> float | None:
    for entry in dosage.dose_and_rate:
        for quantity in (entry.rate_quantity, entry.dose_quantity):
            unit = _unit(quantity)
            if quantity is None or quantity.value is None:
                continue
            if unit in ("ug/h", "mcg/h", "mcg/hr", "ug/hr"):
                return quantity.value
            if unit in _PIECES and product.strength is not None and product.unit == "MG/HR":
                return quantity.value * product.strength * 1000
    return None


def _milligrams(product: Product, dosage: Dosage) -> float | None:
    """Return the highest single dose in mg."""
    doses = (_in_milligrams(product, _highest(entry)) for entry in dosage.dose_and_rate)
    return next((dose for dose in doses if dose is not None), None)


def _in_milligrams(product: Product, quantity: Quantity | None) -> float | None:
    """Return an amount in mg of the opioid; mg of a combined product may be those of a partner."""
    if quantity is None or quantity.value is None:
        return None
    unit = _unit(quantity)
    if unit in _MILLIGRAMS:
        return None if product.is_combined else quantity.value * _MILLIGRAMS[unit]
    if product.strength is None:
        return None
    counted = (unit in _PIECES and product.unit == "MG") or (
        unit == "ml" and product.unit == "MG/ML"
    )
    return quantity.value * product.strength if counted else None


def _highest(entry: DoseAndRate) -> Quantity | None:
    if entry.dose_quantity is not None:
        return entry.dose_quantity
    return entry.dose_range.high if entry.dose_range else None


def _unit(quantity: Quantity | None) -> str:
    if quantity is None:
        return ""
    unit = (quantity.code or quantity.unit or "").strip().strip("{}").lower()
    return unit.removesuffix("s") if unit.endswith("s") else unit


def _times_a_day(timing: Timing | None) -> float | None:
    """Return the highest number of doses a day; None when the timing does not say."""
    if timing is None:
        return None
    repeat = timing.repeat
    days = (repeat.period or 0.0) * _DAYS.get(repeat.period_unit or "", 0.0) if repeat else 0.0
    if repeat is not None and days >= _SHORTEST:
        return (repeat.frequency_max or repeat.frequency or 1) / days
    for coding in timing.code.coding if timing.code else ():
        if coding.code in _TIMES_A_DAY:
            return _TIMES_A_DAY[coding.code]
    return None
