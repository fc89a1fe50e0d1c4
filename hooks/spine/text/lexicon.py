"""The lexicon of reports and notes as the reader uses it: phrases by their first word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cds_service.engine.codes import load_yaml
from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.levels import NO_LEVELS, Levels, parse_levels
from hooks.spine.text.roles import IDIOMS, KINDS, MARKS, NOUNS, ROLES
from hooks.spine.text.spelling import Spelling

_FILE = Path(__file__).with_name("lexicon.yaml")


class Stance(StrEnum):
    """What a statement says of its target."""

    AFFIRMED = "affirmed"
    DENIED = "denied"
    POSSIBLE = "possible"
    HISTORICAL = "historical"


class Cue(msgspec.Struct, frozen=True, gc=False):
    """A phrase that states a target, or denies it; ``near`` are the bits of nouns it needs.

    ``close`` says that the noun must stand in the same clause.
    """

    target: str
    stance: Stance
    near: int = 0
    close: bool = False


class Phrase(msgspec.Struct, frozen=True, gc=False):
    """One phrase with all that it can mean: cues, and bits of roles, kinds and nouns."""

    cues: tuple[Cue, ...] = ()
    roles: int = 0
    side: str = ""
    levels: Levels = NO_LEVELS
    scale: str = ""

    def __or__(self, other: Phrase) -> Phrase:
        return Phrase(
            self.cues + tuple(c for c in other.cues if c not in self.cues),
            self.roles | other.roles,
            self.side or other.side,
            self.levels | other.levels,
            self.scale or other.scale,
        )


Key = tuple[str, ...]
Longer = Mapping[str, Sequence[tuple[list[str], Phrase]]]
_NOTHING = Phrase()
GRADE = frozenset(("grade", "type", "class"))
_LETTERS = frozenset("tls")  # of a dictated level
_LOOKED_AT = GRADE | _LETTERS | {"may", "lumbar"}
LEVEL_STARTS = frozenset("ctls0123456789")
CONSTRUCT = "construct"  # the target of implants and operations: what they span
_LEVEL, _LEVEL_AND_INTERSPACE = KINDS["level"], KINDS["level"] | KINDS["interspace"]
# The targets that images show; the others are topics of notes.
IMAGED = frozenset(
    ("solid-fusion", "nonunion", "loosening", "breakage", "hardware-trouble", "prominence",
     "infection", "adjacent-segment", "malposition")
)  # fmt: skip
_KEPT = sum(NOUNS.values()) | _LEVEL_AND_INTERSPACE
_TWO = 2  # words: what the index has compared already


class Word(msgspec.Struct, frozen=True, gc=False):
    """What the lexicon knows of one word: the phrase that it is, and the longer ones it begins.

    ``longer`` are these by their second word. ``is_odd`` says that it may be a level or a grade,
    or is a typo: its neighbours must be looked at.
    """

    phrase: Phrase | None
    longer: Longer | None = None
    is_odd: bool = False


class Lexicon:
    """All phrases by their first word, the longest first, and the scales of grading."""

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
        self._triggers = _triggers(found, content["ordinary"])
        self._stating = frozenset().union(*[stating for stating, _ in self._triggers])
        self.known = Vocabulary(self._known)
        self._typos = Vocabulary(lambda word: self.respelled(word) != word)

    def may_state(self, words: Sequence[str]) -> bool:
        """Whether a sentence of these words can state anything: it is worth taking apart.

        Every phrase that states something needs all its words, of which the rarest is looked for,
        and one that needs a noun beside it needs that, too. A typo may be any of them.
        """
        for stating, nouns in () if self._stating.isdisjoint(words) else self._triggers:
            if not stating.isdisjoint(words) and (not nouns or not nouns.isdisjoint(words)):
                return True
        return any(map(self._typos.__getitem__, words))

    def _known(self, word: str) -> Word | None:
        """Return what is known of a word; None for one that says nothing."""
        single, longer = self._singles.get(word), self._longer.get(word)
        if self._is_odd(word, single, longer):
            return Word(single, longer, is_odd=True)
        if single is None and longer is None and word[0].isalpha():
            return None
        if word in MARKS:
            return Word((single or _NOTHING) | Phrase(roles=MARKS[word]), longer)
        return Word(single if single or word[0].isalpha() else _NOTHING, longer)

    def _is_odd(self, word: str, single: Phrase | None, longer: Longer | None) -> bool:
        phrases = [phrase for listed in (longer or {}).values() for _, phrase in listed]
        if word in _LOOKED_AT or any(phrase.scale for phrase in (*phrases, single) if phrase):
            return True
        if single is not None and longer is None:
            return False
        may_be_level = word[0] in LEVEL_STARTS and (word[0].isdigit() or word[1:2].isdigit())
        return may_be_level or self.respelled(word) != word

    def at(self, words: list[str], place: int) -> tuple[Phrase, int] | None:
        """Return the longest phrase that begins at a place, and how many words it has."""
        word = words[place]
        longer = self._longer.get(word)
        if longer is not None and (found := longest(words, place, longer)) is not None:
            return found
        single = self._singles.get(word)
        return None if single is None else (single, 1)


def longest(words: list[str], place: int, longer: Longer) -> tuple[Phrase, int] | None:
    """Return the longest of the phrases by their second word that stands at a place."""
    for key, phrase in longer.get(words[place + 1], ()) if place + 1 < len(words) else ():
        size = len(key)
        if size == _TWO or words[place : place + size] == key:
            return phrase, size
    return None


_Triggers = tuple[tuple[frozenset[str], frozenset[str]], ...]


def _triggers(found: Mapping[Key, Phrase], common: Iterable[str]) -> _Triggers:
    """Return words that may state something, each set with the words of the nouns it needs."""
    ordinary = frozenset(common)
    stating: dict[int, set[str]] = {}
    for key, phrase in found.items():
        needs = {0 if cue.target in _ALONE else cue.near for cue in phrase.cues}
        if phrase.scale or phrase.roles & ROLES["solid adjectives"]:
            needs.add(0)
        for near in needs:
            stating.setdefault(near, set()).add(_rarest(key, ordinary))
    return tuple(
        (
            frozenset(words),
            frozenset(_rarest(k, ordinary) for k, p in found.items() if p.roles & near),
        )
        for near, words in sorted(stating.items())
    )


# "No lucency" alone denies loosening, and so does "Fracture: none" behind loosening.
_ALONE = frozenset({"loosening", "breakage"})


def _rarest(key: Key, ordinary: frozenset[str]) -> str:
    """Return the word of a phrase that fewest sentences hold: the longest that is not ordinary."""
    return max([word for word in key if word not in ordinary] or key, key=len)


def _phrases(content: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    yield from _cue_phrases(content["targets"])
    yield from _cue_phrases(content["topics"])
    for name, bit in (*ROLES.items(), *((idiom, 0) for idiom in IDIOMS)):
        for words in _listed(content, name):
            yield words, Phrase(roles=bit)
    for noun, phrases in content["nouns"].items():
        for words in phrases:
            yield words, Phrase(roles=NOUNS[noun])
    for side, phrases in content["sides"].items():
        for words in phrases:
            yield words, Phrase(roles=KINDS["side"], side=side)
    yield from _places(content)
    for scale in content["scales"]:
        yield scale, Phrase(scale=scale)


def _cue_phrases(targets: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[str, Phrase]]:
    for target, groups in targets.items():
        for group, phrases in groups.items():
            stance, close, noun = group.partition("beside ")
            if not close:
                stance, _, noun = group.partition("near ")
            bits = NOUNS[noun] if noun else 0
            cue = Cue(target, Stance(stance.strip() or "affirmed"), bits, bool(close))
            for words in phrases:
                yield words, Phrase((cue,), _kinds(cue))


def _kinds(cue: Cue) -> int:
    """Return the bits of what a cue is: an implant or an operation alone states nothing."""
    if cue.target == CONSTRUCT:
        return KINDS["construct"]
    bits = KINDS["cue"]
    if cue.target in ("solid-fusion", "nonunion") and not cue.near:
        bits |= KINDS["union cue"]
    return bits | KINDS["solid cue"] if cue.target == "solid-fusion" else bits


def level_bits(levels: Levels) -> int:
    """Return the bits of what levels are."""
    return _LEVEL_AND_INTERSPACE if levels.interspaces else _LEVEL


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
        yield words, Phrase(roles=_LEVEL, levels=Levels(pelvis=True))
    for words, level in content["spoken levels"].items():
        levels = parse_levels(level)
        yield words, Phrase(roles=level_bits(levels), levels=levels)


def _parts(key: Key, found: Mapping[Key, Phrase]) -> Phrase:
    """Return the nouns and levels inside a longer phrase: "palpable screws" names screws."""
    whole = Phrase()
    for start in range(len(key)):
        for end in range(start + 1, len(key) + 1):
            part = found.get(key[start:end])
            if part is not None and end - start < len(key):
                whole |= Phrase(roles=part.roles & _KEPT, levels=part.levels)
    return whole


@cache
def lexicon() -> Lexicon:
    """Return the lexicon, read once."""
    return Lexicon(load_yaml(_FILE))
