"""What the texts of a report or note state, as findings with the sentence that each comes from."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from cds_service.engine.evidence import Evidence
from hooks.spine.findings import Finding, Reach, Stance, Target
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.text.governing import governing
from hooks.spine.text.lexicon import CONSTRUCT
from hooks.spine.text.reader import Statement, read_text
from hooks.spine.texts import Text

_QUOTED = 500  # characters of a sentence that evidence carries
_NEIGHBOURS = "adjacent-segment"
_TARGETS = {
    "solid-fusion": Target.SOLID_FUSION,
    "nonunion": Target.NONUNION,
    "loosening": Target.LOOSENING,
    "breakage": Target.BREAKAGE,
    "prominence": Target.PROMINENCE,
    "infection": Target.INFECTION,
    _NEIGHBOURS: Target.ADJACENT_SEGMENT,
    "malposition": Target.MALPOSITION,
}


class Topic(msgspec.Struct, frozen=True, gc=False):
    """What a note states of something that no image shows, such as leg symptoms."""

    name: str
    stance: Stance
    levels: Levels
    side: str
    evidence: Evidence


class Stated(msgspec.Struct, frozen=True, gc=False):
    """What texts state: imaging findings, topics of a note, and levels of the construct."""

    findings: tuple[Finding, ...] = ()
    topics: tuple[Topic, ...] = ()
    construct: Levels = NO_LEVELS


def stated_in(texts: Sequence[Text], dated: str) -> Stated:
    """Return what texts of one resource state together; ``dated`` is the day that they are of."""
    statements: list[Statement] = []
    for number, text in enumerate(texts):
        statements += read_text(text.body, text.section, number)
    construct = NO_LEVELS
    key: tuple[object, ...]
    findings: dict[tuple[object, ...], Finding] = {}
    topics: dict[tuple[object, ...], Topic] = {}
    for statement in governing(_placed(statements)):
        if statement.target == CONSTRUCT:
            construct |= statement.levels
        elif statement.stance is not Stance.HISTORICAL:
            text = texts[statement.source]
            key = (statement.target, statement.stance, statement.levels, statement.reach)
            if statement.target == _NEIGHBOURS and not statement.levels:
                key += (statement.source, statement.start)  # its own words say of which neighbour
            if (target := _TARGETS.get(statement.target)) is not None:
                findings.setdefault(
                    (*key, statement.side), _finding(target, statement, text, dated)
                )
            else:
                topics.setdefault((*key, statement.side), _topic(statement, text, dated))
    return Stated(tuple(findings.values()), tuple(topics.values()), construct)


def _placed(statements: list[Statement]) -> list[Statement]:
    """Return the statements; nonunion is where the same sentence says that fusion is not.

    "No bridging bone at L5-S1, in keeping with nonunion" names one level, and not all.
    """
    if not any(_is_anywhere(s) for s in statements):
        return statements
    return [_at_level(s, statements) if _is_anywhere(s) else s for s in statements]


def _is_anywhere(statement: Statement) -> bool:
    return statement.target == "nonunion" and statement.reach is Reach.UNSAID


def _at_level(one: Statement, statements: list[Statement]) -> Statement:
    sentence = (one.source, one.start, one.end)
    levels = NO_LEVELS
    for other in statements:
        doubts = other.target == "nonunion" or other.stance is not Stance.AFFIRMED
        if (other.source, other.start, other.end) == sentence and doubts:
            levels |= other.levels if other.target in _FUSION else NO_LEVELS
    return replace(one, levels=levels, reach=Reach.NAMED) if levels else one


_FUSION = frozenset({"solid-fusion", "nonunion"})


def _finding(target: Target, statement: Statement, text: Text, dated: str) -> Finding:
    where = _where(statement.levels, statement.reach, statement.side)
    stated = "reported absent" if statement.stance is Stance.DENIED else statement.stance.value
    section = f", {statement.section}" if statement.section in _NAMED_SECTIONS else ""
    says = f"{target.value} {stated}{where}{section}:"
    return Finding(
        target,
        statement.stance,
        statement.levels,
        _evidence(statement, text, dated, says),
        statement.reach,
        statement.side,
        statement.section,
        statement.start,
        statement.end,
    )


_NAMED_SECTIONS = frozenset({"impression", "addendum"})


def _topic(statement: Statement, text: Text, dated: str) -> Topic:
    evidence = _evidence(statement, text, dated, "")
    return Topic(statement.target, statement.stance, statement.levels, statement.side, evidence)


def _evidence(statement: Statement, text: Text, dated: str, says: str) -> Evidence:
    quote = " ".join(text.body[statement.start : statement.end].split())[:_QUOTED]
    return Evidence(text.origin, text.resource, dated, quote=quote, says=says)


def _where(levels: Levels, reach: Reach, side: str) -> str:
    sided = f" ({side})" if side else ""
    if levels:
        return f" at {levels}{sided}"
    return _REACHES.get(reach, "") + sided


_REACHES = {
    Reach.ALL: " at all levels",
    Reach.REMAINING: " at the remaining levels",
    Reach.SOME: " at a part of the levels",
}
