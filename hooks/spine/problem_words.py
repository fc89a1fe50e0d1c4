"""Where the name of a problem says a word, and what it says around that word."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, takewhile
from typing import Any, NamedTuple

import re2

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.words import in_order

WORDS = chart_words("problems")
_PARTS = str.maketrans(",;", "\n\n")


def _either(phrases: frozenset[str]) -> str:
    """Return a pattern of any of the phrases, the longest first."""
    return "|".join(map(re2.escape, sorted(phrases, key=lambda p: (-len(p), p))))


_NOT_ENDED = re2.compile(
    f" (?:(?:{_either(WORDS['not ended before'])})(?: (?:{_either(WORDS['not ended between'])}))*"
    f" (?:{_either(WORDS['not ended'])})|{_either(WORDS['not ended, whole'])})\\b"
)


class Place(NamedTuple):
    """The words around one word: of its part in front and behind, near behind, of later parts."""

    before: list[str]
    word: str
    near: list[str]  # up to what is of something else, and later parts that say what became of it
    behind: list[str]
    later: list[list[str]]
    is_bare: bool  # a later part that says no more than the word


def places(name: str, terms: frozenset[str]) -> Iterator[Place]:
    """Return each place where a name says one of the terms, in its order."""
    if not terms:
        return
    finder, is_later = _finder(terms), False
    parts = list(
        chain.from_iterable(_headed(part, finder) for part in name.translate(_PARTS).split("\n"))
    )
    for number, part in enumerate(parts):
        later = [other.split() for other in parts[number + 1 :]]
        said = is_later
        for found in finder.finditer(part):
            before, behind = part[: found.start()].split(), part[found.end() :].split()
            became = takewhile(_is_of_it, later)
            near = [*takewhile(_goes_on, behind), *chain.from_iterable(became)]
            is_bare = said and not {*before, *behind} - WORDS["listing"]
            yield Place(before, found.group().strip(), near, behind, later, is_bare)
            is_later = True


@lru_cache(maxsize=64)
def _finder(terms: frozenset[str]) -> Any:
    return re2.compile(f" (?:{_either(terms)})\\b")


def _headed(part: str, finder: Any) -> list[str]:
    """Return a part, in two where a heading names the term; without it, where both do."""
    head, colon, rest = part.partition(":")
    title, told = _spaced(head), _spaced(rest)
    if not colon or not finder.search(title):
        return [_spaced(part)]
    is_title = not set(finder.sub("", title).split()) - WORDS["saying"]
    return [told] if is_title and finder.search(told) else [title, told]


def _spaced(part: str) -> str:
    """Return the words of a part with a blank around each, without what has not ended."""
    said: str = _NOT_ENDED.sub(" still", f" {' '.join(in_order(part.replace('-', ' ')))} ")
    return said


def _goes_on(word: str) -> bool:
    return word not in WORDS["ends it"]


def _is_of_it(part: list[str]) -> bool:
    """Whether a part says no more than what became of the one before: ", resolved 2021"."""
    return all(word.isdigit() or word in WORDS["alone"] for word in part)
