"""Whether the name of a problem tells of an earlier fusion: "lumbar fusion" alone may be planned.

A word of the past must touch the fusion, with none but its kinds and levels between them.
"""

from __future__ import annotations

from itertools import chain, takewhile

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.problem_words import Place
from hooks.spine.words import in_order, words

_WORDS = chart_words("fusion in a name")
_ALAR = frozenset(("s1ai", "s2ai"))


def is_earlier(place: Place) -> bool:
    """Whether a word of the past touches the fusion named at a place, and none of planning."""
    if _is_planned(place):
        return False
    before, behind = _kinds(place)
    return _is_told_before(place.before, before) or _is_told_behind(place, behind)


def is_of_a_year(place: Place) -> bool:
    """Whether a name says no more than a fusion and its year."""
    before, behind = _kinds(place)
    is_alone = before == len(place.before) and behind == len(place.behind)
    return is_alone and not _is_planned(place) and any(map(_is_year, place.behind))


def is_over(name: str, this_year: int) -> bool:
    """Whether all years that a name says are over."""
    said = in_order(name.replace("-", " ").replace("'", " "))
    return all(int(word) < this_year for word in said if _is_year(word))


def _is_planned(place: Place) -> bool:
    return bool(_WORDS["planned"] & words(" ".join(place.near)))


def _kinds(place: Place) -> tuple[int, int]:
    """Return how many words before and behind are of the fusion's kind."""
    before = takewhile(_is_kind, reversed(place.before))
    return len([*before]), len([*takewhile(_is_kind, place.behind)])


def _is_kind(word: str) -> bool:
    return _is_level(word) or _is_year(word) or word in _WORDS["kinds"]


def _is_level(word: str) -> bool:
    number = word[1:] if word[:1] in ("c", "t", "l", "s") else word
    return word in _ALAR or (len(number) <= len("12") and _is_number(number))


def _is_year(word: str) -> bool:
    return len(word) == len("2019") and word[:2] in ("19", "20") and _is_number(word)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _is_told_before(before: list[str], kinds: int) -> bool:
    """Whether a word of the past stands before the kinds; "prior to" is of what is to come."""
    told, touching = before[: len(before) - kinds], before[len(before) - kinds :]
    if " ".join([*told[-1:], *touching[:1]]) in _WORDS["to come"]:
        return False
    return bool(_WORDS["past before"].intersection([*told[-1:], " ".join(told[-2:])]))


def _is_told_behind(place: Place, kinds: int) -> bool:
    """Whether it is said behind that the fusion is of the past, or what became of it."""
    rest = " ".join([*place.behind, *chain.from_iterable(place.later)])
    near = place.near[kinds:]
    if len(near) == 1 and near[0] in _WORDS["past at the end"]:
        return True
    is_told = bool(_WORDS["past behind"].intersection(near[:1]))
    return is_told or bool(_WORDS["became"] & words(rest))
