"""The lexicon of reports and notes as the reader uses it: phrases by their first word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cds_service.engine.codes import load_yaml
from hooks.spine.levels import NO_LEVELS, Levels, parse_levels
from hooks.spine.text.roles import NOUNS, ROLES
from hooks.spine.text.spelling import Spelling

_FILE = Path(__file__).with_name("lexicon.yaml")


class Stance(StrEnum):
    """What a statement says of its target."""

    AFFIRMED = "affirmed"
    DENIED = "denied"
    POSSIBLE = "possible"
    HISTORICAL = "historical"


class Cue(msgspec.Struct, frozen=True, gc=False):
    """A phrase that states a target, or denies it; ``near`` are the bits of nouns it needs."""

    target: str
    stance: Stance
    near: int = 0


class Phrase(msgspec.Struct, frozen=True, gc=False):
    """One phrase with all that it can mean: cues, roles in a sentence, classes of noun."""

    cues: tuple[Cue, ...] = ()
    roles: int = 0
    nouns: int = 0
    side: str = ""
    levels: Levels = NO_LEVELS
    scale: str = ""

    def __or__(self, other: Phrase) -> Phrase:
        return Phrase(
            self.cues + tuple(c for c in other.cues if c not in self.cues),
            self.roles | other.roles,
            self.nouns | other.nouns,
            self.side or other.side,
            self.levels | other.levels,
            self.scale or other.scale,
        )


Key = tuple[str, ...]
_TWO = 2  # words: what the index has compared already


class Lexicon:
    """All phrases by their first word, the longest first, and the scales of grading.

    ``triggers`` are words without which a sentence states nothing: every phrase that states
    something needs all its words, of which the longest is the rarest.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.scales: dict[str, dict[str, str]] = content["scales"]
        found: dict[Key, Phrase] = {}
        for words, phrase in _phrases(content):
            key = tuple(words.lower().replace("-", " ").split())
            found[key] = found[key] | phrase if key in found else phrase
        self._singles = {key[0]: phrase for key, phrase in found.items() if len(key) == 1}
        self._longer: dict[str, dict[str, list[tuple[list[str], Phrase]]]] = {}
        for key, phrase in sorted(found.items(), key=lambda item: -len(item[0])):
            if len(key) > 1:
                second = self._longer.setdefault(key[0], {})
                second.setdefault(key[1], []).append((list(key), phrase | _parts(key, found)))
        self._spelling = Spelling(content["tolerant"], {key[0] for key in found})
        self.respelled = self._spelling.respelled
        solid = ROLES["solid adjectives"]
        self.triggers = frozenset(
            max(key, key=len)
            for key, phrase in found.items()
            if phrase.cues or phrase.scale or phrase.roles & solid
        )

    def at(self, words: list[str], place: int) -> tuple[Phrase, int] | None:
        """Return the longest phrase that begins at a place, and how many words it has."""
        word = words[place]
        longer = self._longer.get(word)
        if longer is not None and place + 1 < len(words):
            for key, phrase in longer.get(words[place + 1], ()):
                size = len(key)
                if size == _TWO or words[place : place + size] == key:
                    return phrase, size
        single = self._singles.get(word)
        return None if single is None else (single, 1)


def _phrases(content: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    yield from _cue_phrases(content["targets"])
    yield from _cue_phrases(content["topics"])
    for name, bit in ROLES.items():
        for words in _listed(content, name):
            yield words, Phrase(roles=bit)
    for noun, phrases in content["nouns"].items():
        for words in phrases:
            yield words, Phrase(nouns=NOUNS[noun])
    for side, phrases in content["sides"].items():
        for words in phrases:
            yield words, Phrase(side=side)
    yield from _places(content)
    for scale in content["scales"]:
        yield scale, Phrase(scale=scale)


def _cue_phrases(targets: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[str, Phrase]]:
    for target, groups in targets.items():
        for group, phrases in groups.items():
            stance, _, near = group.partition("near ")
            bits = sum(NOUNS[noun] for noun in near.split(" or ")) if near else 0
            cue = Cue(target, Stance(stance.strip() or "affirmed"), bits)
            for words in phrases:
                yield words, Phrase(cues=(cue,))


def _listed(content: Mapping[str, Any], name: str) -> Iterable[str]:
    """Return the phrases of a role: a group of its own, or a part of one ("negation back")."""
    if name in content:
        whole: list[str] = content[name]
        return whole
    group, _, part = name.rpartition(" ")
    listed: list[str] = content[group][part]
    return listed


def _places(content: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    for words in content["pelvis"]:
        yield words, Phrase(levels=Levels(pelvis=True))
    for words, level in content["spoken levels"].items():
        yield words, Phrase(levels=parse_levels(level))


def _parts(key: Key, found: Mapping[Key, Phrase]) -> Phrase:
    """Return the nouns and levels inside a longer phrase: "palpable screws" names screws."""
    whole = Phrase()
    for start in range(len(key)):
        for end in range(start + 1, len(key) + 1):
            part = found.get(key[start:end])
            if part is not None and end - start < len(key):
                whole |= Phrase(nouns=part.nouns, levels=part.levels)
    return whole


@cache
def lexicon() -> Lexicon:
    """Return the lexicon, read once."""
    return Lexicon(load_yaml(_FILE))
