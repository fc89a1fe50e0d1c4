"""Where a statement holds: the levels and the side that stand nearest to its cue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from hooks.spine.levels import NO_LEVELS, Levels, consecutive
from hooks.spine.text.clauses import Clause, levels_of
from hooks.spine.text.lexicon import Stance
from hooks.spine.text.roles import KINDS, role
from hooks.spine.text.tags import Tag

_SOLID = "solid-fusion"
_BETWEEN_VERTEBRAE = frozenset({_SOLID, "nonunion", "adjacent-segment"})
_AT_VERTEBRAE = frozenset({"loosening", "prominence"})
_ONE_SIDE = frozenset(("left", "right"))
_LETTERS = frozenset(("l", "r"))
_EXCEPTION = role("exception")
_WHOLE = role("all levels")
_SOME = role("some level")
_ALL, _REMAINING = _WHOLE | role("all levels unless named"), role("remaining levels")


# Without one of these, and without levels inherited, a statement is nowhere.
_PLACING = KINDS["level"] | KINDS["side"] | _ALL | _REMAINING | _SOME


class Reach(StrEnum):
    """Which levels a statement speaks of; some are not said which."""

    NAMED = "named"
    ALL = "all"
    REMAINING = "remaining"
    SOME = "some"
    UNSAID = "unsaid"


class Place(msgspec.Struct, frozen=True, gc=False):
    """Levels, side and reach of one statement, and the levels that it excepts with their side."""

    levels: Levels = NO_LEVELS
    side: str = ""
    reach: Reach = Reach.UNSAID
    excepted: Levels = NO_LEVELS
    excepted_side: str = ""


class Found(msgspec.Struct, frozen=True, gc=False):
    """A statement before its section and its offsets are known."""

    target: str
    stance: Stance
    place: Place


NOWHERE = Place()


def place_of(
    tags: Sequence[Tag],
    roles: int,
    index: int,
    cues: Sequence[int],
    target: str,
    inherited: Levels,
) -> Place:
    """Return where the cue at an index holds; ``cues`` are the indexes of all cues beside it.

    ``roles`` are the bits of all tags. Levels that the clause does not name are those that it
    inherits.
    """
    if not (roles & _PLACING or inherited):
        return NOWHERE
    held = [t for t in tags if t.roles & KINDS["level"]]
    excepted = _excepted(tags, held) if roles & _EXCEPTION else []
    held = [t for t in held if t not in excepted]
    own = [t for t in held if len(cues) == 1 or _nearest(tags, t, cues) == index]
    levels = _fitting(levels_of(own or held) or inherited, target)
    left_out = _fitting(levels_of(excepted), target)
    levels = _less(levels, left_out) if left_out else levels
    has_sides = bool(roles & KINDS["side"])
    sides = [t for i, t in enumerate(tags) if t.side and _is_side(tags, i)] if has_sides else []
    others = _excepted(tags, sides) if roles & _EXCEPTION else []
    side = _side(tags, index, cues, [t for t in sides if t not in others])
    if not levels and target == _SOLID and (own or roles & _SOME or side in _ONE_SIDE):
        return Place(side=side, reach=Reach.SOME)
    if not (levels or side or left_out or roles & (_ALL | _REMAINING)):
        return NOWHERE
    excepts = left_out or (target == _SOLID and roles & _EXCEPTION and roles & _ALL)
    if excepts and not levels:  # "all levels except L5-S1" or "but the lowest": the remaining ones
        return Place(levels, side, Reach.REMAINING, left_out, _together(others))
    return Place(levels, side, _reach(roles, levels), left_out, _together(others))


def _less(levels: Levels, left_out: Levels) -> Levels:
    interspaces = levels.interspaces - left_out.interspaces
    pelvis = levels.pelvis and not left_out.pelvis
    return Levels(interspaces, levels.vertebrae - left_out.vertebrae, pelvis)


def excepting(found: list[Found], excepted: Levels, clause: Clause) -> tuple[list[Found], Levels]:
    """Return findings without the levels of an exception in front of them, and what is left.

    "With the exception of L4-5, which is ununited, the fusion is complete."
    """
    if not found and clause.roles & _EXCEPTION:
        return found, clause.levels
    if not excepted or not any(f.target == _SOLID and f.place.levels for f in found):
        return found, excepted
    return [replace(f, place=_without(f.place, excepted)) for f in found], NO_LEVELS


def apart_from(found: Iterable[Found], clauses: Sequence[Clause]) -> list[Found]:
    """Return findings; denials without levels are of the rest where a sentence excepts a finding.

    "No hardware complication other than a broken S1 screw."
    """
    levels = NO_LEVELS
    for clause in clauses:
        levels |= clause.levels if clause.excepts else NO_LEVELS
    rest = Place(reach=Reach.REMAINING, excepted=NO_LEVELS)
    is_of_rest = bool(levels)
    return [
        replace(f, place=rest)
        if is_of_rest and f.stance is Stance.DENIED and not f.place.levels
        else f
        for f in found
    ]


def _without(place: Place, left_out: Levels) -> Place:
    return replace(place, levels=_less(place.levels, left_out))


def _excepted(tags: Sequence[Tag], held: Sequence[Tag]) -> list[Tag]:
    """Return the tags, of those held, that stand behind "except", up to the next comma."""
    begins = next(t.place for t in tags if t.roles & _EXCEPTION)
    commas = [t.place for t in tags if t.word == "," and t.place > begins]
    ends = commas[0] if commas else len(tags) + tags[-1].end
    return [t for t in held if begins < t.place < ends]


def _nearest(tags: Sequence[Tag], tag: Tag, cues: Sequence[int]) -> int:
    """Return the cue that a level or side belongs to: the one with the fewest words between."""

    def distance(cue: int) -> tuple[int, bool]:
        other = tags[cue]
        if other.place < tag.place:
            return (tag.place - other.end, False)
        return (other.place - tag.end if other is not tag else -1, True)

    return min(cues, key=distance)


def _fitting(levels: Levels, target: str) -> Levels:
    """Return the levels as their target has them: fusion between vertebrae, screws in them."""
    if not levels:
        return levels
    if target in _BETWEEN_VERTEBRAE:
        return Levels(levels.interspaces or consecutive(levels.vertebrae))
    if target in _AT_VERTEBRAE and levels.interspaces:
        return Levels(vertebrae=levels.touched_vertebrae, pelvis=levels.pelvis)
    return levels


def _reach(roles: int, levels: Levels) -> Reach:
    if roles & _REMAINING and not levels:
        return Reach.REMAINING
    if roles & (_WHOLE if levels else _ALL):
        return Reach.ALL  # also of "every level from L2 to S1"
    return Reach.NAMED if levels else Reach.UNSAID


def _side(tags: Sequence[Tag], index: int, cues: Sequence[int], sides: Sequence[Tag]) -> str:
    """Return the side of a statement: the one nearest to its cue."""
    return _together([t for t in sides if _nearest(tags, t, cues) == index] or sides)


def _together(sides: Sequence[Tag]) -> str:
    named = {t.side for t in sides}
    return "bilateral" if len(named) > 1 else next(iter(named), "")


def _is_side(tags: Sequence[Tag], index: int) -> bool:
    """Whether a tag names a side; a lone letter in front of a number does not."""
    following = tags[index + 1 : index + 2]
    return tags[index].word not in _LETTERS or not any(t.word[0].isdigit() for t in following)
