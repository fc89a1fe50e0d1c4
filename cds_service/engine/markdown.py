"""Text of the record in Markdown: shown as it is written, and never as markup.

A code span whose fence is longer than any run of backticks in the text is the one form that GitHub
Flavored Markdown leaves alone; escaping leaks (faults.md, O-01). Its own renderer (cmark-gfm) takes
no fence of more than 80 backticks for one, so that long runs are shown shorter.
"""

from __future__ import annotations

import unicodedata

# Cc controls, Cf formats (bidi and zero width), Cs surrogates, Co private, Cn unassigned, Zl, Zp
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONG_RUN = "`" * 5
_MARKS = frozenset({"Mn", "Me", "Mc"})


def plain(text: str, limit: int = 200) -> str:
    """Return one line of visible characters, cut at a base character to at most ``limit``.

    Controls, bidirectional and zero-width characters and the table sign are removed; of a pile of
    combining marks the first two stay. What would open a tag or a link's address is parted by a
    space, for a client that does not know Markdown and shows the text as HTML.
    """
    if "<" in text or "](" in text:
        text = text.replace("<", "< ").replace("](", "] (")
    if text.isascii() and text.isprintable() and "|" not in text:
        return _cut(" ".join(text.split()), limit)
    shown: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[: limit * 4]):
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        if category in _HIDDEN or char == "|" or marks > 2:
            char = " " if category in ("Cc", "Zl", "Zp") else ""
        shown.append(char)
    return _cut(" ".join("".join(shown).split()), limit)


def visible(text: str) -> str:
    """Return a text as it may leave us as data: its lines and spaces stay, what is unseen goes."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _HIDDEN)


def _cut(line: str, limit: int) -> str:
    if len(line) <= limit:
        return line
    cut = limit - 1
    while cut > 0 and unicodedata.category(line[cut]) in _MARKS:
        cut -= 1
    return line[:cut].rstrip() + "…"


def code_span(text: str, limit: int = 200) -> str:
    """Return a text of the record as a Markdown code span; empty when nothing visible is left."""
    line = plain(text, limit)
    if not line:
        return ""
    if "`" not in line:
        return f"`{line}`"
    while _LONG_RUN in line:
        line = line.replace(_LONG_RUN, _LONG_RUN[1:])
    fence = "`" * (_longest_run(line) + 1)
    return f"{fence} {line} {fence}"


def _longest_run(line: str) -> int:
    longest = run = 0
    for char in line:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest
