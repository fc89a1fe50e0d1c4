"""Operations without implants in the names of past procedures: "Lumbar laminectomy L3-L4".

Where no code tells them their words do, as those of fusions and removals do (``order_words``).
"""

from __future__ import annotations

from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.levels import Levels, parse_levels
from hooks.spine.order_lexicon import order_lexicon
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.words import in_order, words

_WORDS = chart_words("operation without implants")
_OF_THE_SPINE, _POSTOPERATIVE = _WORDS["of the spine"], _WORDS["postoperative"]
_ACTS = _OF_THE_SPINE | _WORDS["of any part"]
_LEXICON = order_lexicon()
_AGAINST = _WORDS["none"] | _WORDS["of the head"]
_AGAINST |= _LEXICON["not an operation"] | _LEXICON["another part"]
_BESIDE = _LEXICON["imaging"] | _LEXICON["beside"] | _LEXICON["care"]
_PAST = frozenset(" ".join(in_order(past)) for past in _LEXICON["past"])
_PARTS = str.maketrans(dict.fromkeys(":,.()\n", ";"))
_LIMIT = 2_000  # characters; a title is never longer


def region_of_surgery(title: str) -> Region | None:
    """Return the region of an operation without implants that a title names; None for no such.

    What a title tells of consultation, planning, images or injections is none. Its place counts
    where it is that of the operation, and not of what was done before it.
    """
    region: Region | None = _REGIONS[title[:_LIMIT]]
    return region


def _region_of_surgery(title: str) -> Region | None:
    said = words(title)
    if said.isdisjoint(_ACTS) or not said.isdisjoint(_AGAINST) or _is_beside_an_act(title):
        return None
    asked = " ; ".join(_asked(part) for part in title.translate(_PARTS).split(";"))
    named = words(asked)
    is_spinal = not named.isdisjoint(_OF_THE_SPINE)
    if named.isdisjoint(_ACTS) or not (is_spinal or said.isdisjoint(_WORDS["of another kind"])):
        return None
    if is_about_lower_spine(asked):
        return Region.IN_SCOPE
    region = region_of_text(asked)
    return region if is_spinal or region is Region.ELSEWHERE else Region.NOT_SAID


_REGIONS = Vocabulary(_region_of_surgery)  # names of procedures recur


def is_of_the_spine(title: str) -> bool:
    """Whether a title names an operation that is done at the spine only, in whichever region."""
    return not words(title[:_LIMIT]).isdisjoint(_OF_THE_SPINE)


def is_about_lower_spine(text: str) -> bool:
    """Whether a text names lumbar levels or the spine; what is pelvic may be of another organ."""
    names_spine = not words(text).isdisjoint(_LEXICON["vertebral"])
    return (names_spine and region_of_text(text) is Region.IN_SCOPE) or _reaches_lumbar(text)


def _reaches_lumbar(text: str) -> bool:
    levels = parse_levels(text)
    return Levels(levels.interspaces, levels.vertebrae).reaches_lumbar


def _is_beside_an_act(title: str) -> bool:
    """Whether a word for an examination, supply or preparation comes before any operation."""
    said = in_order(title)
    for place, word in enumerate(said):
        if word in _ACTS or " ".join(said[place : place + 2]) in _ACTS:
            return False
        if word in _BESIDE:
            return True
    return False


def _asked(part: str) -> str:
    """Return what a part says was done, and not after what or for what.

    "Return to OR for lumbar washout" and "s/p lumbar laminectomy" tell of that operation.
    """
    said = in_order(part)
    for place, word in enumerate(said):
        pair, before = " ".join(said[place : place + 2]), said[:place]
        if _LEXICON["reasons"].isdisjoint((word, pair)):
            continue
        is_past = not before and (pair in _PAST or word in _POSTOPERATIVE)
        is_introduced = word == "for" and before and _LEXICON["surgery"].issuperset(before)
        if not (is_past or is_introduced):
            return " ".join(before)
    return " ".join(said)
