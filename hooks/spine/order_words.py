"""What the words of an order say it is, and about which region: lumbar spine to pelvis or not."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

from cds_service.engine.codes import load_yaml
from hooks.spine.levels import parse_levels
from hooks.spine.words import in_order, words

_LEXICON = Path(__file__).with_name("order_lexicon.yaml")
_PARTS = str.maketrans(dict.fromkeys(":,.()\n", ";"))


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
    if region_of_text(text) is Region.ELSEWHERE or _is_beside_an_act(text):
        return None
    asked = words(_asked(text))
    if asked & lexicon["revision verbs"] and asked & lexicon["revision objects"]:
        return Act.REINSERTION
    if asked & lexicon["removal verbs"] and _names_hardware(asked, said):
        return None if asked & lexicon["anterior"] else Act.REMOVAL
    return Act.FUSION if asked & lexicon["fusion verbs"] else None


def _names_hardware(asked: frozenset[str], said: frozenset[str]) -> bool:
    """Whether words name hardware; "implant" is of the spine only beside a word for it."""
    lexicon = order_lexicon()
    objects = asked & lexicon["removal objects"]
    return bool(objects - lexicon["of any kind"]) or bool(objects and said & lexicon["vertebral"])


def _asked(text: str) -> str:
    """Return the part of a text that says what is asked, and not after what or for what.

    "Brace after lumbar fusion" asks for a brace. Of "surgery for removal of screws" the second part
    is what is asked.
    """
    return " ; ".join(_without_the_reason(part) for part in text.translate(_PARTS).split(";"))


def _without_the_reason(part: str) -> str:
    said, lexicon = in_order(part), order_lexicon()
    for place, word in enumerate(said):
        if word == "for" and lexicon["surgery"].issuperset(said[:place]):
            continue
        if word in lexicon["reasons"] or " ".join(said[place : place + 2]) in lexicon["reasons"]:
            return " ".join(said[:place])
    return part


def _is_beside_an_act(text: str) -> bool:
    """Whether a word for an examination, a supply or care comes before any verb of an operation."""
    lexicon = order_lexicon()
    verbs = lexicon["removal verbs"] | lexicon["revision verbs"] | lexicon["fusion verbs"]
    beside = lexicon["imaging"] | lexicon["beside"]
    return next((w in beside for w in in_order(text) if w in verbs or w in beside), False)
