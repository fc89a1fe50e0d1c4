"""The words of a short text, folded to lower case: titles of orders, reports and medicines."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

_LIMIT = 2_000  # characters; a title is never longer
_KEPT = 120  # what is longer is a note, and is not kept in memory


def in_order(text: str) -> list[str]:
    """Return the words of a text as they follow each other."""
    return _folded(text).split()


def _folded(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-'" else " " for c in text[:_LIMIT].lower())


def words(text: str) -> frozenset[str]:
    """Return the words of a text, the parts of hyphenated ones, and each two that follow."""
    return _kept(text) if len(text) <= _KEPT else _split(text)


@lru_cache(maxsize=1024)
def _kept(text: str) -> frozenset[str]:
    return _split(text)


def _split(text: str) -> frozenset[str]:
    folded = _folded(text)
    whole = folded.split()
    parts = folded.replace("-", " ").split()
    return frozenset(whole).union(parts, (f"{a} {b}" for a, b in pairwise(whole)))
