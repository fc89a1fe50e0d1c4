"""What the words of an order say it is, and about which region: lumbar spine to pelvis or not."""

from __future__ import annotations

from enum import StrEnum

from hooks.spine.levels import Levels, parse_levels
from hooks.spine.order_lexicon import act_verbs, order_lexicon
from hooks.spine.order_parts import Part, is_plain, parts_of
from hooks.spine.order_phrases import (
    fusions_beside_a_removal,
    is_explored,
    is_new_fixation,
    is_placed,
    is_removed,
    is_revised,
    new_fusions,
)
from hooks.spine.words import in_order, words

_LIMIT = 2_000  # characters; a title is never longer


class Act(StrEnum):
    """What one order asks for, as far as these guidelines tell orders apart."""

    REMOVAL = "removal"
    REINSERTION = "reinsertion"
    EXPLORATION = "exploration"
    FUSION = "fusion"
    INSTRUMENTATION = "instrumentation"


# What an order for several acts is first of all: removal with anything new is no removal (3.2).
_FIRST = (Act.REINSERTION, Act.FUSION, Act.INSTRUMENTATION, Act.REMOVAL, Act.EXPLORATION)


class Region(StrEnum):
    """Whether an order says that it is about the spine from lumbar to pelvis."""

    IN_SCOPE = "in scope"
    ELSEWHERE = "elsewhere"
    NOT_SAID = "not said"


def region_of_text(text: str) -> Region:
    """Return the region that the words of an order or a body site name.

    A word that is surely lumbar or below outweighs another region, unless it is the bone graft's.
    """
    said, lexicon = words(text), order_lexicon()
    if said & lexicon["elsewhere"] and (not said & lexicon["lumbar"] or "iliac crest" in said):
        return Region.ELSEWHERE
    return Region.IN_SCOPE if said & lexicon["spine"] else Region.NOT_SAID


def region_of_code(text: str, *, is_anterior: bool) -> Region:
    """Return the region that the words of a code for any part of the spine name.

    Its name says "vertebral segments" whatever the region. Anterior instrumentation is most often
    of the neck, so that only a word for the lower spine places it here.
    """
    said, lexicon = words(text), order_lexicon()
    here = lexicon["lumbar"] if is_anterior else lexicon["spine"] - lexicon["of any region"]
    region = region_of_text(text)
    return Region.NOT_SAID if region is Region.IN_SCOPE and not said & here else region


def acts_of_text(text: str) -> frozenset[Act]:
    """Return the acts that an order without a known code asks for in its own words."""
    text = text[:_LIMIT]
    if words(text).isdisjoint(act_verbs()) or not _is_of_an_operation_here(text):
        return frozenset()
    parts = parts_of(text)
    asked = words(" ; ".join(" ".join(part.asked) for part in parts))
    acts = {Act.REINSERTION} if is_revised(parts, asked, words(text)) else set()
    if is_explored(parts):
        acts.add(Act.EXPLORATION)
    if _is_hardware_here(asked, text) and is_removed(parts):
        return frozenset(acts | _beside_a_removal(parts))
    if any(new_fusions(part.asked) for part in parts) or (not acts and _names_fusion(asked)):
        acts.add(Act.FUSION)
    return frozenset(acts)


def _names_fusion(asked: frozenset[str]) -> bool:
    return bool(asked & order_lexicon()["fusion verbs"])


def _beside_a_removal(parts: list[Part]) -> set[Act]:
    """Return removal and what is asked with it; of anterior hardware it is none of ours."""
    fusions = fusions_beside_a_removal(parts)
    acts = {Act.FUSION} if fusions else set()
    anterior = order_lexicon()["anterior"]
    if _count(anterior, [part.asked for part in parts]) > _count(anterior, fusions):
        return acts
    if any(is_new_fixation(what) for part in parts for what in part.ahead):
        acts.add(Act.REINSERTION)
    if is_placed(parts):
        acts.add(Act.INSTRUMENTATION)
    return acts | {Act.REMOVAL}


def _count(group: frozenset[str], said: list[list[str]]) -> int:
    return sum(word in group for each in said for word in each)


def act_of_text(text: str) -> Act | None:
    """Return what an order in words is first of all, if any of the acts."""
    return first_of(acts_of_text(text))


def first_of(acts: frozenset[Act]) -> Act | None:
    """Return the act by which an order for several is known; None without any."""
    return next((act for act in _FIRST if act in acts), None)


def act_of_history(title: str) -> Act | None:
    """Return the act that the name of a past operation tells, which may say that it is past."""
    told = title[:_LIMIT]
    if words(told).isdisjoint(act_verbs()):
        return None
    for past in order_lexicon()["past"]:
        before, found, behind = told.lower().partition(past)
        is_word = not (before[-1:].isalnum() or behind[:1].isalnum())
        if found and is_word and is_plain(in_order(before)):
            told = before + told[len(before) + len(past) :]
    first, _, behind = told.partition(" ")
    if first.lower() == "post" and is_plain(in_order(behind), "fusion verbs"):
        told = behind
    return act_of_text(told)


def _is_of_an_operation_here(text: str) -> bool:
    """Whether a text names the lower spine and nothing that makes it something else."""
    said, lexicon = words(text), order_lexicon()
    names_spine = bool(said & lexicon["spine"]) or parse_levels(text).reaches_lumbar
    if not names_spine or said & lexicon["not an operation"] or _is_of_pelvic_ring(text):
        return False
    return region_of_text(text) is not Region.ELSEWHERE and not _is_beside_an_act(text)


def _is_hardware_here(asked: frozenset[str], text: str) -> bool:
    """Whether words name hardware; "implant" is of the spine only beside a word or level of it."""
    lexicon = order_lexicon()
    objects = asked & lexicon["removal objects"]
    if not objects or objects - lexicon["of any kind"]:
        return bool(objects)
    return _is_at_vertebrae(text) or bool(words(text) & lexicon["vertebral"])


def _is_at_vertebrae(text: str) -> bool:
    levels = parse_levels(text)
    return Levels(levels.interspaces, levels.vertebrae).reaches_lumbar


def _is_of_pelvic_ring(text: str) -> bool:
    """Whether a text names the pelvis alone, and a plate or a fracture that is not of hardware."""
    lexicon, said = order_lexicon(), in_order(text)
    ring, others = lexicon["of the ring"], lexicon["spine"] - lexicon["pelvic"]
    named = words(text)
    if named.isdisjoint(ring) or named & others or _is_at_vertebrae(text):
        return False
    before = zip(said, ["", *said], strict=False)
    return any(word in ring and last not in lexicon["hardware"] for word, last in before)


def _is_beside_an_act(text: str) -> bool:
    """Whether a word for an examination or a supply comes before any verb of an operation."""
    lexicon, verbs = order_lexicon(), act_verbs()
    beside = lexicon["imaging"] | lexicon["beside"]
    return next((w in beside for w in in_order(text) if w in verbs or w in beside), False)
