"""What the words of an order say it is, and about which region: lumbar spine to pelvis or not."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cds_service.engine.codes import load_yaml
from hooks.spine.levels import Levels, parse_levels
from hooks.spine.words import in_order, words

_LEXICON = Path(__file__).with_name("order_lexicon.yaml")
_PARTS = str.maketrans(dict.fromkeys(":,.()\n", ";"))
_LIMIT = 2_000  # characters; a title is never longer


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


class _Part(NamedTuple):
    """One part of a text: the words that say what is asked, and those for or before what."""

    asked: list[str]
    ahead: list[list[str]]


def region_of_code(text: str, *, is_anterior: bool) -> Region:
    """Return the region that the words of a code for any part of the spine name.

    Its name says "vertebral segments" whatever the region. Anterior instrumentation is most often
    of the neck, so that only a word for the lower spine places it here.
    """
    said, lexicon = words(text), order_lexicon()
    here = lexicon["lumbar"] if is_anterior else lexicon["spine"] - lexicon["of any region"]
    region = region_of_text(text)
    return Region.NOT_SAID if region is Region.IN_SCOPE and not said & here else region


def act_of_text(text: str) -> Act | None:
    """Return the act that an order without a known code names in its own words, if any."""
    text = text[:_LIMIT]
    if words(text).isdisjoint(_act_verbs()) or not _is_of_an_operation_here(text):
        return None
    said, lexicon = words(text), order_lexicon()
    parts = [_part(part) for part in text.translate(_PARTS).split(";") if part.strip()]
    asked = words(" ; ".join(" ".join(part.asked) for part in parts))
    if asked & lexicon["revision verbs"] and _is_revised(asked, said, parts):
        return Act.REINSERTION
    if asked & lexicon["removal verbs"] and _names_hardware(asked, text):
        if asked & lexicon["anterior"]:
            return None
        replaces = any(_is_new_fixation(what) for part in parts for what in part.ahead)
        return Act.REINSERTION if replaces else Act.REMOVAL
    return Act.FUSION if asked & lexicon["fusion verbs"] else None


def act_of_history(title: str) -> Act | None:
    """Return the act that the name of a past operation tells, which may say that it is past."""
    told = title[:_LIMIT]
    if words(told).isdisjoint(_act_verbs()):
        return None
    for past in order_lexicon()["past"]:
        before, found, behind = told.lower().partition(past)
        is_word = not (before[-1:].isalnum() or behind[:1].isalnum())
        if found and is_word and _is_plain(in_order(before)):
            told = before + told[len(before) + len(past) :]
    first, _, behind = told.partition(" ")
    if first.lower() == "post" and _is_plain(in_order(behind), "fusion verbs"):
        told = behind
    return act_of_text(told)


def _is_of_an_operation_here(text: str) -> bool:
    """Whether a text names the lower spine and nothing that makes it something else."""
    said, lexicon = words(text), order_lexicon()
    names_spine = bool(said & lexicon["spine"]) or parse_levels(text).reaches_lumbar
    if not names_spine or said & lexicon["not an operation"]:
        return False
    return region_of_text(text) is not Region.ELSEWHERE and not _is_beside_an_act(text)


def _is_revised(asked: frozenset[str], said: frozenset[str], parts: list[_Part]) -> bool:
    """Whether what is revised is a fusion or hardware; the reason names it where nothing else does.

    "Revision for nonunion of lumbar fusion" is one of that fusion.
    """
    objects = order_lexicon()["revision objects"]
    return bool(asked & objects) or (
        bool(said & objects) and any(_lacks_an_object(part.asked) for part in parts)
    )


def _lacks_an_object(asked: list[str]) -> bool:
    lexicon = order_lexicon()
    if not lexicon["revised besides"].isdisjoint(asked):
        return False
    return any(
        word in lexicon["revision verbs"] and _is_plain(asked[place + 1 : place + 2])
        for place, word in enumerate(asked)
    )


def _is_plain(said: list[str], *groups: str) -> bool:
    """Whether words say no more than which patient, part of the spine or kind of operation."""
    lexicon = order_lexicon()
    plain = lexicon["surgery"] | lexicon["spine"] | lexicon["plain"] | lexicon["asking"]
    plain = plain.union(*(lexicon[group] for group in groups))
    return all(word in plain or word.isdigit() or parse_levels(word) for word in said)


def _names_hardware(asked: frozenset[str], text: str) -> bool:
    """Whether words name hardware; "implant" is of the spine only beside a word or level of it."""
    lexicon, levels = order_lexicon(), parse_levels(text)
    objects = asked & lexicon["removal objects"]
    if not objects or objects - lexicon["of any kind"]:
        return bool(objects)
    at_vertebrae = Levels(levels.interspaces, levels.vertebrae).reaches_lumbar
    return at_vertebrae or bool(words(text) & lexicon["vertebral"])


def _is_new_fixation(what: list[str]) -> bool:
    """Whether a removal for this, or before or during it, is a part of a revision."""
    lexicon = order_lexicon()
    verbs = lexicon["revision verbs"] | lexicon["fusion verbs"]
    place = next((place for place, word in enumerate(what) if word in verbs), None)
    if place is None or not _is_plain(what[:place]):
        return False
    if lexicon["revision verbs"].isdisjoint(what):
        return lexicon["of an old fusion"].isdisjoint(what)
    if not lexicon["revision objects"].isdisjoint(what):
        return True
    return lexicon["revised besides"].isdisjoint(what)


def _part(text: str) -> _Part:
    """Return what a part of a text asks for, and not after what or for what.

    "Brace after lumbar fusion" asks for a brace. Of "surgery for removal of screws" the second part
    is what is asked.
    """
    said, lexicon = [w for w in in_order(text) if w.strip("-'")], order_lexicon()
    part = _Part([], [])
    current = part.asked
    for place, word in enumerate(said):
        reason = _reason(word, " ".join(said[place : place + 2]))
        if reason and not (current is part.asked and _introduces_an_act(word, current)):
            current = []
            if reason in lexicon["ahead"]:
                part.ahead.append(current)
        else:
            current.append(word)
    is_another = _is_care(part.asked) or words(text) & lexicon["another part"]
    return _Part([], []) if is_another else part


def _reason(word: str, pair: str) -> str:
    """Return the word or pair of words with which a reason begins; empty without any."""
    lexicon = order_lexicon()
    if pair in lexicon["no reasons"]:
        return ""
    return next((said for said in (pair, word) if said in lexicon["reasons"]), "")


def _introduces_an_act(word: str, before: list[str]) -> bool:
    """Whether "for" stands behind a word for surgery or its booking, and not behind an act."""
    lexicon = order_lexicon()
    if word != "for" or not _act_verbs().isdisjoint(before):
        return False
    if lexicon["surgery"].issuperset(before):
        return True
    return before[-1] not in lexicon["asked instead"] and not lexicon["asking"].isdisjoint(before)


def _is_care(asked: list[str]) -> bool:
    """Whether a part asks for care around an operation; "under anesthesia" is a detail of one."""
    lexicon, verbs = order_lexicon(), _act_verbs()
    for place, word in enumerate(asked):
        if word in verbs:
            return False
        is_detail = not lexicon["details"].isdisjoint(asked[max(0, place - 2) : place])
        if word in lexicon["care"] and not is_detail and asked[place + 1 : place + 2] != ["and"]:
            return True
    return False


def _is_beside_an_act(text: str) -> bool:
    """Whether a word for an examination or a supply comes before any verb of an operation."""
    lexicon, verbs = order_lexicon(), _act_verbs()
    beside = lexicon["imaging"] | lexicon["beside"]
    return next((w in beside for w in in_order(text) if w in verbs or w in beside), False)


@cache
def _act_verbs() -> frozenset[str]:
    lexicon = order_lexicon()
    return lexicon["removal verbs"] | lexicon["revision verbs"] | lexicon["fusion verbs"]
