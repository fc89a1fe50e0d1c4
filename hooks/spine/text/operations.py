"""Operations and implants in a text: what they span, and that there was an earlier fusion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hooks.spine.text.clauses import Clause, levels_of, roles_of
from hooks.spine.text.lexicon import CONSTRUCT, Stance
from hooks.spine.text.places import Found, Place, Reach
from hooks.spine.text.roles import KINDS, NOUNS, role
from hooks.spine.text.tags import Tag

PRIOR_FUSION = "prior-fusion"
_WITHIN = 4  # words between an implant or a word of the past and what it is of
_BESIDE = 1  # words between an implant and a vertebra that it is in: "pedicle screws at L3"
_LISTED = 2  # words between vertebrae that are named together: "L3, L4, and L5"
_ASKS, _FORWARD = role("hypothetical"), role("negation forward")
_NEIGHBOUR = NOUNS["neighbour"]
_PAST = role("historical forward", "historical adjective")
_TAKEN_OUT = role("taken out")
_LEVEL, _INTERSPACE, _CONSTRUCT = KINDS["level"], KINDS["interspace"], KINDS["construct"]


def spanned(clause: Clause) -> Iterator[Found]:
    """Yield what an implant or an operation spans (rule 10): a range right beside its name.

    An implant is also in single vertebrae right beside it, unless it was taken out of them. What is
    denied spans nothing, and "above the construct" is no name of it.
    """
    roles = clause.roles
    if roles & _ASKS or not (roles & _LEVEL and roles & _CONSTRUCT):
        return
    apart = {t.end for t in clause.tags if t.roles & (_FORWARD | _NEIGHBOUR)}
    apart |= {t.end + 1 for t in clause.tags if t.roles & _NEIGHBOUR}  # "disc above the construct"
    named = [t for t in clause.tags if _is_construct(t) and t.place not in apart]
    for tag in clause.tags if named else ():
        if tag.roles & _INTERSPACE and _distance((tag,), named) < _WITHIN:
            yield Found(CONSTRUCT, Stance.AFFIRMED, Place(tag.levels, reach=Reach.NAMED))
    implants = [t for t in named if t.roles & NOUNS["hardware"]]
    for listed in _vertebrae(clause.tags) if implants and not roles & _TAKEN_OUT else ():
        if _distance(listed, implants) <= _BESIDE:
            yield Found(CONSTRUCT, Stance.AFFIRMED, Place(levels_of(listed), reach=Reach.NAMED))


def _distance(levels: Sequence[Tag], named: Sequence[Tag]) -> int:
    """Return how many words at least are between levels named together and one of the names."""
    first, end = levels[0].place, levels[-1].end
    return min(max(first - n.end, n.place - end) for n in named)


def _vertebrae(tags: Sequence[Tag]) -> Iterator[list[Tag]]:
    """Yield single vertebrae, those that are listed together as one: "L3, L4 and L5"."""
    listed: list[Tag] = []
    for tag in tags:
        if not tag.roles & _LEVEL or tag.roles & _INTERSPACE:
            continue
        if listed and tag.place - listed[-1].end > _LISTED:
            yield listed
            listed = []
        listed.append(tag)
    if listed:
        yield listed


def _is_construct(tag: Tag) -> bool:
    return bool(tag.roles & _CONSTRUCT and not tag.roles & _NEIGHBOUR)


def operated(clause: Clause) -> Iterator[Found]:
    """Yield an earlier fusion: a word of the past in front of an operation (RV-C4)."""
    tags = clause.tags
    if not clause.roles & _PAST or clause.roles & _ASKS:
        return
    for index, tag in enumerate(tags):
        behind = (t for t in tags[index + 1 :] if t.place - tag.end <= _WITHIN)
        if tag.roles & _PAST and any(_is_fusion(t) for t in behind):
            denied = roles_of(tags[:index]) & _FORWARD
            stance = Stance.DENIED if denied else Stance.AFFIRMED
            yield Found(PRIOR_FUSION, stance, Place(clause.levels))
            return


def _is_fusion(tag: Tag) -> bool:
    named = tag.roles & _CONSTRUCT and tag.roles & NOUNS["fusion"]
    return bool(named or tag.roles & NOUNS["fusion head"])
