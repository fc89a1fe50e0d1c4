"""Which statements of one text govern: those of the section that ranks highest (R2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hooks.spine.laterality import is_opposite
from hooks.spine.levels import PELVIS, Levels
from hooks.spine.text.lexicon import Stance
from hooks.spine.text.places import Reach
from hooks.spine.text.reader import Statement

_RANK = {"addendum": 2, "impression": 1}
_SOLID = "solid-fusion"
_SAME_MATTER = {"nonunion": _SOLID}
_OF_PARTS = frozenset(("breakage", "infection", "adjacent-segment"))


class _Voices(msgspec.Struct, gc=False):
    """What statements of one kind say together: the levels named, and whether one names none.

    There are few kinds, so that governing stays linear in the statements.
    """

    kind: Statement
    rank: int
    matter: str
    levels: set[str]
    is_bare: bool = False


def governing(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Return the statements that stand when the whole text has been read.

    What a higher section contradicts at a level is dropped there; fusion beside a doubt or a hint
    of nonunion at the same level is only possible; the parts of an infection that were not found
    say nothing where infection was.
    """
    voices = _voices(statements)
    above = {rank: [v for v in voices if v.rank > rank] for rank in {v.rank for v in voices}}
    left = [part for s in statements if (part := _outweighed(s, above[_rank(s)])) is not None]
    infected = any(s.target == "infection" and s.stance is Stance.AFFIRMED for s in left)
    doubts = [s for s in left if _doubts(s)]
    doubting, bare = _voices(doubts), _bare_sides(doubts)
    found: list[Statement] = []
    for statement in left:
        is_part = statement.target == "infection" and statement.stance is Stance.DENIED
        if not (infected and is_part and not statement.levels):
            found += _tempered(statement, doubting, bare)
    return tuple(found)


def _voices(statements: Sequence[Statement]) -> tuple[_Voices, ...]:
    found: dict[tuple[int, str, Stance, str], _Voices] = {}
    for one in statements:
        key = (_rank(one), one.target, one.stance, one.side)
        voices = found.get(key)
        if voices is None:
            voices = found[key] = _Voices(one, key[0], _matter(one), set())
        voices.levels |= one.levels.named
        voices.is_bare = voices.is_bare or not one.levels
    return tuple(found.values())


def _bare_sides(doubts: Sequence[Statement]) -> dict[tuple[int, int], set[str]]:
    """Return, for each sentence that doubts and names no level, the sides that it names."""
    found: dict[tuple[int, int], set[str]] = {}
    for one in doubts:
        if not one.levels:
            found.setdefault((one.source, one.start), set()).add(one.side)
    return found


def _tempered(
    one: Statement, doubting: Sequence[_Voices], bare: Mapping[tuple[int, int], set[str]]
) -> list[Statement]:
    """Return a statement that affirms fusion as possible at the levels where others doubt it."""
    if (one.target, one.stance) != (_SOLID, Stance.AFFIRMED):
        return [one]
    if any(not is_opposite(side, one.side) for side in bare.get((one.source, one.start), ())):
        return [_possible(one, one.levels)]
    doubted = frozenset[str]()
    for other in doubting:
        if other.rank >= _rank(one) and not is_opposite(other.kind.side, one.side):
            doubted |= one.levels.interspaces & other.levels
    if not doubted:
        return [one]
    rest = Levels(one.levels.interspaces - doubted)
    kept = [msgspec.structs.replace(one, levels=rest, reach=Reach.NAMED)] if rest else []
    return [*kept, _possible(one, Levels(doubted))]


def _possible(one: Statement, levels: Levels) -> Statement:
    return msgspec.structs.replace(one, stance=Stance.POSSIBLE, levels=levels)


def _doubts(statement: Statement) -> bool:
    if statement.target == _SOLID:
        return statement.stance in (Stance.POSSIBLE, Stance.DENIED)
    return statement.target == "nonunion" and statement.stance in (
        Stance.AFFIRMED,
        Stance.POSSIBLE,
    )


def _outweighed(one: Statement, above: Sequence[_Voices]) -> Statement | None:
    """Return what higher sections leave of a statement; None when nothing is left."""
    if not above or one.stance is Stance.HISTORICAL:
        return one
    lost, matter = frozenset[str](), _matter(one)
    for other in above:
        if other.matter != matter or not _contradicts(other.kind, one):
            continue
        if is_opposite(other.kind.side, one.side):
            continue
        if _drops_whole(other, one):
            return _possible(one, one.levels) if _is_located(one, other.kind) else None
        lost |= one.levels.named & other.levels
    return _less(one, lost) if lost else one


def _drops_whole(other: _Voices, one: Statement) -> bool:
    """Whether a statement without levels, or one against it, contradicts all of the lower one.

    A hint without a level is a vaguer word for what is found at one: "metalwork failure".
    """
    if other.kind.stance is Stance.POSSIBLE and one.levels and _good(one) is False:
        return False
    if other.is_bare and (not one.levels or _matter(one) != _SOLID):
        return True
    return bool(other.levels) and not one.levels and one.reach is not Reach.REMAINING


def _is_located(one: Statement, other: Statement) -> bool:
    """Whether a finding has a place and a denial without one may be of another part.

    "Left rod fractured at L4-5. IMPRESSION: Screws intact." "Abscess at L4. No discitis."
    """
    is_denied = one.stance is Stance.AFFIRMED and other.stance is Stance.DENIED
    return is_denied and one.target in _OF_PARTS and bool(one.levels)


def _less(one: Statement, lost: frozenset[str]) -> Statement | None:
    levels = Levels(
        one.levels.interspaces - lost,
        one.levels.vertebrae - lost,
        one.levels.pelvis and PELVIS not in lost,
    )
    return msgspec.structs.replace(one, levels=levels, reach=Reach.NAMED) if levels else None


def _contradicts(other: Statement, one: Statement) -> bool:
    """Whether two statements on one matter differ; a doubt does not undo what is bad."""
    if other.stance is Stance.HISTORICAL:
        return False
    goods = (_good(other), _good(one))
    keeps = goods == (None, False) and other.target != one.target
    return goods[0] != goods[1] and not keeps


def _good(statement: Statement) -> bool | None:
    """Return whether a statement is good news; None when it is neither."""
    if statement.stance is Stance.POSSIBLE:
        return None
    return (statement.target == _SOLID) is (statement.stance is Stance.AFFIRMED)


def _rank(statement: Statement) -> int:
    return _RANK.get(statement.section, 0)


def _matter(statement: Statement) -> str:
    return _SAME_MATTER.get(statement.target, statement.target)
