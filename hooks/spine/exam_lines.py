"""Lines in which the text of a report names its examination: "Exam: CT lumbar spine"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from hooks.spine.texts import Text
from hooks.spine.words import in_order

_LINES = 12  # of a text; what follows is the report itself
_TITLES = 4  # the first of them, which may name the examination without a label
_LONGEST = 90  # characters
_LABELS = frozenset(
    ("exam", "examination", "procedure", "study", "exam type", "examination type",
     "exam description", "examination description", "type of exam", "type of study")
)  # fmt: skip
# What else may stand in the line of the examination, and is not its name.
_BESIDE = frozenset(
    ("indication", "history", "comparison", "clinical", "reason", "date", "technique", "findings",
     "impression")
)  # fmt: skip
_MODALITIES = frozenset(
    ("ct", "mr", "mri", "xr", "x-ray", "spect", "computed", "magnetic", "radiograph", "radiographs")
)


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
