"""The opioid table: ingredients with their factors, and RxNorm products with their strengths."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cds_service.engine.codes import RXNORM, canonical, load_yaml
from cds_service.engine.resources import CodeableConcept
from hooks.spine.words import words

_FOLDER = Path(__file__).parent


class Ingredient(msgspec.Struct, frozen=True, gc=False):
    """One opioid; ``factor`` turns mg a day into MME a day, ``patch_factor`` mcg an hour."""

    rxcui: str
    name: str
    factor: float | None
    patch_factor: float | None


class Product(msgspec.Struct, frozen=True, gc=False):
    """An opioid as a medicine names it; strength is None when only the ingredient is known.

    ``unit`` is that of the strength (MG, MG/ML, MG/HR); ``calculable`` is False for forms whose
    dose the factors do not cover.
    """

    ingredient: Ingredient
    strength: float | None = None
    unit: str = ""
    is_patch: bool = False
    calculable: bool = True


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = load_yaml(_FOLDER / "factors.yaml")
    return facts


@cache
def ingredients() -> dict[str, Ingredient]:
    """Return all opioid ingredients by RxNorm code."""
    return {
        rxcui: Ingredient(
            rxcui, entry["name"], entry.get("factor"), entry.get("transdermal factor per mcg/h")
        )
        for rxcui, entry in _facts()["ingredients"].items()
    }


@cache
def products() -> dict[str, Product]:
    """Return all known opioid products by RxNorm code, ingredients included."""
    found = {rxcui: Product(ingredient) for rxcui, ingredient in ingredients().items()}
    with (_FOLDER / "products.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found[row["rxcui"]] = _product(row)
    return found


def _product(row: dict[str, str]) -> Product:
    is_patch = row["dose_form_rxcui"] == _facts()["transdermal dose form"]
    is_oral = row["dose_form"] in _facts()["oral dose forms"]
    cough_and_cold = row["unit"] == "MG/ML" and not _partners_allowed(row["name"])
    return Product(
        ingredients()[row["ingredient_rxcui"]],
        float(row["strength"]),
        row["unit"],
        is_patch,
        calculable=is_patch or (is_oral and not cough_and_cold),
    )


def _partners_allowed(name: str) -> bool:
    parts = name.lower().split(" / ")
    allowed = _facts()["liquid partners"]
    opioids = [ingredient.name for ingredient in ingredients().values()]
    return all(any(word in part for word in (*allowed, *opioids)) for part in parts)


@cache
def _names() -> dict[str, Ingredient]:
    """Return every ingredient name and every brand name of the table, in lower case."""
    found = {ingredient.name: ingredient for ingredient in ingredients().values()}
    with (_FOLDER / "products.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            name, _, brand = row["name"].partition("[")
            if brand and name:
                found.setdefault(brand.rstrip("]").lower(), ingredients()[row["ingredient_rxcui"]])
    return found


def opioid_of(medicine: CodeableConcept) -> Product | None:
    """Return the opioid that a medicine is: by RxNorm code, else by a name in its words.

    An opioid known only by its name has no strength, so that its dose counts in milligrams only.
    """
    for coding in medicine.coding:
        if coding.system and coding.code:
            system, code = canonical(coding.system, coding.code)
            if system == RXNORM and code in products():
                return products()[code]
    said = _said(medicine)
    names = sorted(said & _names().keys())
    if not names:
        return None
    return Product(_names()[names[0]], is_patch=not said.isdisjoint({"transdermal", "patch"}))


def _said(medicine: CodeableConcept) -> frozenset[str]:
    return words(" ".join(filter(None, [medicine.text, *(c.display for c in medicine.coding)])))


def is_named(medicine: CodeableConcept | None) -> bool:
    """Whether a medicine can be told at all (rule 3): it has words.

    A code alone that the table does not know may be an opioid newer than the table.
    """
    return medicine is not None and bool(_said(medicine))
