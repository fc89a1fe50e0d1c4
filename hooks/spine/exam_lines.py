"""Lines in which the text of a report names its examination: "Exam: CT lumbar spine"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.texts import Text
from hooks.spine.words import in_order, words

_LINES = 12  # of a text; what follows is the report itself
_TITLES = 4  # the first of them, which may name the examination without a label
_LONGEST = 90  # characters
_WORDS = chart_words("exam line")
_LABELS, _BESIDE, _MODALITIES = _WORDS["labels"], _WORDS["beside"], _WORDS["modalities"]
_NOTES, _TELLING = _WORDS["notes"], _WORDS["telling"]
_SOUGHT, _SEEKS = _WORDS["sought"], _WORDS["seeks"]


def name_in(line: str, *, whole_report: bool = False) -> str:
    """Return what a line names before its other labels; empty where it tells of an examination.

    In a report of an image alone the name may be followed by the findings in the same line.
    """
    beside = _BESIDE
    if not whole_report:
        beside = _BESIDE - {"findings", "impression"} if ":" in line else frozenset()
    cut = _before(line, beside)
    is_name = 0 < len(cut) <= _LONGEST and not words(cut) & _NOTES and not _tells(in_order(cut))
    return cut if is_name else ""


def _before(line: str, labels: frozenset[str]) -> str:
    """Return a line up to the first of these words; the line itself where it has none."""
    said = in_order(line)
    kept = list(takewhile(lambda word: word not in labels, said))
    return line if len(kept) == len(said) else " ".join(kept)


def is_note(name: str) -> bool:
    """Whether a title names a note."""
    return bool(words(name) & _NOTES)


def _tells(said: list[str]) -> bool:
    """Whether a line tells of an examination or asks for one."""
    around = zip(["", *said], said, [*said[1:], ""], strict=False)
    begins = bool(said) and said[0] in _MODALITIES
    return any(
        word in _TELLING
        and not (begins and _is_sought(before, word, after))
        and not (word == "may" and (before.isdigit() or after.isdigit()))
        for before, word, after in around
    )


def _is_sought(before: str, word: str, after: str) -> bool:
    """Whether a word names what an examination is for: "further evaluation", "determine if"."""
    return (word == "further" and after in _SOUGHT) or (word == "if" and before in _SEEKS)


def exam_lines(texts: Iterable[Text]) -> Iterator[str]:
    """Yield the lines that name an examination by a label, or by beginning with the modality."""
    for text in texts:
        lines = [line.strip() for line in text.body[:2_000].splitlines() if line.strip()]
        for place, line in enumerate(lines[:_LINES]):
            label, colon, rest = line.partition(":")
            if colon and " ".join(in_order(label)) in _LABELS:
                yield " ".join(takewhile(lambda w: w not in _BESIDE, in_order(rest)))[:_LONGEST]
            elif place < _TITLES and _is_title(line):
                yield line


def _is_title(line: str) -> bool:
    said = in_order(line)
    return bool(said) and said[0] in _MODALITIES and not {":", "."} & set(line)
