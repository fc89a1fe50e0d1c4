"""What a culture says of growth: by its codes, else by its words."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Observation
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.laterality import names_of
from hooks.spine.texts import title_of
from hooks.spine.words import in_order

_WORDS = chart_words("culture")
_GROWTH, _GROWN, _JOINING = _WORDS["growth"], _WORDS["grown"], _WORDS["joining"]
_NEUTRAL, _CELLS, _AMOUNTS = _WORDS["neutral"], _WORDS["cells"], _WORDS["amounts"]
_SIGNED = _WORDS["signed"]
_BEFORE_STERILE, _IN_STERILE = _WORDS["before sterile"], _WORDS["behind sterile"]
_TURNS = (" but ", " except ", " with ", ".", ";", "\n", "\t", "  ")
_UNNAMED = frozenset({"identified", "seen", "cultured"})  # "not identified" may have grown
_LONGEST = 2_000  # characters; of a longer part not every word is read
_GROWS = frozenset({"interpretation-positive", "qualifier-present"})
_GROWS_NOT = frozenset({"interpretation-negative", "qualifier-absent"})


class Growth(Enum):
    """What a culture says."""

    SHOWN = auto()
    NONE = auto()
    NOT_SAID = auto()


def growth_of(record: PatientRecord, culture: Observation) -> Growth:
    """Return what a culture says by its codes; its words may deny growth where these are silent."""
    if _said(record, culture) & (_GROWS | _GROWS_NOT):
        return growth_by_code(record, culture)
    text = value_in_words(record, culture)
    return Growth.NONE if text and is_quiet(text) else Growth.NOT_SAID


def growth_by_code(record: PatientRecord, culture: Observation) -> Growth:
    """Return what a culture says by its interpretation and its coded value."""
    said = _said(record, culture)
    if (said & _GROWS) and not (said & _GROWS_NOT):
        return Growth.SHOWN
    return Growth.NONE if said & _GROWS_NOT and not said & _GROWS else Growth.NOT_SAID


def _said(record: PatientRecord, culture: Observation) -> frozenset[str]:
    """Return the value sets of the value and of the interpretation."""
    said = record.memberships(culture.value_codeable_concept)
    return said.union(*(record.memberships(concept) for concept in culture.interpretation))


def value_in_words(record: PatientRecord, result: Observation) -> str:
    """Return the words of a value below its title; empty where its code denies growth."""
    value = result.value_codeable_concept
    coded = record.memberships(value)
    names = names_of(value) if value and not coded & _GROWS_NOT else []
    said = dict.fromkeys(filter(None, (result.value_string, *names)))
    title = title_of(result.code)
    return "\n".join(f"{title}: {name}" if title else name for name in said)


def is_quiet(text: str) -> bool:
    """Whether a culture says that nothing grew, and each part of it that or nothing.

    "No growth aerobically, Cutibacterium acnes anaerobically" is not quiet.
    """
    read = [_read(part) for part in _parts(text)]
    return any(denies for denies, _ in read) and all(neutral for _, neutral in read)


def _parts(text: str) -> Iterator[str]:
    """Yield the parts of a text, each with its labels; who signed it, and where, says nothing."""
    said = ":".join(part.strip(" ") for part in text.lower().replace("dr.", "dr").split(":"))
    for turn in _TURNS:
        said = said.replace(turn, "|")
    for sentence in said.split("|"):
        if not _is_signature(sentence):
            yield from filter(in_order, sentence.split(","))


def _is_signature(sentence: str) -> bool:
    """Whether a sentence is "Performed at: General Hospital", and names nothing that may grow."""
    said = in_order(sentence)
    signs = len(said) > 2 and said[0] in _SIGNED and said[1] in ("at", "by")
    grows = (_GROWTH | _GROWN | _AMOUNTS).intersection(said) or "+" in sentence
    return signs and not grows and not said[2][0].isdigit()


def _read(part: str) -> tuple[bool, bool]:
    """Return whether a part denies growth, and whether what is left of it says nothing of it."""
    label, _, answer = part.rpartition(":")
    asked, said = in_order(label), _no_first(in_order(answer))
    denied = [_begins(said, place, asked) for place in range(len(said))]
    left = _left(said, denied)
    if any(denied[:1]):  # "Organisms: none seen"
        asked = [word for word in asked if word not in _GROWTH | _GROWN]
    counts = bool(_CELLS.intersection(asked + said))
    neutral = counts or not ("+" in part or _is_share(said))
    neutral &= not ("not sterile" in answer or "not negative" in answer)
    neutral &= all(_says_nothing(word, counts=counts) for word in asked + left)
    return any(denied), neutral and len(part) <= _LONGEST


def _no_first(said: list[str]) -> list[str]:
    """Return "no anaerobes isolated" for "anaerobes not isolated", and the like."""
    text = " ".join(said).replace("did not grow", "no growth").replace("nothing grew", "no growth")
    said = text.split()
    if said[:1] == ["not"] and said[1:2] and said[1] in _GROWN - _UNNAMED:
        return ["no", *said[1:]]
    place = said.index("not") if "not" in said else 0
    is_denied = place and said[place + 1 :][:1] and said[place + 1] in _GROWN
    if is_denied and _GROWTH.union(_JOINING, ("was", "were")).issuperset(said[:place]):
        return ["no", *said[:place], *said[place + 1 :]]
    return said


def _begins(said: list[str], place: int, asked: list[str]) -> bool:
    """Whether a denial of growth begins with this word."""
    word, after = said[place], (said[place + 1 :] or [""])[0]
    before = said[place - 1] if place else ""
    if word == "none":
        return after in _GROWN - {"seen"} or bool(_GROWTH.intersection(asked))
    if word == "negative":
        return before != "gram"
    if word == "sterile":
        return _BEFORE_STERILE.issuperset(said[:place]) and after not in _IN_STERILE
    return word == "no" and after in _GROWTH | _GROWN - {"seen"}


def _left(said: list[str], denied: list[bool]) -> list[str]:
    """Return the words that stand in no denial."""
    left: list[str] = []
    inside = False
    for place, word in enumerate(said):
        after = said[place + 1] if place + 1 < len(said) else ""
        of_it = word in _GROWTH | _GROWN or (word in _JOINING and after in _GROWTH)
        of_it &= not (place and said[place - 1] == "negative" and word != "for")
        inside = denied[place] or (inside and of_it)
        left += [] if inside else [word]
    return left


def _says_nothing(word: str, *, counts: bool) -> bool:
    """Whether a word says nothing of growth: a neutral one, a number, a level, cells."""
    if word in _NEUTRAL or word in _CELLS:
        return True
    is_level = all(part.lstrip("cdlst").isdigit() for part in word.split("-"))
    return word[0].isdigit() or is_level or (counts and word in _AMOUNTS)


def _is_share(said: list[str]) -> bool:
    """Whether it is said of some of several samples: in the others something may have grown."""
    threes = zip(said, said[1:], said[2:], strict=False)
    return any(some.isdigit() and of == "of" and some != all_ for some, of, all_ in threes)
