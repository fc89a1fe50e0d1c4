"""Cues that count only beside a noun: "lucency" at a screw, "intact" said of a rod."""

from __future__ import annotations

from collections.abc import Sequence

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.text.clauses import between_commas, roles_of
from hooks.spine.text.lexicon import Cue, Stance
from hooks.spine.text.roles import KINDS, NOUNS, role
from hooks.spine.text.tags import Tag

_SAID_WITHIN = 5  # words
_BESIDE = 2  # tags
_HARDWARE, _ASD, _NEIGHBOUR = NOUNS["hardware"], NOUNS["asd"], NOUNS["neighbour"]
_BONE = role("bone breaks")
_PLACES = KINDS["level"] | KINDS["side"] | KINDS["mark"] | role("links")
_BREAKS = chart_words("breaks in reports")
_FRACTURE, _OTHER_BONES = _BREAKS["fracture"], _BREAKS["other bones"]
_HALO = chart_words("lucency in reports")["halo"]


def is_beside(cue: Cue, stance: Stance, tags: Sequence[Tag], index: int, nouns: int) -> bool:
    """Whether the noun that a cue needs stands beside it; ``nouns`` are those of the sentence.

    "No lucency" alone denies loosening, but "no displacement" does not; "intact" must be said of
    the implant; bone that breaks is no hardware; an abbreviation needs a level or a word that
    explains it.
    """
    if cue.target == "loosening" and stance is Stance.DENIED and tags[index].word in _HALO:
        return True
    if cue.near & _ASD:
        return bool(nouns & _NEIGHBOUR) or bool(roles_of(tags) & KINDS["level"])
    if cue.target == "breakage":
        return _breaks_hardware(cue, tags, index, nouns)
    if cue.close:
        others = (t for place, t in enumerate(tags) if place != index and not _is_apart(t))
        return any(t.roles & cue.near for t in others)
    return bool(cue.near & nouns)


def _is_apart(tag: Tag) -> bool:
    """Whether a phrase names the hardware only to say that the pain is elsewhere."""
    return any(cue.target == "pain-elsewhere" for cue in tag.cues)


def _breaks_hardware(cue: Cue, tags: Sequence[Tag], index: int, nouns: int) -> bool:
    if cue.stance is Stance.DENIED:
        return any(t.roles & cue.near and _is_said_of(tags, p, index) for p, t in enumerate(tags))
    if roles_of(between_commas(tags, index)) & _BONE or _is_of_vertebra(tags, index):
        beside = range(max(index - _BESIDE, 0), min(index + _BESIDE + 1, len(tags)))
        return any(_is_near(tags[p], cue) and not _is_behind_vertebra(tags, p) for p in beside)
    return any(_is_near(t, cue) for t in tags) or bool(cue.near & nouns & ~roles_of(tags))


def _is_near(tag: Tag, cue: Cue) -> bool:
    """Whether a tag is the noun, and does not only say what it is beside: "above the construct"."""
    return bool(tag.roles & cue.near) and not tag.roles & _NEIGHBOUR


def _is_of_vertebra(tags: Sequence[Tag], index: int) -> bool:
    """Whether a fracture is of a vertebra: "L1 fracture", but not "fracture of the L2 screw"."""
    cue = tags[index]
    if cue.word not in _FRACTURE:
        return False
    before, behind = tags[max(index - 1, 0) : index], tags[index + 1 :]
    if any(_is_vertebra(t) and t.end == cue.place for t in before):
        return not any(t.roles & _HARDWARE and t.place == cue.end for t in behind[:1])
    if not behind or not _is_vertebra(behind[0]) or behind[0].place - cue.end > 1:
        return False
    return not any(t.roles & _HARDWARE for t in tags[:index]) and not _leads_to_hardware(behind)


def _leads_to_hardware(tags: Sequence[Tag]) -> bool:
    """Whether only levels and sides stand in front of a noun: "L4, L5 and right S1 screws"."""
    end = tags[0].place
    for tag in tags:
        if tag.roles & _HARDWARE:
            return tag.place == end
        if not tag.roles & _PLACES:
            return False
        end = tag.end
    return False


def _is_vertebra(tag: Tag) -> bool:
    return bool(tag.levels.vertebrae) and not tag.levels.interspaces


def _is_behind_vertebra(tags: Sequence[Tag], place: int) -> bool:
    """Whether a level stands between: "fracture of L2 above the screws", not "of the L2 screw"."""
    before = tags[place - 1] if place else None
    return before is not None and bool(before.levels) and before.end < tags[place].place


def _is_said_of(tags: Sequence[Tag], place: int, index: int) -> bool:
    first, last = sorted((place, index))
    gap = tags[last].place - tags[first].end
    return gap <= _SAID_WITHIN and not any(t.word == "," for t in tags[first:last])


def is_of_bone(tags: Sequence[Tag], index: int) -> bool:
    """Whether "ununited" is said of a fracture or of another bone, at no interspace."""
    others = (t for place, t in enumerate(tags) if place != index)
    if not any(t.word in _OTHER_BONES for t in others):
        return False
    return not roles_of(tags) & KINDS["interspace"]
