"""Operations and implants in a text: what they span, and that there was an earlier fusion."""

from __future__ import annotations

from collections.abc import Iterator

from hooks.spine.text.clauses import Clause, roles_of
from hooks.spine.text.lexicon import CONSTRUCT, Stance
from hooks.spine.text.places import Found, Place, Reach
from hooks.spine.text.roles import KINDS, NOUNS, role
from hooks.spine.text.tags import Tag

PRIOR_FUSION = "prior-fusion"
_WITHIN = 4  # words between an implant or a word of the past and what it is of
_ASKS, _FORWARD = role("hypothetical"), role("negation forward")
_NEIGHBOUR = NOUNS["neighbour"]
_PAST = role("historical forward", "historical adjective")


def spanned(clause: Clause) -> Iterator[Found]:
    """Yield what an implant or an operation spans: a range right beside its name (rule 10).

    What is denied spans nothing, and "above the construct" is no name of it.
    """
    roles = clause.roles
    if roles & _ASKS or not (roles & KINDS["interspace"] and roles & KINDS["construct"]):
        return
    apart = {t.end for t in clause.tags if t.roles & (_FORWARD | _NEIGHBOUR)}
    apart |= {t.end + 1 for t in clause.tags if t.roles & _NEIGHBOUR}  # "disc above the construct"
    named = [t for t in clause.tags if _is_construct(t) and t.place not in apart]
    for tag in clause.tags if named else ():
        beside = (max(tag.place - n.end, n.place - tag.end) for n in named)
        if tag.roles & KINDS["interspace"] and min(beside) < _WITHIN:
            yield Found(CONSTRUCT, Stance.AFFIRMED, Place(tag.levels, reach=Reach.NAMED))


def _is_construct(tag: Tag) -> bool:
    return bool(tag.roles & KINDS["construct"] and not tag.roles & _NEIGHBOUR)


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
    named = tag.roles & KINDS["construct"] and tag.roles & NOUNS["fusion"]
    return bool(named or tag.roles & NOUNS["fusion head"])
