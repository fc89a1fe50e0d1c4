"""A sentence to tags: its phrases as the lexicon knows them, levels, and marks, in order."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import msgspec

from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.levels import NO_LEVELS, Levels, parse_levels
from hooks.spine.text.lexicon import (
    GRADE,
    LEVEL_STARTS,
    Cue,
    Lexicon,
    Phrase,
    Stance,
    Word,
    level_bits,
    longest,
)
from hooks.spine.text.roles import KINDS

# In this order: an arrow is none with another dash.
_READ_AS = (
    [("->", "→"), ("alar-", "alar "), ("-alar", " alar")]
    + [(mark, f" {mark} ") for mark in ',;:()[]?!"=&~+%→☐☒☑✓✔|']
    + [(dash, "-") for dash in "–—‐‑−"]
    + [("’", "'"), ("'s ", " "), ("-ve ", " negative "), ("+ve ", " positive ")]
    + [(bullet, " , ") for bullet in "•·"]
)
_TO = frozenset(("to", "through", "thru", "-", "until"))
_PARTING = frozenset(("/", "&", ","))
_UNITS = ("mm", "cm", "%", "days", "day", "weeks", "week", "months", "month", "years", "year")
_BASES = {"sacrum": "S1", "pelvis": "pelvis", "ilium": "ilium", "iliac": "iliac", "s2ai": "S2AI"}
_WHOLE = frozenset(
    ("s/p", "w/o", "w/out", "h/o", "r/o", "b/l", "c/w", "n/a", "y/n", "a/p", "w/", "/", "s/o",
     "f/s/o")
)  # fmt: skip
_SEQUENCES = frozenset(("t1", "t2"))  # of magnetic resonance, in texts about the lower spine
_ALAR = ["s2", "alar"]  # an iliac screw, and no level
_LUMBAR = frozenset("12345")
_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}
_MOST = 400  # words of one sentence that are read; a longer one is no sentence
_GRADE_WITHIN = 4  # words
_BEFORE_GRADE = GRADE | {"score", "=", ":", "of", "is", "classification"}
_STATED = {
    "affirmed": Cue("solid-fusion", Stance.AFFIRMED),
    "possible": Cue("solid-fusion", Stance.POSSIBLE),
    "denied": Cue("solid-fusion", Stance.DENIED),
    "nonunion": Cue("nonunion", Stance.AFFIRMED),
}


class Tag(msgspec.Struct, frozen=True, gc=False):
    """One phrase, level or mark of a sentence, at the place of its first word.

    ``word`` is that word; ``roles`` are bits of what it does and is (``roles.py``).
    """

    place: int
    size: int
    word: str
    cues: tuple[Cue, ...] = ()
    roles: int = 0
    side: str = ""
    levels: Levels = NO_LEVELS

    @property
    def end(self) -> int:
        """The place behind its last word."""
        return self.place + self.size


def words_of_each(sentences: Iterable[str]) -> list[list[str]]:
    """Return the words and marks of each of several sentences, folded all at once."""
    folded = "\n".join([sentence.replace("\n", " ") for sentence in sentences]).lower()
    for written, read in _READ_AS:
        if written in folded:
            folded = folded.replace(written, read)
    part = _PARTS.__getitem__
    parted = [[*chain.from_iterable(map(part, line.split()))] for line in folded.split("\n")]
    if max(map(len, parted)) > _MOST:
        return [words[:_MOST] for words in parted]
    return parted


def _cleaned(word: str) -> tuple[str, ...]:
    """Return a word, or the parts of one that has marks inside; a dotted leader is a colon."""
    if word.isalnum():
        return (word,)
    if "." in word:
        word = word.strip(".'") or (":" if len(word) > 2 else "")
    word = word.strip("'")
    if "/" in word or "-" in word:
        return _parted(word)
    return (word,) if word else ()


_PARTS = Vocabulary(_cleaned)


def _parted(word: str) -> tuple[str, ...]:
    """Return a word with slashes or hyphens in its parts; levels and abbreviations stay whole."""
    if word in _WHOLE or not word.strip("-") or _is_bare_interspace(word) or parse_levels(word):
        return (word,)
    parts: list[str] = []
    for slashed in word.split("/"):
        if parts and slashed:
            parts.append("/")
        if parse_levels(slashed):
            parts.append(slashed)
        else:
            parts += [part for part in slashed.split("-") if part]
    return tuple(parts)


def _is_bare_interspace(word: str) -> bool:
    """Whether a word such as 4-5 or 5-s1 may be an interspace behind another."""
    upper, _, lower = word.replace("/", "-").partition("-")
    return upper in _LUMBAR and lower.lstrip("s").isdigit() and len(lower) <= 2


def tags_of(words: list[str], lexicon: Lexicon) -> list[Tag]:
    """Return the tags of a sentence in order; words that say nothing are left out."""
    tags: list[Tag] = []
    scale, behind = "", 0
    for place, known in enumerate(map(lexicon.known.__getitem__, words)):
        if known is None or place < behind:
            continue
        if not known.is_odd:
            tag = _plain(words, place, known)
        elif (tag := _level(words, place, tags)) is None:
            phrase, size = _phrase(words, place, lexicon)
            scale = phrase.scale or scale
            tag = _tag(words, place, phrase, size, lexicon.scales.get(scale, {}))
        if tag is not None:
            tags.append(tag)
            behind = place + tag.size
    return tags


def _plain(words: list[str], place: int, known: Word) -> Tag | None:
    """Return the longest phrase at a place where no level and no grade can stand."""
    longer, phrase, size = known.longer, known.phrase, 1
    if longer is not None and place + 1 < len(words) and words[place + 1] in longer:
        phrase, size = longest(words, place, longer) or (phrase, 1)
    if phrase is None:
        return None
    return Tag(place, size, words[place], phrase.cues, phrase.roles, phrase.side, phrase.levels)


def _tag(
    words: list[str], place: int, phrase: Phrase, length: int, grades: dict[str, str]
) -> Tag | None:
    """Return the grade, phrase or mark at a place; None for a word that says nothing."""
    word = words[place]
    if phrase.scale or (not length and grades and word in GRADE):
        return _grade(words, place, length or 1, grades)
    if length:
        return Tag(
            place, length, word,
            phrase.cues, phrase.roles, phrase.side, phrase.levels,
        )  # fmt: skip
    return None if word[0].isalpha() else Tag(place, 1, word)


_NOTHING = (Phrase(), 0)


def _phrase(words: list[str], place: int, lexicon: Lexicon) -> tuple[Phrase, int]:
    """Return the phrase at a place and how many words it has; 0 without one."""
    word = words[place]
    if word == "may" and place + 1 < len(words) and words[place + 1][0].isdigit():
        return _NOTHING  # the month
    found = lexicon.at(words, place)
    if found is None and (meant := lexicon.respelled(word)) != word:
        found = lexicon.at([meant], 0)
    return found or _NOTHING


def _grade(words: list[str], place: int, size: int, grades: dict[str, str]) -> Tag:
    """Return what a grade behind the name of a scale states (R11); nothing without a grade."""
    for end in range(place + size, min(place + size + _GRADE_WITHIN, len(words))):
        stated = grades.get(words[end])
        if stated is not None:
            bits = KINDS["cue"] | KINDS["union cue"]
            bits |= 0 if stated == "nonunion" else KINDS["solid cue"]
            return Tag(place, end + 1 - place, words[place], (_STATED[stated],), bits)
        if words[end] not in _BEFORE_GRADE:
            break
    return Tag(place, size, words[place])


def _level(words: list[str], place: int, tags: list[Tag]) -> Tag | None:
    """Return the tag of a level or range: L4-S1, L4 to S1, and 4-5 behind L3-4."""
    word = words[place]
    if word[0] not in LEVEL_STARTS:
        return None
    if word[0].isdigit():
        return _carried(word, place, tags)
    if len(word) == 1 or word == "lumbar":
        return _spoken(words, place)
    if not word[1].isdigit() or word in _SEQUENCES or words[place : place + 2] == _ALAR:
        return None
    levels = parse_levels(word)
    if not levels:
        return None
    spanned, size = _spanned(words, place)
    if spanned.interspaces and spanned != levels:
        return _of_levels(place, size, word, spanned)
    return _of_levels(place, 1, word, levels)


def _of_levels(place: int, size: int, word: str, levels: Levels) -> Tag:
    return Tag(place, size, word, roles=level_bits(levels), levels=levels)


def _spoken(words: list[str], place: int) -> Tag | None:
    """Return the level behind its letter: "L four five", "S one", "L 4-5", "lumbar 4-5"."""
    behind = words[place + 1] if place + 1 < len(words) else ""
    if _is_bare_interspace(behind):
        levels = parse_levels(f"{words[place][0]}{behind}")
        return _of_levels(place, 2, words[place], levels) if levels.interspaces else None
    if len(words[place]) > 1:
        return None
    said = [_NUMBERS[w] for w in words[place + 1 : place + 3] if w in _NUMBERS]
    if not said or words[place + 1] not in _NUMBERS:
        return None
    written = f"{words[place]}{'-'.join(said)}"
    levels = parse_levels(written)
    return _of_levels(place, 1 + len(said), words[place], levels) if levels else None


def _spanned(words: list[str], place: int) -> tuple[Levels, int]:
    """Return the levels from a word to the one behind "to", and how many words that takes."""
    following = words[place + 1 : place + 4]
    if len(following) < 2:
        return NO_LEVELS, 1
    if following[0] in _PARTING and _is_next(words[place], following[1:]):
        return parse_levels(f"{words[place]}-{following[1]}"), 3
    between = following[0] == "and" and place > 0 and words[place - 1] == "between"
    if not between and following[0] not in _TO:
        return NO_LEVELS, 1
    skip = 2 if following[1] == "the" and len(following) > 2 else 1
    last = following[skip]
    return parse_levels(f"{words[place]}-{_BASES.get(last, last)}"), skip + 2


def _is_next(word: str, following: list[str]) -> bool:
    """Whether a number is that of the next vertebra, and no measure: 5 in "L4 / 5"."""
    number = following[0]
    is_next = word[1:].isdigit() and number.isdigit() and int(number) == int(word[1:]) + 1
    return is_next and following[1:2] not in ([unit] for unit in _UNITS)


def _carried(word: str, place: int, tags: list[Tag]) -> Tag | None:
    """Return an interspace whose region was said before it: 4-5 in "L3-4, 4-5"."""
    known = any(tag.roles & KINDS["interspace"] for tag in tags[-3:])
    if not known or not _is_bare_interspace(word):
        return None
    levels = parse_levels(f"l{word}")
    return _of_levels(place, 1, word, levels) if len(levels.interspaces) == 1 else None
