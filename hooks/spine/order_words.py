"""What the words of an order say it is, and about which region: lumbar spine to pelvis or not."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

from cds_service.engine.codes import load_yaml
from hooks.spine.levels import parse_levels
from hooks.spine.words import in_order, words

_LEXICON = Path(__file__).with_name("order_lexicon.yaml")


class Act(StrEnum):
    """What one order asks for, as far as these guidelines tell orders apart."""

    REMOVAL = "removal"
    REINSERTION = "reinsertion"
    EXPLORATION = "exploration"
    FUSION = "fusion"
    INSTRUMENTATION = "instrumentation"


class Region(StrEnum):
    """Whether an order says that it is about the spine from lumbar to pelvis."""

    IN_SCOPE = "in scope"
    ELSEWHERE = "elsewhere"
    NOT_SAID = "not said"


@cache
def order_lexicon() -> dict[str, frozenset[str]]:
    """Return the words of orders by their group, read once."""
    flat: dict[str, frozenset[str]] = {}
    for name, entry in load_yaml(_LEXICON).items():
        if isinstance(entry, dict):
            flat[f"{name} verbs"] = frozenset(entry["verbs"])
            flat[f"{name} objects"] = frozenset(entry["objects"])
        else:
            flat[name] = frozenset(entry)
    return flat


def region_of_text(text: str) -> Region:
    """Return the region that the words of an order or a body site name.

    A word that is surely lumbar or below outweighs another region, unless it is the bone graft's.
    """
    said, lexicon = words(text), order_lexicon()
    if said & lexicon["elsewhere"] and (not said & lexicon["lumbar"] or "iliac crest" in said):
        return Region.ELSEWHERE
    return Region.IN_SCOPE if said & lexicon["spine"] else Region.NOT_SAID


def act_of_text(text: str) -> Act | None:
    """Return the act that an order without a known code names in its own words, if any."""
    if not text:
        return None
    said, lexicon = words(text), order_lexicon()
    names_spine = bool(said & lexicon["spine"]) or parse_levels(text).reaches_lumbar
    if not names_spine or said & lexicon["not an operation"]:
        return None
    if region_of_text(text) is Region.ELSEWHERE or _is_examination(text):
        return None
    if said & lexicon["revision verbs"] and said & lexicon["revision objects"]:
        return Act.REINSERTION
    if said & lexicon["removal verbs"] and said & lexicon["removal objects"]:
        return None if said & lexicon["anterior"] else Act.REMOVAL
    return Act.FUSION if said & lexicon["fusion verbs"] else None


def _is_examination(text: str) -> bool:
    """Whether an imaging word comes before any verb of an operation."""
    lexicon = order_lexicon()
    verbs = lexicon["removal verbs"] | lexicon["revision verbs"] | lexicon["fusion verbs"]
    first = next((w for w in in_order(text) if w in verbs or w in lexicon["imaging"]), "")
    return first in lexicon["imaging"]
