"""Lines in which the text of a report names its examination: "Exam: CT lumbar spine"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import re2

from hooks.spine.texts import Text

_LINES = 12  # of a text; what follows is the report itself
_TITLES = 4  # the first of them, which may name the examination without a label
_LONGEST = 90  # characters
_LABELLED = re2.compile(
    r"(?i)^\W*(?:exam|examination|procedure|study|exam(?:ination)? (?:type|description)|"
    r"type of (?:exam|study))\s*:\s*(.+)$"
)
# What else may stand in the line of the examination, and is not its name.
_BESIDE = re2.compile(
    r"(?i)\b(?:indication|history|comparison|clinical|reason|date|technique|findings|impression)\b.*$"
)
_TITLED = re2.compile(
    r"(?i)^\W*(?:ct|mri?|xr|x-ray|spect(?:/ct)?|computed tomography|magnetic resonance|"
    r"radiographs?)\b[^.:]*$"
)


def exam_lines(texts: Iterable[Text]) -> Iterator[str]:
    """Yield the lines that name an examination by a label, or by beginning with the modality."""
    for text in texts:
        lines = [line.strip() for line in text.body[:2_000].splitlines() if line.strip()]
        for place, line in enumerate(lines[:_LINES]):
            if found := _LABELLED.search(line):
                yield _BESIDE.sub("", found.group(1)).strip()[:_LONGEST]
            elif place < _TITLES and _TITLED.search(line):
                yield line
