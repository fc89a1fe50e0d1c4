"""Typos: a long word that differs by a letter, or two, from one that the lexicon forgives."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_FROM, _TWICE_FROM = 8, 12  # letters; a shorter word with a typo may be another word
_LETTERS_MORE = 2  # of a typo, at most: what is longer is no typo, and is not taken apart


class Spelling:
    """Tolerant words by what is left of them when a letter, or two, are taken out."""

    def __init__(self, tolerant: Iterable[str], known: Iterable[str]) -> None:
        tolerant = tuple(tolerant)
        self._known = frozenset(known)
        self._longest = max(map(len, tolerant), default=0) + _LETTERS_MORE
        self._once: dict[str, str] = {}
        self._twice: dict[str, str] = {}
        for word in tolerant:
            for deletion in (word, *_deletions(word)):
                self._once.setdefault(deletion, word)
                if len(word) >= _TWICE_FROM:
                    for second in _deletions(deletion):
                        self._twice.setdefault(second, word)
        self._meant = lru_cache(maxsize=4096)(self._find)

    def respelled(self, word: str) -> str:
        """Return the word that a long one was surely meant to be, else the word itself."""
        if not _FROM <= len(word) <= self._longest or word in self._known:
            return word
        return self._meant(word)

    def _find(self, word: str) -> str:
        for deletion in (word, *_deletions(word)):
            if deletion in self._once:
                return self._once[deletion]
        if len(word) >= _TWICE_FROM:
            for once in _deletions(word):
                for twice in (once, *_deletions(once)):
                    if twice in self._twice:
                        return self._twice[twice]
        return word


def _deletions(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]
