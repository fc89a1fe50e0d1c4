"""A text to its sentences: sections by their headings, sentences with their offsets.

Every offset is one of the text as it was given; wrapped lines are joined, list items are not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache

import msgspec
from msgspec.structs import replace

from hooks.spine.text.headings import (
    UNCOUNTED,
    by_heading,
    entered,
    named,
    opens_another,
    words_like,
)
from hooks.spine.text.plain import LIMIT

_WRAPPED = 60  # a line at least this long that ends in the middle may go on in the next
_DICTATED = 2  # spoken full stops from which a text is taken for dictated
_SPOKEN = (
    (" period", "."),
    (" full stop", "."),
    (" comma", ","),
    (" new paragraph", "\n"),
    (" new line", "\n"),
)
_LABEL = 36  # characters of a label in front of its colon
_SHORT = 7  # letters of a level or an abbreviation
_WORD = 8  # characters in front of a stop in which an abbreviation stands
_ANSWER = 6  # characters behind a question
_COMPARED = "compared"
_IGNORED = "ignored"
_COUNTING = {_COMPARED: _IGNORED}
_BULLETS = "-•*–—·▪◦o"


class Passage(msgspec.Struct, frozen=True, gc=False):
    """One sentence of a text: its section, and the offsets from where to where it stands.

    ``line`` counts the lines of meaning: a label holds for the sentences of its line.
    """

    section: str
    start: int
    end: int
    line: int

    def without_blank_end(self, text: str) -> Passage:
        """Return it without the blanks that a text has at its end."""
        return replace(self, end=self.start + len(text[self.start : self.end].rstrip()))


def punctuated(text: str) -> str:
    """Return a dictated text with its spoken marks as marks; every offset stays."""
    if text.count(" period") < _DICTATED and text.count(" full stop") < _DICTATED:
        return text
    for word, mark in _SPOKEN:
        text = text.replace(word, mark + " " * (len(word) - 1))
    return text


def passages(text: str, section: str = "findings", *, ignored: bool = True) -> Iterator[Passage]:
    """Yield the sentences of the first 64 KiB of a text in order, each with its section.

    ``ignored`` says whether those of sections that are ignored come, too.
    """
    text = text[:LIMIT]
    has_findings = "findings" in text.lower()
    stops, line, filled = _stops(text), 0, False
    for start, end, follows_gap in _lines(text):
        line += follows_gap
        if section in UNCOUNTED:
            # What is compared with stands on one line, unless the findings have a heading.
            is_over = follows_gap or (filled and section == _COMPARED)
            if (is_over and not has_findings) or opens_another(text, start, end):
                section = "findings"
        for opened, begin, stop in by_heading(text, start, end):
            section, filled = entered(section, opened), begin < stop
            counting = _COUNTING.get(section, section)
            if not filled or (counting == _IGNORED and not ignored):
                continue
            for first, last in _sentences(text, stops, begin, stop):
                yield Passage(counting, first, last, line)
        line += 1


def _lines(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the spans of lines with wrapped ones joined, and whether a blank line came before."""
    place, gap, begun = 0, False, -1
    size = len(text)
    while place < size:
        end = text.find("\n", place)
        end = size if end < 0 else end
        if not text[place:end].strip():
            gap = gap or begun >= 0
        else:
            begun = place
            while end < size and (following := _goes_on(text, place, end)):
                place, end = end + 1, following
            yield begun, end, gap
            gap = False
        place = end + 1


def _goes_on(text: str, place: int, end: int) -> int:
    """Return the end of the next line when this one goes on in it, else 0."""
    line = text[place:end].rstrip()
    following = text.find("\n", end + 1)
    following = len(text) if following < 0 else following
    after = text[end + 1 : following].strip()
    if not after or not line or line[-1] in ".:;!?" or _is_item(after) or "|" in line:
        return 0
    if ":" in after[:_LABEL] or not after[0].isalnum():
        return 0
    if after[0].islower() or line[-1] == ",":
        return following
    last = line.rpartition(" ")[2].lower()
    is_long = end - place >= _WRAPPED and not named(after)
    return following if last in words_like("open end") or (is_long and _is_inner(after)) else 0


def _is_inner(line: str) -> bool:
    """Whether a line begins with what also stands inside a sentence: a level, an abbreviation."""
    word = line.split(maxsplit=1)[0]
    return word[0].isdigit() or (word.isupper() and len(word) <= _SHORT and ":" not in word)


def _is_item(line: str) -> bool:
    if line[0] in _BULLETS and line[1:2] == " ":
        return True
    number = line[:3].lstrip("(").rstrip()
    return line[0] in "([" or (number[:1].isdigit() and number[1:2] in (".", ")"))


def _marks(text: str) -> list[int]:
    """Return where sentences may end, in order; each mark is sought once through the text."""
    found = []
    for mark in ".!?":
        place = text.find(mark)
        while place >= 0:
            found.append(place)
            place = text.find(mark, place + 1)
    found.sort()
    return found


@cache
def _ends_of_abbreviations() -> frozenset[str]:
    """Return their last two letters: most other words end in others."""
    return frozenset(word[-2:] for word in words_like("abbreviation"))


def _stops(text: str) -> list[int]:
    """Return the marks that end a sentence, in order; what ends with its line needs none."""
    abbreviations, ends, found = words_like("abbreviation"), _ends_of_abbreviations(), []
    for place in _marks(text):
        mark, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
        if mark == "?":
            if after.isalpha() or not _is_unanswered(text[place + 1 : place + 1 + _ANSWER]):
                continue
        elif mark == "." and (after == "." or before == "."):
            continue  # a dotted leader
        elif after and not after.isspace() and not (after.isupper() and before.islower()):
            continue
        elif text[place - 2 : place].lower() in ends:
            word = text[max(place - _WORD, 0) : place].split()[-1]
            if word.lower().lstrip("(") in abbreviations:
                continue
        found.append(place)
    return found


def _sentences(text: str, stops: list[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of a line, without blanks around them."""
    begin = start
    for place in stops[bisect_left(stops, start) : bisect_left(stops, end)]:
        while text[begin].isspace():  # the mark is none
            begin += 1
        yield begin, place + 1
        begin = place + 1
    if begin < end and (kept := text[begin:end].strip()):
        first = text.index(kept[0], begin)
        yield first, first + len(kept)


def _is_unanswered(behind: str) -> bool:
    """Whether no answer stands behind a question; "?loose" asks of what follows."""
    answer = behind.split(maxsplit=1)
    return not answer or answer[0].lower().strip(".,;") not in words_like("answer")
