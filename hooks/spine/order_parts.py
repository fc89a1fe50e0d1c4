"""The parts of an order's text: what each asks for, and not after what or for what."""

from __future__ import annotations

from typing import NamedTuple

from hooks.spine.levels import parse_levels
from hooks.spine.order_lexicon import act_verbs, order_lexicon
from hooks.spine.words import in_order, words

_PARTS = str.maketrans(
    dict.fromkeys(":,.\n", ";")
    | dict.fromkeys("&+", " and ")
    | dict.fromkeys("([", ";(")
    | dict.fromkeys(")]", ");")
)
_DASHES = (" - ", " – ", " — ")
_AGE = "0123456789-"


class Part(NamedTuple):
    """One part of a text: the words that say what is asked, and those for or before what.

    ``bracket`` is the number of the brackets around it; 0 without any.
    """

    asked: list[str]
    ahead: list[list[str]]
    bracket: int = 0


def parts_of(text: str) -> list[Part]:
    """Return the parts of a text; what is joined by a sign is joined by a word."""
    for dash in _DASHES:
        text = text.replace(dash, " ; ")
    first, *others = text.replace(" / ", " then ").split("/")
    for other in others:
        first += (" then " if _are_words(first[-3:], other[:3]) else "/") + other
    parts, opened, bracket = [], 0, 0
    for part in first.translate(_PARTS).split(";"):
        if part.startswith("("):
            opened += 1
            bracket = opened
        if part.strip(" ()"):
            parts.append(_part(part, bracket))
        if part.endswith(")"):
            bracket = 0
    return parts


def _are_words(end: str, beginning: str) -> bool:
    """Whether a stroke parts words, as in "removal/fusion", and not as in s/p and L4/L5."""
    return len(end) == len(beginning) == 3 and end.isalpha() and beginning.isalpha()


def is_plain(said: list[str], *groups: str) -> bool:
    """Whether words say no more than which patient, part of the spine or kind of operation."""
    lexicon = order_lexicon()
    plain = [lexicon["plain"], *(lexicon[group] for group in groups)]
    return all(
        word.isdigit() or any(unnumbered(word) in group for group in plain) or parse_levels(word)
        for word in said
    )


def unnumbered(word: str) -> str:
    """Return what stands behind the number of a word: "year-old" of "55-year-old"."""
    return word.lstrip(_AGE)


def _part(text: str, bracket: int) -> Part:
    """Return what a part of a text asks for, and not after what or for what.

    "Brace after lumbar fusion" asks for a brace. Of "surgery for removal of screws" the second part
    is what is asked.
    """
    said, lexicon = [w for w in in_order(text) if w.strip("-'")], order_lexicon()
    part = Part([], [], bracket)
    current = part.asked
    for place, word in enumerate(said):
        reason = _reason(word, " ".join(said[place : place + 2]))
        if reason and not (current is part.asked and _introduces_an_act(word, current)):
            if reason == "not" and not lexicon["needed"].isdisjoint(said[place + 1 : place + 3]):
                _deny_the_last(current)
            current = []
            if reason in lexicon["ahead"] and said[place - 1 : place] != ["not"]:
                part.ahead.append(current)
        else:
            current.append(word)
    is_another = (
        _is_care(part.asked) or _is_of_an_act(part.asked) or words(text) & lexicon["another part"]
    )
    return Part([], []) if is_another else part


def _deny_the_last(said: list[str]) -> None:
    """Take away what is not needed: all of a part, or what was joined to it last."""
    joining = order_lexicon()["joining"]
    while said and said.pop() not in joining:
        pass


def _reason(word: str, pair: str) -> str:
    """Return the word or pair of words with which a reason begins; empty without any."""
    lexicon = order_lexicon()
    if pair in lexicon["no reasons"]:
        return ""
    return next((said for said in (pair, word) if said in lexicon["reasons"]), "")


def _introduces_an_act(word: str, before: list[str]) -> bool:
    """Whether "for" stands behind a word for surgery or its booking, and not behind an act."""
    lexicon = order_lexicon()
    if word != "for" or not act_verbs().isdisjoint(before):
        return False
    if lexicon["surgery"].issuperset(before):
        return True
    return before[-1] not in lexicon["asked instead"] and not lexicon["asking"].isdisjoint(before)


def _is_care(asked: list[str]) -> bool:
    """Whether a part asks for care around an operation; "under anesthesia" is a detail of one."""
    lexicon, verbs = order_lexicon(), act_verbs()
    for place, word in enumerate(asked):
        if word in verbs:
            return False
        is_detail = not lexicon["details"].isdisjoint(asked[max(0, place - 2) : place])
        if word in lexicon["care"] and not is_detail and asked[place + 1 : place + 2] != ["and"]:
            return True
    return False


def _is_of_an_act(asked: list[str]) -> bool:
    """Whether a part asks for what belongs to an operation, as "TLIF tray" does."""
    verbs = act_verbs()
    place = next((place for place, word in enumerate(asked) if word in verbs), len(asked))
    return not order_lexicon()["of an act"].isdisjoint(asked[place + 1 : place + 2])
