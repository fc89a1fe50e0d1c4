"""Daily opioid dose in morphine milligram equivalents, from the dosages of one medicine."""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.engine.resources import Dosage, DoseAndRate, Quantity, Timing
from hooks.spine.opioids.products import Product, is_swallowed
from hooks.spine.words import words

_DAYS = {"d": 1.0, "h": 1 / 24, "wk": 7.0, "min": 1 / 1440, "mo": 30.0}
_TIMES_A_DAY = {
    "QD": 1.0,
    "AM": 1.0,
    "PM": 1.0,
    "BID": 2.0,
    "TID": 3.0,
    "QID": 4.0,
    "QOD": 0.5,
    "Q4H": 6.0,
    "Q6H": 4.0,
}
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
    total = 0.0
    for dosage in dosages:
        milligrams, times = _milligrams(product, dosage), _times_a_day(dosage.timing)
        if milligrams is None or times is None:
            return None
        total += milligrams * times
    return total * factor


def _is_swallowed(dosage: Dosage) -> bool:
    route = dosage.route
    said = [route.text, *(c.display for c in route.coding)] if route else []
    return is_swallowed(words(" ".join(filter(None, said))))


def is_as_needed(dosages: Sequence[Dosage]) -> bool:
    """Whether every dosage is taken only as needed."""
    return bool(dosages) and all(
        dosage.as_needed_boolean is True or dosage.as_needed_codeable_concept is not None
        for dosage in dosages
    )


def schedule(dosages: Sequence[Dosage]) -> tuple[float | None, ...]:
    """Return how often a day each dosage is taken; None where its timing does not say."""
    return tuple(_times_a_day(dosage.timing) for dosage in dosages)


def _patches(product: Product, dosages: Sequence[Dosage]) -> float | None:
    factor = product.ingredient.patch_factor
    if factor is None:
        return None
    total = 0.0
    for dosage in dosages:
        rate = _micrograms_an_hour(product, dosage)
        if rate is None:
            return None
        total += rate
    return total * factor


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
    for entry in dosage.dose_and_rate:
        quantity = _highest(entry)
        if quantity is None or quantity.value is None:
            continue
        unit = _unit(quantity)
        if unit in _MILLIGRAMS:
            return quantity.value * _MILLIGRAMS[unit]
        if product.strength is None:
            continue
        if unit in _PIECES and product.unit == "MG":
            return quantity.value * product.strength
        if unit == "ml" and product.unit == "MG/ML":
            return quantity.value * product.strength
    return None


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
    if repeat is not None and repeat.period and repeat.period_unit in _DAYS:
        often = repeat.frequency_max or repeat.frequency or 1
        return often / (repeat.period * _DAYS[repeat.period_unit])
    for coding in timing.code.coding if timing.code else ():
        if coding.code in _TIMES_A_DAY:
            return _TIMES_A_DAY[coding.code]
    return None
