"""What words without a cue say of what was said before: "but not at L5-S1", "L5-S1 is not."."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.levels import NO_LEVELS
from hooks.spine.text.clauses import Clause, clauses_of, roles_of
from hooks.spine.text.lexicon import LEVEL_STARTS, Lexicon, Stance
from hooks.spine.text.places import Found, place_of
from hooks.spine.text.roles import KINDS, role
from hooks.spine.text.tags import tags_of
from hooks.spine.text.union import SOLID, graded

_DENYING, _DOUBTS = role("stands behind", "negation around", "negation back"), role("uncertain")
_GRADES = role("grading possible", "grading denied", "wary")
_FEW = 9  # words of a sentence that only goes on with the one before
_GOING_ON = chart_words("sentences that go on")["words"]


def elliptical(clause: Clause, last: Sequence[Found]) -> Iterator[Found]:
    """Yield what a clause without a cue says of the one before: "but not at L5-S1"."""
    roles = clause.roles
    denies, doubts = roles & _DENYING, roles & _DOUBTS
    grade = graded(clause.tags, -1) if roles & _GRADES else Stance.AFFIRMED
    if not (denies or doubts or grade is not Stance.AFFIRMED):
        return
    if not roles & (KINDS["level"] | KINDS["side"]):
        return
    for found in last:
        place = place_of(clause.tags, roles, 0, (0,), found.target, NO_LEVELS)
        if doubts:
            yield Found(found.target, Stance.POSSIBLE, place)
        elif grade is not Stance.AFFIRMED:
            if found.target == SOLID:
                yield Found(found.target, grade, place)
        elif found.stance in (Stance.AFFIRMED, Stance.POSSIBLE):
            yield Found(found.target, Stance.DENIED, place)


def taken_back(words: Sequence[str], last: Sequence[Found], lexicon: Lexicon) -> Sequence[Found]:
    """Return what a sentence of a few words takes back of the one before, if that is all it says.

    "All levels are fused. Only L5-S1 is not."
    """
    if (
        not last
        or len(words) > _FEW
        or not all(word in _GOING_ON or _is_level(word) for word in words)
    ):
        return ()
    tags = tags_of([*words], lexicon)
    clauses = clauses_of(tags, roles_of(tags), (), 0)
    return [found for clause in clauses for found in elliptical(clause, last)]


def _is_level(word: str) -> bool:
    return word[0] in LEVEL_STARTS and any(letter.isdigit() for letter in word)
