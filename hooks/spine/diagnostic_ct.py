"""Whether a SPECT/CT says that its own CT is of diagnostic quality (clinical.md 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.words import in_order

_WORDS = chart_words("diagnostic ct")
_ASKING, _SHOWING, _DATING = _WORDS["asking"], _WORDS["showing"], _WORDS["dating"]
_AGAINST, _OF_ANOTHER = _ASKING | _WORDS["against"], _WORDS["of another"]
_PHRASES, _DOUBTED, _NO_CONTRAST = (
    tuple(f" {phrase} " for phrase in sorted(_WORDS[group]))
    for group in ("phrases", "doubted", "no contrast")
)
_FEW = 8  # words right behind a phrase
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_ENDS = str.maketrans(dict.fromkeys(".;!?", "\n"))
_LABEL = 3  # words of a heading at most


def has_diagnostic_ct(bodies: Iterable[str]) -> bool:
    """Whether one sentence says that the CT is diagnostic, and none says anything against it."""
    claims = [claim for body in bodies for claim in _claims(body)]
    return any(claims) and None not in claims


def _claims(body: str) -> Iterator[bool | None]:
    """Yield True for a sentence that claims a diagnostic CT, None for one that speaks against it.

    A heading counts for the sentences up to the next one: a comparison is of another examination.
    """
    heading = ""
    for sentence in filter(str.strip, body.translate(_ENDS).split("\n")):
        label, colon, _ = sentence.partition(":")
        alone = sentence.isupper() and len(sentence.split()) <= _LABEL
        if alone or (colon and len(label.split()) <= _LABEL):
            heading = label
        said = _in_words(sentence)
        if any(words in said for words in _DOUBTED):
            yield None
        elif any(phrase in said for phrase in _PHRASES):
            of_heading = _in_words(heading).split()
            is_against = _AGAINST.intersection(of_heading) or any(map(_is_against, _around(said)))
            is_of_another = _OF_ANOTHER.intersection(said.split() + of_heading)
            yield None if is_against else not (is_of_another or _names_another_day(said.split()))


def _in_words(sentence: str) -> str:
    """Return the words of a sentence between blanks; without contrast is not without a CT."""
    said = f" {' '.join(in_order(sentence))} ".replace("-", " ")
    for contrast in _NO_CONTRAST:
        said = said.replace(contrast, " ")
    return said


def _around(said: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield what stands before and behind each phrase for a diagnostic CT."""
    for phrase in _PHRASES:
        before, *later = said.split(phrase)
        for behind in later:
            yield before.split(), behind.split()
            before = f"{before} {behind}"


def _is_against(around: tuple[list[str], list[str]]) -> bool:
    """Whether words before a phrase, or the few right behind it, speak against it.

    What the CT shows, or does not, is no word against it: "shows no loosening". A CT may be asked
    for at the end of a long sentence.
    """
    before, behind = around
    if _AGAINST.intersection(before) or behind in (["no"], ["none"]):
        return True
    days = {place for day in _days(behind) for place in day}
    until = list(takewhile(lambda place: behind[place] not in _SHOWING, range(len(behind))))
    near = {behind[place] for place in until[:_FEW] if place not in days}
    asks = _ASKING.intersection(behind[place] for place in until)
    return bool(asks or near & (_AGAINST - {"no", "without"}))


def _days(said: list[str]) -> Iterator[range]:
    """Yield the places of each written day or year: "01 05 2026", "5 may 2026"."""
    is_part = [word.isdigit() or _is_month(word) for word in said]
    start = 0
    for place in range(len(said) + 1):
        if place == len(said) or not is_part[place]:
            if any(map(_is_year, said[start:place])):
                yield range(start, place)
            start = place + 1


def _names_another_day(said: list[str]) -> bool:
    """Whether a year is that of another examination: "CT of 05/01/2024", or a year alone."""
    return any(len(day) == 1 or said[day.start - 1] in _DATING for day in _days(said))


def _is_month(word: str) -> bool:
    return len(word) >= len("may") and any(month.startswith(word) for month in _MONTHS)


def _is_year(word: str) -> bool:
    """Whether a word is a year."""
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")
