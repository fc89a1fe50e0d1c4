"""Sides: what an order is for, and where pain or prominence is documented."""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.resources import DraftOrder
from hooks.spine.words import words

BOTH = "bilateral"
_SAYS_BOTH = frozenset(("bilateral", "both", "bilaterally"))


def side_of_words(*texts: str | None) -> str:
    """Return left, right or bilateral as texts say it together; empty when they name no side."""
    said = words(" ".join(text for text in texts if text))
    if said & _SAYS_BOTH or {"left", "right"} <= said:
        return BOTH
    return next((side for side in ("left", "right") if side in said), "")


def side_of_orders(orders: Iterable[DraftOrder]) -> str:
    """Return the side that orders are for, by their own text and their body sites."""
    said: list[str | None] = []
    for order in orders:
        said.append(order.text)
        said += [name for site in order.body_sites for name in names_of(site)]
    return side_of_words(*said)


def names_of(concept: CodeableConcept) -> list[str | None]:
    """Return the words of a concept: its text, and what its codes are called."""
    return [concept.text, *(coding.display for coding in concept.coding)]


def is_opposite(one: str, other: str) -> bool:
    """Whether two sides exclude each other."""
    return {one, other} == {"left", "right"}
