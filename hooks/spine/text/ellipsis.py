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
_WHERE = KINDS["level"] | KINDS["side"]
_GRADES = role("grading possible", "grading denied", "wary")
_PARTING = frozenset((",", "however"))
_FEW = 9  # words of a sentence that only goes on with the one before
_GOING_ON = chart_words("sentences that go on")["words"]


def elliptical(clause: Clause, last: Sequence[Found], *, anywhere: bool = False) -> Iterator[Found]:
    """Yield what a clause without a cue says of the one before: "but not at L5-S1".

    It must say where, unless ``anywhere``.
    """
    roles = clause.roles
    denies, doubts = roles & _DENYING, roles & _DOUBTS
    grade = graded(clause.tags, -1) if roles & _GRADES else Stance.AFFIRMED
    if not (denies or doubts or grade is not Stance.AFFIRMED):
        return
    if not anywhere and not roles & _WHERE:
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

    "All levels are fused. Only L5-S1 is not." "Anterior fusion is solid. The posterior is not."
    """
    said = [word for word in words if word not in _PARTING]
    if not last or len(said) > _FEW or not all(w in _GOING_ON or _is_level(w) for w in said):
        return ()
    tags = tags_of(said, lexicon)
    roles = roles_of(tags)
    anywhere = not roles & _WHERE
    clauses = clauses_of(tags, roles, (), 0)
    return [found for c in clauses for found in elliptical(c, last, anywhere=anywhere)]


def _is_level(word: str) -> bool:
    return word[0] in LEVEL_STARTS and any(letter.isdigit() for letter in word)
