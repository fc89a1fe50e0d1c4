"""Headings: which words open a section of a report or note, and what stands in it (R1, R2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from cds_service.engine.codes import load_yaml
from cds_service.engine.vocabulary import Vocabulary

_FILE = Path(__file__).with_name("sections.yaml")
_LONGEST_HEADING = 36
_EXAMINED = frozenset(("exam", "examination"))
_EXAMINATION = "examination"  # of a body or by a machine: the words behind it tell
UNCOUNTED = ("ignored", "compared", "history")  # sections in which no finding of today stands


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = load_yaml(_FILE)
    return content


@cache
def sections() -> dict[str, str]:
    """Return the section that each heading opens, read once."""
    listed: dict[str, list[str]] = _content()["sections"]
    return {heading: name for name, headings in listed.items() for heading in headings}


@cache
def words_like(kind: str) -> frozenset[str]:
    """Return the words of one kind that sections.yaml lists."""
    return frozenset(_content()["words"][kind])


def named(line: str) -> str:
    """Return the section that a line opens by its heading; empty when it opens none."""
    head, colon, _ = line[: _LONGEST_HEADING + 1].partition(":")
    if not colon and len(line) > _LONGEST_HEADING:
        return ""
    return sections().get(_heading(head), "") if colon or _stands_alone(line) else ""


def _heading(text: str) -> str:
    named = text.partition("(")[0] or text
    return " ".join(named.lower().strip(" \t\r*#_-–•.()/0123456789").split())


def _stands_alone(line: str) -> bool:
    """Whether a line without colon may be a heading: in capitals, or the bare word."""
    return (line.isupper() or line.istitle()) and len(line.split()) <= 4


def by_heading(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield the parts of a line by the headings in it, each with the section it opens."""
    opened, begin = "", start
    colon = text.find(":", start, end)
    if colon < 0 and (alone := named(text[start:end].strip())):
        yield alone, end, end
        return
    while colon >= 0:
        found, head = _heading_before(text, begin, colon)
        if found:
            if head > begin or opened:
                yield opened, begin, head
            opened, begin = found, head if found == "labels" else colon + 1
            if found == "labels":
                yield opened, begin, _next_stop(text, colon, end)
                opened, begin = "", _next_stop(text, colon, end)
        colon = text.find(":", colon + 1, end)
    yield opened, begin, end


def _next_stop(text: str, colon: int, end: int) -> int:
    """Return where the sentence with a label ends, so that a heading behind it is still found."""
    stop = text.find(". ", colon, end)
    return end if stop < 0 else stop + 1


def _heading_before(text: str, begin: int, colon: int) -> tuple[str, int]:
    """Return the section that the words before a colon name, and where the heading begins."""
    words = text[max(begin, colon - _LONGEST_HEADING - 1) : colon]
    section, size = _AT_END[words]
    if not section:
        return "", begin
    if section == _EXAMINATION:
        section = "ignored" if _is_title(text, colon) else "findings"
    return section, colon - size


def _heading_at_end(words: str) -> tuple[str, int]:
    """Return the section that the end of words names, and how many characters of them name it.

    Inside a line a heading follows the end of a sentence, or is written in capitals.
    """
    stop = max(map(words.rfind, (". ", "? ", "! ", "; ", "\n")))
    candidate = words[stop + 1 :]
    heading = _heading(candidate) if stop >= 0 or len(words) <= _LONGEST_HEADING else ""
    if section := sections().get(heading):
        return _EXAMINATION if heading in _EXAMINED else section, len(candidate)
    written = candidate.split()
    if not written or written[-1] != written[-1].upper():
        return "", 0
    for size in (3, 2, 1):
        last = written[-size:]
        capitals = " ".join(last)
        if len(last) == size and capitals.isupper() and len(capitals) > 2:
            section = sections().get(_heading(capitals))
            if section and section != "labels":
                return section, len(candidate) - candidate.rfind(last[0])
    return "", 0


_AT_END = Vocabulary(_heading_at_end)  # headings recur


def _is_title(text: str, colon: int) -> bool:
    """Whether what follows names an examination by its modality: in a note "Exam:" is of a body."""
    named = text[colon + 1 : colon + 80].partition("\n")[0].partition(". ")[0]
    return not words_like("modality").isdisjoint(named.lower().split())


def opens_another(text: str, start: int, end: int) -> bool:
    """Whether a line has a label of its own that is no heading and asks for nothing."""
    label, colon, _ = text[start : min(end, start + _LONGEST_HEADING)].partition(":")
    words = _heading(label).split()
    return bool(colon) and 0 < len(words) <= 4 and words_like("asking").isdisjoint(words)


def entered(section: str, named: str) -> str:
    """Return the section that a heading opens; a label opens findings where nothing counted."""
    if named == "labels":
        return "findings" if section in (*UNCOUNTED, "told") else section
    return named or section
