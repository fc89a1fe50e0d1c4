"""What clients wrote, as it may be shown to an operator."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Return a text as one line of what can be seen.

    Whatever steers a terminal, or turns the reading direction, stands as �; every other space or
    line break is a blank.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)
