"""The opioid table: ingredients with their factors, and RxNorm products with their strengths."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from cds_service.engine.codes import RXNORM, canonical, load_yaml
from cds_service.engine.datatypes import CodeableConcept, Coding
from hooks.spine.words import words

_FOLDER = Path(__file__).parent


class Ingredient(msgspec.Struct, frozen=True, gc=False):
    """One opioid; ``factor`` turns mg a day into MME a day, ``patch_factor`` mcg an hour.

    ``is_weak`` says that it belongs to step II of the WHO analgesic ladder.
    """

    rxcui: str
    name: str
    factor: float | None
    patch_factor: float | None
    is_weak: bool = False


class Product(msgspec.Struct, frozen=True, gc=False):
    """An opioid as a medicine names it; strength is None when only the ingredient is known.

    ``unit`` is that of the strength (MG, MG/ML, MG/HR); ``calculable`` is False for forms whose
    dose the factors do not cover; ``is_combined`` says that milligrams may be of a partner.
    """

    ingredient: Ingredient
    strength: float | None = None
    unit: str = ""
    is_patch: bool = False
    calculable: bool = True
    is_combined: bool = False


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = load_yaml(_FOLDER / "factors.yaml")
    return facts


@cache
def ingredients() -> dict[str, Ingredient]:
    """Return all opioid ingredients by RxNorm code."""
    return {
        rxcui: Ingredient(
            rxcui,
            entry["name"],
            entry.get("factor"),
            entry.get("transdermal factor per mcg/h"),
            entry.get("weak", False),
        )
        for rxcui, entry in _facts()["ingredients"].items()
    }


@cache
def products() -> dict[str, Product]:
    """Return all known opioid products by RxNorm code, ingredients included."""
    found = {rxcui: Product(ingredient) for rxcui, ingredient in ingredients().items()}
    with (_FOLDER / "products.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            known, product = found.get(row["rxcui"]), _product(row)
            found[row["rxcui"]] = product if known is None else _with_salt(known, product)
    return found


def _with_salt(one: Product, other: Product) -> Product:
    """Return one product of two rows: two salts of the same opioid in one tablet add up."""
    same = one.ingredient is other.ingredient and one.unit == other.unit
    if not same or one.strength is None or other.strength is None:
        return replace(one, calculable=False)
    return replace(one, strength=one.strength + other.strength)


def _product(row: dict[str, str]) -> Product:
    is_patch = row["dose_form_rxcui"] == _facts()["transdermal dose form"]
    is_oral = row["dose_form"] in _facts()["oral dose forms"]
    cough_and_cold = not is_patch and not _partners_allowed(row["name"])
    return Product(
        ingredients()[row["ingredient_rxcui"]],
        float(row["strength"]),
        row["unit"],
        is_patch,
        calculable=is_patch or (is_oral and not cough_and_cold),
        is_combined=bool(_partners(row["name"])),
    )


def _partners(name: str) -> list[str]:
    """Return the parts of a product's name that are no opioid."""
    opioids = [ingredient.name for ingredient in ingredients().values()]
    return [part for part in name.lower().split(" / ") if not any(o in part for o in opioids)]


def _partners_allowed(name: str) -> bool:
    allowed = _facts()["partners"]
    return all(any(word in part for word in allowed) for part in _partners(name))


@cache
def product_names() -> dict[str, Ingredient]:
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

    An opioid known only by its name, or by its ingredient's code, has no strength: its dose counts
    in milligrams only, and its words tell whether it is swallowed at all.
    """
    coded = next(filter(None, map(_coded, medicine.coding)), None)
    if coded is not None and coded.strength is not None:
        return coded
    said = _said(medicine)
    names = sorted(said.intersection(product_names()))
    if coded is None and not names:
        return None
    ingredient = coded.ingredient if coded else product_names()[names[0]]
    is_patch = not said.isdisjoint({"transdermal", "patch"})
    return Product(ingredient, is_patch=is_patch, calculable=is_swallowed(said))


def _coded(coding: Coding) -> Product | None:
    if not coding.system or not coding.code:
        return None
    system, code = canonical(coding.system, coding.code)
    return products().get(code) if system == RXNORM else None


def is_swallowed(said: frozenset[str]) -> bool:
    """Whether no word of a medicine or of its route says that it is not taken by mouth."""
    return said.isdisjoint(_facts()["not swallowed"])


def _said(medicine: CodeableConcept) -> frozenset[str]:
    return words(" ".join(filter(None, [medicine.text, *(c.display for c in medicine.coding)])))


def is_named(medicine: CodeableConcept | None) -> bool:
    """Whether a medicine can be told at all (rule 3): it has words.

    A code alone that the table does not know may be an opioid newer than the table.
    """
    return medicine is not None and bool(_said(medicine))
