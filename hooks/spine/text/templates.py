"""Templates: check-boxes, option lists before an arrow, answers behind other marks than a colon."""

from __future__ import annotations

from collections.abc import Sequence

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.text.replies import may_reply, replied

_TICKS = frozenset("☒☑✓✔")
_BLANK = "☐"
_MARKS = _TICKS | {_BLANK, "[", "(", "→", "?", "y/n"}
_CHOSEN = frozenset(("x", "✓", "✔"))
_BOX = {"[": "]", "(": ")"}
_BEFORE_OPTIONS = frozenset(":,;")
_TABLES = chart_words("tables in reports")
_LEGENDS, _LEVEL_COLUMN = _TABLES["legends"], _TABLES["level column"]
_ASKING = frozenset(("is", "are", "was", "were", "has", "have", "does", "do"))
_ANSWERS = frozenset(("yes", "no", "none", "y", "n", "not", "absent", "present", "negative"))


def chosen(words: list[str]) -> list[str]:
    """Return the words without the options that a template offers and nobody chose.

    A line that explains the words of a template holds none.
    """
    if words and words[0] in _LEGENDS and ":" in words:
        return []
    if may_reply(words):
        words = replied(words)
    if _MARKS.isdisjoint(words):
        return words
    return _answered(_after_arrow(_ticked(_boxes_first(words))))


def _boxes_first(words: Sequence[str]) -> Sequence[str]:
    """Return the words with each box in front of its option: "solid [ ] none [x]" has it behind."""
    boxes = [place for place in range(len(words)) if _box(words, place)[0]]
    if not boxes or boxes[0] == 0 or words[boxes[0] - 1] in _BEFORE_OPTIONS:
        return words
    size, _ = _box(words, boxes[-1])
    if boxes[-1] + size != len(words):
        return words
    start = max((i + 1 for i in range(boxes[0]) if words[i] == ":"), default=0)
    found = list(words[:start])
    for place in boxes:
        size, _ = _box(words, place)
        found += [*words[place : place + size], *words[start:place]]
        start = place + size
    return found


def _ticked(words: Sequence[str]) -> list[str]:
    """Return the words with only the ticked options; all of them where there are no boxes."""
    found: list[str] = []
    has_boxes, keeps, place = False, True, 0
    while place < len(words):
        size, ticked = _box(words, place)
        if size:
            if not has_boxes and found and found[-1] != ":":
                found.append(":")
            elif has_boxes and found and found[-1] not in ":,":
                found.append(",")
            has_boxes, keeps, place = True, ticked, place + size
            continue
        keeps = keeps or words[place + 1 : place + 2] == [":"]  # a label of its own follows
        if keeps:
            found.append(words[place])
        place += 1
    return found


def _box(words: Sequence[str], place: int) -> tuple[int, bool]:
    """Return how many words a check-box takes here (0: none), and whether it is ticked."""
    word = words[place]
    if word in _TICKS or word == _BLANK:
        return 1, word in _TICKS
    closing = _BOX.get(word)
    if closing is None:
        return 0, False
    if words[place + 1 : place + 2] == [closing]:
        return 2, False
    if words[place + 2 : place + 3] == [closing] and words[place + 1] in _CHOSEN:
        return 3, True
    return 0, False


def _after_arrow(words: list[str]) -> list[str]:
    """Return the label and the choice of "solid / partial / nonunion → solid"."""
    if "→" not in words:
        return words
    arrow = words.index("→")
    options = words[:arrow]
    if "/" not in options:
        return words
    ends = [options.index(mark) for mark in ":([" if mark in options]
    label = [*options[: min(ends)], ":"] if ends else []
    return label + words[arrow + 1 :]


def _answered(words: list[str]) -> list[str]:
    """Return a question that is answered at once as a label, as in "Loosening? None"."""
    found = list(words)
    for place, word in enumerate(words[:-1]):
        if word == "?" and words[place + 1] in _ANSWERS:
            found[place] = ":"
            if words[place + 2 : place + 3] == [","]:  # what follows is no part of the answer
                found[place + 2] = ";"
            if found[0] in _ASKING:  # a label holds no verb
                found[0] = ""
    return [word for word in found if word not in ("y/n", "")]


class Table:
    """The columns of a table, once a row has named them."""

    def __init__(self) -> None:
        self._columns: list[list[str]] = []

    def rows(self, words: Sequence[str]) -> list[list[str]]:
        """Return the cells of a row, each behind its column and level: "bridging: L4-5 yes".

        A row that names the columns is none itself; without columns the first cell is the label.
        """
        cells = _cells(words)
        if cells and cells[0] and cells[0][0] in _LEVEL_COLUMN:
            self._columns = cells[1:]
            return []
        if not cells:
            return []
        if not self._columns or len(cells) != len(self._columns) + 1:
            return [[*cells[0], ":", *cell] for cell in cells[1:]] or [cells[0]]
        pairs = zip(self._columns, cells[1:], strict=True)
        return [[*column, ":", *cells[0], *cell] for column, cell in pairs]


def _cells(words: Sequence[str]) -> list[list[str]]:
    cells: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            cells.append([])
        else:
            cells[-1].append(word)
    return [cell for cell in cells if cell]
