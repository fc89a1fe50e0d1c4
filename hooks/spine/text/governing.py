"""Which statements of one text govern: those of the section that ranks highest (R2)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hooks.spine.levels import PELVIS, Levels
from hooks.spine.text.lexicon import Stance
from hooks.spine.text.places import Reach
from hooks.spine.text.reader import Statement

_RANK = {"addendum": 2, "impression": 1}
_RANKS = (0, 1)  # those that a higher one may outweigh
_SOLID = "solid-fusion"
_SAME_MATTER = {"nonunion": _SOLID}


def governing(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Return the statements that stand when the whole text has been read.

    What a higher section contradicts at a level is dropped there; fusion beside a doubt or a hint
    of nonunion at the same level is only possible; the parts of an infection that were not found
    say nothing where infection was.
    """
    left = list(statements)
    for rank in _RANKS:
        higher = [s for s in left if _rank(s) > rank and s.stance is not Stance.HISTORICAL]
        if higher:
            left = [p for s in left if (p := _outweighed(s, higher, rank)) is not None]
    infected = any(s.target == "infection" and s.stance is Stance.AFFIRMED for s in left)
    doubts = [s for s in left if _doubts(s)]
    found: list[Statement] = []
    for statement in left:
        is_part = statement.target == "infection" and statement.stance is Stance.DENIED
        if not (infected and is_part and not statement.levels):
            found += _tempered(statement, doubts)
    return tuple(found)


def _tempered(one: Statement, others: Sequence[Statement]) -> list[Statement]:
    """Return a statement that affirms fusion as possible at the levels where others doubt it."""
    if not others or (one.target, one.stance) != (_SOLID, Stance.AFFIRMED):
        return [one]
    doubted = frozenset[str]()
    for other in others:
        if {other.side, one.side} == {"left", "right"}:
            continue
        if _rank(other) >= _rank(one):
            doubted |= other.levels.interspaces & one.levels.interspaces
            is_same = other.start == one.start and other.source == one.source
            if is_same and not other.levels:
                return [_possible(one, one.levels)]
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


def _outweighed(one: Statement, higher: Sequence[Statement], rank: int) -> Statement | None:
    """Return what higher sections leave of a statement of a rank; None when nothing is left."""
    if _rank(one) != rank or one.stance is Stance.HISTORICAL:
        return one
    lost = frozenset[str]()
    matter = _matter(one)
    for other in higher:
        if _matter(other) != matter or not _contradicts(other, one):
            continue
        if {other.side, one.side} == {"left", "right"}:
            continue
        if not other.levels or not one.levels:
            if _drops_whole(other, one):
                return None
            continue
        lost |= one.levels.named & other.levels.named
    return _less(one, lost) if lost else one


def _drops_whole(other: Statement, one: Statement) -> bool:
    """Whether a statement without levels, or one against it, contradicts all of the lower one."""
    if not other.levels:
        return not one.levels or _matter(one) != _SOLID
    return one.reach is not Reach.REMAINING


def _less(one: Statement, lost: frozenset[str]) -> Statement | None:
    levels = Levels(
        one.levels.interspaces - lost,
        one.levels.vertebrae - lost,
        one.levels.pelvis and PELVIS not in lost,
    )
    return msgspec.structs.replace(one, levels=levels, reach=Reach.NAMED) if levels else None


def _contradicts(other: Statement, one: Statement) -> bool:
    """Whether two statements on one matter differ; a doubt does not undo what is bad."""
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
