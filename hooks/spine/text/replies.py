"""Answers behind other marks than a colon: "Loosening - no", "Fusion (yes)", "infection (-)"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hooks.spine.chart_lexicon import chart_words

_YES = ("yes", "y", "present", "positive", "confirmed")
_NO = ("no", "n", "none", "nil", "absent", "negative", "neg")
_REPLIES = frozenset((*_YES, *_NO))
_ROMAN = frozenset(("ii", "iii", "iv"))
_OPTIONS = _REPLIES | chart_words("tables in reports")["options"]
_SIGNS = {"-": "no", "+": "yes"}
_MARKS = frozenset("-=/(,")
# Without a mark and an answer nothing is changed.
_MARKED = frozenset("-=(/+,")
_CHOICES = frozenset((*_OPTIONS, *_SIGNS))
_ENDS = frozenset(",;)/|")


def may_reply(words: Sequence[str]) -> bool:
    """Whether a sentence can hold such an answer: there is a mark and an answer."""
    return not (_CHOICES.isdisjoint(words) or _MARKED.isdisjoint(words))


def replied(words: Sequence[str]) -> list[str]:
    """Return the words of a sentence with each such answer behind a colon, as its label's.

    What comes behind an answer is a part of its own, unless a colon stood before: then it is the
    answer of the level in front of it. An answer ends its part: in "solid fusion - no loosening"
    there is none. "Yes / no", of which nobody chose one, is no answer.
    """
    found: list[str] = []
    labelled, place = False, 0
    words = _without_options(words)
    while place < len(words):
        word = words[place]
        labelled = labelled or word == ":"
        answer, size = _answer(words, place, labelled=labelled)
        if answer and found and found[-1] not in _ENDS:
            found += [answer] if labelled and _is_level(found[-1]) else [":", answer]
            place += size
            if words[place : place + 1] in (["/"], [","]):
                found.append("," if labelled else ";")
                place += 1
        elif answer:  # "(-) loosening" is no answer, but a negation
            found += [answer] if answer == "no" and word == "(" else words[place : place + size]
            place += size
        elif word == "/" and found and found[-1] in _REPLIES:
            place += _after_options(words, place, found)
        else:
            is_label = word == "-" and _answer(words, place + 2, labelled=True)[0]
            found.append(":" if is_label else word)
            labelled = labelled or bool(is_label)
            place += 1
    return found


def _without_options(words: Sequence[str]) -> Sequence[str]:
    """Return the words; options that are all still offered are none, and a legend says nothing.

    "Interbody fusion: none / partial / complete"; "A = solid, B = partial, C = nonunion".
    """
    if sum(mark == "=" and _is_grade(word) for word, mark in pairwise(words)) > 1:
        return ()
    colon = len(words) - 1 - words[::-1].index(":") if ":" in words else len(words)
    offered = [word for word in words[colon + 1 :] if word not in "()[]"]
    is_list = len(offered) > 3 and set(offered[1::2]) == {"/"} and _OPTIONS.issuperset(offered[::2])
    return [*words[: colon + 1], "n/a"] if is_list else words


def _answer(words: Sequence[str], place: int, *, labelled: bool) -> tuple[str, int]:
    """Return the answer that a mark at a place brings, and how many words that takes; else 0."""
    word, rest = "".join(words[place : place + 1]), words[place + 1 : place + 4]
    if word == "(" and rest[1:2] == [")"] and rest[0] in _SIGNS:
        return _SIGNS[rest[0]], 3
    if word in _SIGNS and labelled and (not rest or rest[0] in _ENDS):
        return _SIGNS[word], 1
    if not rest or rest[0] not in _REPLIES:
        return "", 0
    if word == ":":
        return (rest[0], 2) if labelled and _is_level(words[place - 1]) else ("", 0)
    if word not in _MARKS or words[place - 1] in _REPLIES:
        return "", 0
    if word == "(":
        return (rest[0], 3) if rest[1:2] == [")"] else ("", 0)
    return (rest[0], 2) if len(rest) == 1 or rest[1] in _ENDS else ("", 0)


def _after_options(words: Sequence[str], place: int, found: list[str]) -> int:
    """Take back an answer that was only offered; return how many words were read."""
    if words[place + 1 : place + 2] and words[place + 1] in _REPLIES:
        if len(words) == place + 2:
            found[-1] = "n/a"
            return 2
        found.append("/")
    else:
        found.append(",")
    return 1


def _is_grade(word: str) -> bool:
    return len(word) == 1 or word in _ROMAN


def _is_level(word: str) -> bool:
    return word[:1] in ("t", "l", "s", "c") and word[1:2].isdigit()
