"""Which statements of one text govern: those of the section that ranks highest (R2)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hooks.spine.text.lexicon import Stance
from hooks.spine.text.places import Reach
from hooks.spine.text.reader import Statement

_RANK = {"addendum": 2, "impression": 1}
_SAME_MATTER = {"nonunion": "solid-fusion"}


def governing(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Return the statements that stand when the whole text has been read.

    One that a higher section contradicts at the same level is dropped; fusion beside a hint of
    nonunion at the same level is only possible; the parts of an infection that were not found say
    nothing where infection was.
    """
    left = [s for s in statements if not any(_outweighs(o, s) for o in statements)]
    infected = any(s.target == "infection" and s.stance is Stance.AFFIRMED for s in left)
    return tuple(
        _tempered(s, left)
        for s in left
        if not (infected and s.target == "infection" and s.stance is Stance.DENIED and not s.levels)
    )


def _tempered(one: Statement, others: Sequence[Statement]) -> Statement:
    if (one.target, one.stance) != ("solid-fusion", Stance.AFFIRMED):
        return one
    hints = any(
        o.target == "nonunion"
        and o.stance in (Stance.AFFIRMED, Stance.POSSIBLE)
        and _rank(o) >= _rank(one)
        and o.levels.interspaces & one.levels.interspaces
        for o in others
    )
    return msgspec.structs.replace(one, stance=Stance.POSSIBLE) if hints else one


def _outweighs(other: Statement, one: Statement) -> bool:
    if _rank(other) <= _rank(one) or _matter(other) != _matter(one):
        return False
    if Stance.HISTORICAL in (other.stance, one.stance) or not _contradicts(other, one):
        return False
    if {other.side, one.side} == {"left", "right"}:
        return False
    if not other.levels:
        return not one.levels or _matter(one) != "solid-fusion"
    if not one.levels:
        return one.reach is not Reach.REMAINING
    return bool(one.levels.named) and one.levels.named <= other.levels.named


def _contradicts(other: Statement, one: Statement) -> bool:
    """Whether two statements on one matter differ; a doubt does not undo what is bad."""
    goods = (_good(other), _good(one))
    return goods[0] != goods[1] and goods != (None, False)


def _good(statement: Statement) -> bool | None:
    """Return whether a statement is good news; None when it is neither."""
    if statement.stance is Stance.POSSIBLE:
        return None
    return (statement.target == "solid-fusion") is (statement.stance is Stance.AFFIRMED)


def _rank(statement: Statement) -> int:
    return _RANK.get(statement.section, 0)


def _matter(statement: Statement) -> str:
    return _SAME_MATTER.get(statement.target, statement.target)
